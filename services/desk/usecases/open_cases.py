"""Open a case for everything the router placed, and take over what it says anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.desk.domain.case import SYSTEM, Case, EarlierDeadlines, Placement, StepTaken, opened, renewed
from services.desk.domain.life_cycle import opening
from services.desk.domain.search import code_key
from services.desk.domain.staff import EVERY_UNIT
from services.desk.usecases.ports import CaseStore, OpenCases
from services.desk.usecases.share_out import ShareOut
from services.desk.usecases.telling import case_changed, feedback_corrected
from shared.clock import Clock
from shared.events import CaseChanged, FeedbackCorrected, FeedbackPlaced, derived_event_id


@dataclass(frozen=True, slots=True)
class OpenPlacedCases:
    """Open cases and renew them in one transaction; what was heard before is told again, every step and correction.

    A newer generation is told as the one step that it leads to, if any: see `renewed`.
    """

    open_cases: OpenCases
    clock: Clock
    count_opened: Callable[[int], None]
    share_out: ShareOut

    async def __call__(self, batch: Sequence[FeedbackPlaced]) -> Sequence[CaseChanged | FeedbackCorrected]:
        """Return the steps taken now, and those and the corrections of each case that is announced again."""
        now = self.clock()
        placements = [placement_of(event) for event in batch]
        # Of two records about one feedback the first opens the case.
        first = {placement.feedback_id: placement for placement in reversed(placements)}
        cases = {placement.feedback_id: opened(placement, at=now) for placement in first.values()}
        openings = [_opening(case, now) for case in cases.values()]
        async with self.open_cases(EVERY_UNIT) as store:
            new = await store.add_cases(list(cases.values()), openings)
            news = _News({feedback_id: case for feedback_id, case in cases.items() if feedback_id in new})
            await self._renew(store, news, placements, now)
            await self.share_out(store, list(news.cases.values()))
            heard_before = {
                placement.feedback_id
                for placement in placements
                if placement.feedback_id not in new and placement.event_id not in news.event_ids
            }
            again = [feedback_id for feedback_id in first if feedback_id in heard_before]
            steps = await store.steps_of(again) if again else {}
            corrections = await store.corrections_of(again) if again else ()
        self.count_opened(len(new))
        taken_now = [
            taken
            for taken in [*[one for one in openings if one.step.feedback_id in new], *news.taken]
            if taken.step.feedback_id not in heard_before
        ]
        return [
            *[case_changed(taken) for feedback_id in again for taken in steps[feedback_id]],
            *[case_changed(taken) for taken in taken_now],
            *[feedback_corrected(correction, report) for correction, report in corrections],
        ]

    @staticmethod
    async def _renew(store: CaseStore, news: "_News", placements: Sequence[Placement], now: datetime) -> None:
        """Take over newer generations, one after the other, of cases that exist and of those opened just now."""
        newer = sorted((one for one in placements if one.generation > 1), key=lambda one: one.generation)
        known = {one.feedback_id for one in newer} - set(news.cases)
        cases = {**news.cases, **(await store.lock_cases(list(known)) if known else {})}
        replaced: list[EarlierDeadlines] = []
        for placement in newer:
            renewal = renewed(cases[placement.feedback_id], placement, at=now)
            if renewal is None:
                continue
            cases[placement.feedback_id] = news.cases[placement.feedback_id] = renewal.case
            news.event_ids.add(placement.event_id)
            replaced.append(renewal.replaced)
            if renewal.step is not None:
                event_id = derived_event_id(placement.event_id, CaseChanged.topic)
                news.taken.append(StepTaken(renewal.step, event_id, SYSTEM, now))
        if replaced:
            changed = {one.feedback_id for one in replaced}
            await store.renew([news.cases[feedback_id] for feedback_id in sorted(changed)], news.taken, replaced)


@dataclass(slots=True)
class _News:
    """What a batch brought: the cases it opened or renewed, the steps, and the placements that were newer ones."""

    cases: dict[UUID, Case]
    taken: list[StepTaken] = field(default_factory=list)
    event_ids: set[UUID] = field(default_factory=set)


def _opening(case: Case, now: datetime) -> StepTaken:
    step = opening(case.feedback_id, unit_code=case.unit_code, office=case.office)
    return StepTaken(step, derived_event_id(case.placement.event_id, CaseChanged.topic), SYSTEM, now)


def placement_of(event: FeedbackPlaced) -> Placement:
    """Take over what the router said."""
    return Placement(
        feedback_id=event.feedback_id,
        event_id=event.event_id,
        placed_at=event.occurred_at,
        received_at=event.received_at,
        kind=event.kind.value,
        subject=event.subject,
        urgency=event.urgency.value,
        needs_review=event.needs_review,
        unit_code=event.unit_code,
        office=event.office,
        placed_by=event.placed_by.value,
        confidence=event.confidence,
        approximate=event.approximate,
        explanation=event.explanation,
        alternatives=tuple((other.unit_code, other.confidence) for other in event.alternatives),
        accept_by=event.accept_by,
        resolve_by=event.resolve_by,
        generation=event.generation,
        policy_version=event.policy_version,
        calendar_version=event.calendar_version,
        boundary_version=event.boundary_version,
        part_of=event.part_of,
        tracking_key=code_key(event.tracking_code) if event.tracking_code is not None else None,
        reason=event.reason.value,
        from_unit=event.from_unit,
    )
