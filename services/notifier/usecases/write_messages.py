"""Write the messages that residents and staff get; each key is written once, whatever is replayed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from services.notifier.domain import wording
from services.notifier.usecases.ports import Message, Store
from shared.events import CaseAction, CaseChanged, DeadlinePassed, MessagePurpose, PassedKind

RESIDENT = "resident"
# A name space of our own: message ids must not depend on the machine.
MESSAGE_IDS = UUID("6d2f5a51-7c1b-5b8e-9f57-3b0f0c3e8a11")


@dataclass(frozen=True, slots=True)
class WriteToResidents:
    """Queue messages to residents who gave a contact."""

    unit_name: Callable[[str | None], str]

    async def placed(self, store: Store, feedback_ids: Sequence[UUID]) -> None:
        """Tell residents where their reports went, once both the contact and the placement are known."""
        residents = await store.residents(feedback_ids)
        placements = await store.placements(list(residents)) if residents else []
        await store.add_messages(
            [
                _message(
                    placed.feedback_id,
                    MessagePurpose.PLACED,
                    RESIDENT,
                    wording.placed_words(
                        code=residents[placed.feedback_id].tracking_code,
                        unit=self.unit_name(placed.unit_code),
                        resolve_by=placed.resolve_by,
                    ),
                )
                for placed in placements
            ]
        )

    async def case_words(self, store: Store, changes: Sequence[CaseChanged]) -> None:
        """Pass the offices' questions and answers on."""
        spoken = [change for change in changes if change.public_reply]
        residents = await store.residents([change.feedback_id for change in spoken]) if spoken else {}
        messages = []
        for change in spoken:
            if change.feedback_id not in residents or change.public_reply is None:
                continue
            code = residents[change.feedback_id].tracking_code
            if change.action is CaseAction.ASK:
                purpose = MessagePurpose.QUESTION
                words = wording.question_words(code=code, question=change.public_reply)
            else:
                purpose = MessagePurpose.PUBLIC_REPLY
                words = wording.reply_words(code=code, reply=change.public_reply)
            messages.append(_message(change.feedback_id, purpose, RESIDENT, words, part=f"v{change.version}"))
        await store.add_messages(messages)


def staff_messages(fired: Sequence[DeadlinePassed]) -> list[Message]:
    """Write what staff are told of passed deadlines."""
    messages = []
    for event in fired:
        case = short_case(event.feedback_id)
        if event.passed is PassedKind.WARNING:
            purpose = MessagePurpose.WARNING
            words = wording.warning_words(case=case, stage=event.stage, deadline_at=event.deadline_at)
        else:
            purpose = MessagePurpose.ESCALATION
            words = wording.escalation_words(
                case=case, stage=event.stage, deadline_at=event.deadline_at, recipient=event.recipient
            )
        part = f"{event.stage}/{event.level}/{event.generation}"
        messages.append(_message(event.feedback_id, purpose, event.recipient, words, part=part))
    return messages


def short_case(feedback_id: UUID) -> str:
    """Name a case the way the staff's pages do: the last eight characters of its id."""
    return feedback_id.hex[-8:].upper()


def _message(feedback_id: UUID, purpose: MessagePurpose, recipient: str, words: str, *, part: str = "") -> Message:
    key = f"{feedback_id}/{purpose}/{part}/{recipient}"
    return Message(key, uuid5(MESSAGE_IDS, key), feedback_id, purpose, recipient, words)
