"""MoveOpenCases: after units have changed, every open case of a unit that is gone or was split gets its successor."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.router.domain.facts import Matter, facts_of
from services.router.domain.life import MOVED_ON
from services.router.domain.office import office_by
from services.router.domain.place import Alternative, How, PinFinding
from services.router.domain.rules import conditions_used, first_match, possible_matches
from services.router.domain.succession import Move, OpenCase, Succession, decide_move
from services.router.usecases.locate_places import find_pins
from services.router.usecases.placing import Cause
from services.router.usecases.ports import (
    Boundaries,
    CurrentReference,
    OpenTerritory,
    PlacedCase,
    Placement,
    Reference,
    SetKind,
    TerritoryStore,
)
from services.router.usecases.renewing import renew
from services.router.usecases.unit_lists import succession_to_today
from shared.clock import Clock
from shared.events import FeedbackPlaced, PlacedBy, PlacementReason, UnitScore, derived_event_id

PAGE = 500


@dataclass(frozen=True, slots=True)
class MoveOpenCases:
    """Move page by page, each in a transaction with what is to be said; interrupted and run again it goes on.

    It may run at any time, and beside others: what was moved is not moved again, and a case that the desk gave to a
    unit of before, or that was reopened there, is found the next time.
    """

    open_territory: OpenTerritory
    current_reference: CurrentReference
    clock: Clock
    page: int = PAGE

    async def __call__(self) -> int:
        """Return how many cases were moved."""
        reference = await self.current_reference()
        async with self.open_territory() as store:
            succession = await succession_to_today(store)
        if succession is None or not succession.successors:
            return 0
        moved, after = 0, None
        while True:
            async with self.open_territory() as store:
                if await _version_in_force(store) != reference.units_version:
                    return moved  # Units were changed again: whoever noticed that goes on from there.
                page = await store.newest_open(limit=self.page, after=after, units=succession.successors.keys())
                if not page:
                    return moved
                after = page[-1].feedback_id
                locked = (await store.cases([case.feedback_id for case in page])).values()
                waiting = [case for case in locked if must_move(case, succession, reference.units_version)]
                moves = await decide_moves(waiting, store, succession, reference.boundaries)
                placements = [self._placement(case, move, reference) for case, move in moves]
                added = await store.add_generations(placements)
                await store.say([placement.event for placement in added])
            moved += len(added)

    def _placement(self, case: PlacedCase, move: Move, reference: Reference) -> Placement:
        """Give a case its next generation: the place of the move, its office, and its deadlines from the old start."""
        before, place = case.placement.event, move.place
        office, office_rule, stands_in = _office(case, place.unit_code, reference)
        cause_id = derived_event_id(before.event_id, f"units:{reference.units_version}")
        cause = Cause(
            cause_id,
            derived_event_id(cause_id, FeedbackPlaced.topic),
            self.clock(),
            PlacementReason.UNITS_CHANGED,
            before.generation + 1,
        )
        renewed = renew(_now_at(case, place.unit_code, office), cause, reference)
        event = renewed.event.model_copy(
            update={
                "placed_by": PlacedBy(place.how.value),
                "confidence": place.confidence,
                "approximate": place.approximate,
                "explanation": place.explanation,
                "alternatives": tuple(
                    UnitScore(unit_code=other.unit_code, confidence=other.confidence) for other in place.alternatives
                ),
                "question": place.ask,
                "from_unit": case.unit_code,
                "office_rule": office_rule,
                "office_explanation": stands_in,
                "boundary_version": reference.boundaries.version,
            }
        )
        return replace(renewed, event=event, units_version=reference.units_version)


def must_move(case: PlacedCase, succession: Succession, units_version: str) -> bool:
    """Say whether a case is open in a unit that is gone, or was placed in one that gave a part away since.

    A case that people gave to a unit stays there as long as there is that unit: they know what they gave it.
    """
    if not case.is_open or case.unit_code is None or case.unit_code not in succession.successors:
        return False
    if case.unit_code not in succession.units:
        return True
    event = case.placement.event
    given_by_people = case.unit_code != event.unit_code or MOVED_ON in event.explanation
    return not given_by_people and case.placement.units_version != units_version


async def decide_moves(
    cases: Iterable[PlacedCase], store: TerritoryStore, succession: Succession, boundaries: Boundaries | None
) -> Sequence[tuple[PlacedCase, Move]]:
    """Decide where each case goes; all pins are looked up together, and none when the boundaries are not known."""
    cases = list(cases)
    former = await store.former_units([case.feedback_id for case in cases])
    points = [case.placement.point if boundaries is not None else None for case in cases]
    given = [point for point in points if point is not None]
    pins = iter(find_pins(given, boundaries) if boundaries is not None else ())
    found = [next(pins) if point is not None else None for point in points]
    return [
        (case, decide_move(_open_case(case, former, pin), succession)) for case, pin in zip(cases, found, strict=True)
    ]


def _open_case(case: PlacedCase, former: Mapping[UUID, str], pin: PinFinding | None) -> OpenCase:
    event = case.placement.event
    return OpenCase(
        unit_code=case.unit_code or "",
        former_unit=former.get(case.feedback_id),
        pin=pin,
        how=How(event.placed_by.value),
        confidence=event.confidence,
        approximate=event.approximate,
        alternatives=tuple(Alternative(other.unit_code, other.confidence) for other in event.alternatives),
    )


async def _version_in_force(store: TerritoryStore) -> str | None:
    in_force = await store.active(SetKind.UNITS)
    return in_force.version if in_force is not None else None


# --- the office ------------------------------------------------------------------------------------------------------


def _office(case: PlacedCase, unit_code: str | None, reference: Reference) -> tuple[str, str | None, str | None]:
    """Return the office in a case's new unit, the rule that named it, and who stands in for whom.

    An office that a person chose, and that of a part of a report, stays. The words of a report are not kept: the rule
    that decided before decides again as long as it could.
    """
    before, policy = case.placement.event, reference.policy
    on = reference.calendar.clamp(before.received_at).astimezone(reference.zone).date()
    matter = Matter(
        kind=before.kind.value,
        topic=before.subject,
        urgency=before.urgency.value,
        needs_review=before.needs_review,
        unit_code=unit_code,
        received_at=before.received_at,
        channel=case.placement.channel,
    )
    facts = facts_of(matter, policy, reference.calendars.of(unit_code), used=conditions_used(policy))
    by_rule = {rule.id: rule for rule in possible_matches(policy.offices, facts, on)}
    rule = by_rule.get(before.office_rule or "") or first_match(policy.offices, facts, on)
    chosen = case.office != before.office or before.part_of is not None
    if chosen:
        rule = replace(rule, outcome=case.office)
    decision = office_by(rule, policy, facts, unit_code=unit_code)
    acting = reference.desks.acting(decision.office, unit_code=unit_code, on=on)
    return acting.office, before.office_rule if chosen else decision.rule_id, acting.explanation


def _now_at(case: PlacedCase, unit_code: str | None, office: str) -> PlacedCase:
    """Return a case as it is once it has another unit and office."""
    event = case.placement.event.model_copy(update={"unit_code": unit_code, "office": office})
    life = replace(case.life, unit_code=unit_code, office=office) if case.life is not None else None
    return replace(case, placement=replace(case.placement, event=event), life=life)
