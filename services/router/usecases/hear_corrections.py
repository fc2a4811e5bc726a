"""HearCorrections: a person put right what a report is about, so its deadlines are counted anew from its start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.router.usecases.ports import (
    CurrentReference,
    OpenLifeCycle,
    PlacedCase,
    Placement,
    Reference,
    ReferenceAsOf,
)
from services.router.usecases.renewing import (
    Judgement,
    cause_of,
    judgement_of,
    moves,
    renew,
    with_deadlines_of_before,
)
from shared.events import Event, FeedbackCorrected, PlacementReason


@dataclass(frozen=True, slots=True)
class HearCorrections:
    """Keep what a person says a report is, as a further generation; tell it when that moves a deadline.

    The office stays: whether the case goes elsewhere is for people. A generation whose deadlines stay is on record for
    the next computation and not told, for a new generation starts clocks over. Deadlines are computed by the rules,
    the calendar and the hours of the newest placement, unless these do not have the topic yet.

    Whether a settled case was on time stays as it was: its deadlines move only if it is reopened, see `FollowCases`.

    Of several corrections the latest counts, in whichever order they are heard, and one heard again leads to nothing:
    the desk tells them all again whenever it hears of a placement. For the same reason one that comes before its
    placement is dropped.
    """

    current_reference: CurrentReference
    reference_as_of: ReferenceAsOf
    open_life_cycle: OpenLifeCycle
    wake_relay: Callable[[], None]

    async def __call__(self, batch: Sequence[FeedbackCorrected]) -> Sequence[Event]:
        """Apply a batch in one transaction; what follows goes through the outbox."""
        latest = {said.feedback_id: said for said in sorted(batch, key=lambda said: said.occurred_at)}
        async with self.open_life_cycle() as store:
            cases = await store.cases(latest)
            news = [(case, latest[key]) for key, case in cases.items() if _is_news(case, latest[key])]
            added = await store.add_generations([await self._renewed(case, said) for case, said in news])
            told = [placement.event for placement in added if moves(cases[placement.event.feedback_id], placement)]
            await store.say(told)
        if told:
            self.wake_relay()
        return ()

    async def _renewed(self, case: PlacedCase, said: FeedbackCorrected) -> Placement:
        cause = cause_of(said, case, PlacementReason.CORRECTED)
        reference = await self._reference(case, said)
        placement = renew(case, cause, reference, judged=_judgement(said), text=said.text)
        return placement if case.is_open else with_deadlines_of_before(case, placement)

    async def _reference(self, case: PlacedCase, said: FeedbackCorrected) -> Reference:
        reference = await self.reference_as_of(case.placement)
        return reference if said.subject in reference.policy.field_by_topic else await self.current_reference()


def _judgement(said: FeedbackCorrected) -> Judgement:
    return Judgement(said.kind, said.subject, said.urgency, needs_review=False)


def _is_news(case: PlacedCase, said: FeedbackCorrected) -> bool:
    late = case.corrected_at is not None and said.occurred_at <= case.corrected_at
    return not late and said.event_id not in case.causes and _judgement(said) != judgement_of(case)
