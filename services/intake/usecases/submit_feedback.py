"""Accept what residents hand in: many at once, in one transaction, each exactly once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from uuid import UUID

from services.intake.domain.contact import Contact
from services.intake.domain.submission import Feedback, Submission, fingerprint
from services.intake.domain.tracking_code import RANDOM_BITS, tracking_code
from services.intake.usecases.ports import IntakeStore, Kept, OpenUnitOfWork, Traced
from services.intake.usecases.submitted import submitted_event
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a submission is safe; the same for every repeat."""

    feedback_id: UUID
    tracking_code: str
    received_at: datetime
    repeated: bool


@dataclass(frozen=True, slots=True)
class KeyTaken:
    """The idempotency key belongs to something else that was handed in."""


Outcome = Receipt | KeyTaken


@dataclass(frozen=True, slots=True)
class SubmitFeedback:
    """Keep a group of submissions and announce those that are new, in one transaction.

    Each gets its own outcome, in the order given; two with one key, in the group or years apart, are one feedback.
    """

    open_unit_of_work: OpenUnitOfWork
    clock: Clock
    new_id: Callable[[], UUID]
    random_bits: Callable[[int], int]
    seal: Callable[[Contact], str | None]
    announce_after: timedelta
    wake_relay: Callable[[], None]
    count_accepted: Callable[[str], None]

    async def __call__(self, group: Sequence[Submission]) -> Sequence[Outcome]:
        """Return a receipt for each submission once all are committed."""
        # In the order of their keys: two groups with the same keys then wait for one another and cannot lock.
        marks = [fingerprint(said) for said in group]
        firsts = {
            said.idempotency_key: (said, mark) for said, mark in zip(reversed(group), reversed(marks), strict=True)
        }
        wanted = [(self._accept(said), mark) for _, (said, mark) in sorted(firsts.items(), key=itemgetter(0))]
        async with self.open_unit_of_work() as store:
            added, kept = await self._keep(store, wanted)
        if added:
            self.wake_relay()
        for feedback in added.values():
            self.count_accepted(feedback.submission.channel)
        answered: set[str] = set()
        return [
            self._outcome(said, mark, kept[said.idempotency_key], added=added, answered=answered)
            for said, mark in zip(group, marks, strict=True)
        ]

    async def _keep(
        self, store: IntakeStore, wanted: Sequence[tuple[Feedback, bytes]]
    ) -> tuple[dict[str, Feedback], dict[str, Kept]]:
        """Add what is new, together with its events; return what was added and what is kept now, by key."""
        added: dict[str, Feedback] = {}
        kept: dict[str, Kept] = {}
        while wanted:
            ids = await store.add_feedback(wanted, announce_after=self.announce_after)
            new = [feedback for feedback, _ in wanted if feedback.feedback_id in ids]
            added |= {feedback.submission.idempotency_key: feedback for feedback in new}
            kept |= {f.submission.idempotency_key: _kept(f, mark) for f, mark in wanted if f.feedback_id in ids}
            rest = [(feedback, mark) for feedback, mark in wanted if feedback.feedback_id not in ids]
            if rest:
                kept |= await store.kept_under([feedback.submission.idempotency_key for feedback, _ in rest])
            # Neither added nor kept: its tracking code was drawn before. Draw another.
            wanted = [
                (self._accept(f.submission), mark) for f, mark in rest if f.submission.idempotency_key not in kept
            ]
        contacts = {f.feedback_id: f.submission.contact for f in added.values() if f.submission.contact is not None}
        if contacts:
            await store.add_contacts(contacts)
        if added:
            await store.add_events([Traced(submitted_event(f), f.submission.trace) for f in added.values()])
        return added, kept

    def _accept(self, submission: Submission) -> Feedback:
        return Feedback(
            feedback_id=self.new_id(),
            tracking_code=tracking_code(self.random_bits(RANDOM_BITS)),
            submission=submission,
            received_at=self.clock(),
            sealed_contact=self.seal(submission.contact) if submission.contact is not None else None,
        )

    @staticmethod
    def _outcome(
        said: Submission, mark: bytes, kept: Kept, *, added: dict[str, Feedback], answered: set[str]
    ) -> Outcome:
        if kept.fingerprint != mark or kept.contact != said.contact:
            return KeyTaken()
        repeated = said.idempotency_key not in added or said.idempotency_key in answered
        answered.add(said.idempotency_key)
        return Receipt(kept.feedback_id, kept.tracking_code, kept.received_at, repeated=repeated)


def _kept(feedback: Feedback, mark: bytes) -> Kept:
    return Kept(
        feedback_id=feedback.feedback_id,
        tracking_code=feedback.tracking_code,
        received_at=feedback.received_at,
        fingerprint=mark,
        contact=feedback.submission.contact,
    )
