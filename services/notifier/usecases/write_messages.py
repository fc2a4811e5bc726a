"""Write the messages that residents and staff get; each key is written once, whatever is replayed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from services.notifier.domain import wording
from services.notifier.usecases.ports import Message, Placed, PublicWords, Resident, Store
from shared.events import CaseAction, CaseChanged, DeadlinePassed, MessagePurpose, PassedKind
from shared.events.short_id import short_id

RESIDENT = "resident"
FIRST_GENERATION = 1
# A name space of our own: message ids must not depend on the machine.
MESSAGE_IDS = UUID("6d2f5a51-7c1b-5b8e-9f57-3b0f0c3e8a11")


@dataclass(frozen=True, slots=True)
class WriteToResidents:
    """Queue messages to residents who gave a contact; the cases are locked already.

    `page` tells where a tracking code is looked up.
    """

    unit_name: Callable[[str | None], str]
    office_name: Callable[[str], str]
    page: Callable[[str], str]

    async def placed(self, store: Store, feedback_ids: Sequence[UUID]) -> None:
        """Tell residents where their reports went, or ask where they are, once contact and placement are known.

        A placement is told once, and another unit once for each generation that names one; so is a question.
        """
        residents = await store.residents(feedback_ids) if feedback_ids else {}
        messages = []
        for placed in await store.placements(list(residents)) if residents else []:
            resident = residents[placed.feedback_id]
            if (told := self._told_of(placed, resident)) is not None:
                messages.append(told)
            if placed.question is not None:
                code = resident.tracking_code
                words = wording.place_question_words(code=code, question=placed.question, page=self.page(code))
                part = f"place{placed.generation}"
                messages.append(_message(placed.feedback_id, MessagePurpose.QUESTION, RESIDENT, words, part=part))
        await store.add_messages(messages)

    def _told_of(self, placed: Placed, resident: Resident) -> Message | None:
        """Write what a placement is told with; of a later one only a unit that it names."""
        unit, part = placed.unit_code, ""
        if placed.generation > FIRST_GENERATION:
            if placed.found_unit is None or not placed.is_open:
                return None
            unit, part = placed.found_unit, f"g{placed.generation}"
        words = wording.placed_words(code=self._code(resident), unit=self.unit_name(unit), resolve_by=placed.resolve_by)
        return _message(placed.feedback_id, MessagePurpose.PLACED, RESIDENT, words, part=part)

    def _code(self, resident: Resident) -> str:
        """Name a report, or which part of it."""
        if resident.part_office is None:
            return resident.tracking_code
        return wording.part_code(code=resident.tracking_code, office=self.office_name(resident.part_office))

    async def pass_on(self, store: Store, spoken: Sequence[PublicWords]) -> None:
        """Pass the offices' questions and answers on; what comes before the contact is held until then."""
        if not spoken:
            return
        residents = await store.residents([words.feedback_id for words in spoken])
        messages = []
        for said in spoken:
            if said.feedback_id not in residents:
                continue
            code = self._code(residents[said.feedback_id])
            if said.purpose is MessagePurpose.QUESTION:
                words = wording.question_words(code=code, question=said.words)
            else:
                words = wording.reply_words(code=code, reply=said.words)
            messages.append(_message(said.feedback_id, said.purpose, RESIDENT, words, part=f"v{said.version}"))
        await store.add_messages(messages)
        await store.hold_words([said for said in spoken if said.feedback_id not in residents])


def public_words(changes: Sequence[CaseChanged]) -> list[PublicWords]:
    """List what steps of cases say to residents."""
    return [
        PublicWords(
            change.feedback_id,
            change.version,
            MessagePurpose.QUESTION if change.action is CaseAction.ASK else MessagePurpose.PUBLIC_REPLY,
            change.public_reply,
        )
        for change in changes
        if change.public_reply
    ]


def staff_messages(fired: Sequence[DeadlinePassed]) -> list[Message]:
    """Write what staff are told of passed deadlines."""
    messages = []
    for event in fired:
        case = short_id(event.feedback_id)
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


def _message(feedback_id: UUID, purpose: MessagePurpose, recipient: str, words: str, *, part: str = "") -> Message:
    key = f"{feedback_id}/{purpose}/{part}/{recipient}"
    return Message(key, uuid5(MESSAGE_IDS, key), feedback_id, purpose, recipient, words)
