"""TakePlaceAnswers: the resident said where it is, so a report that nobody could place gets its unit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.router.domain.life import pauses_of
from services.router.domain.place import PlaceDecision
from services.router.usecases.locate_places import Whereabouts, locate_places
from services.router.usecases.placing import place_report, place_with_parts
from services.router.usecases.ports import CurrentReference, OpenLifeCycle, PlacedCase, Placement, Point, Reference
from services.router.usecases.renewing import cause_of, report_of
from shared.events import AnswerKind, Event, PlaceGiven, PlacementReason, ResidentAnswered


@dataclass(frozen=True, slots=True)
class TakePlaceAnswers:
    """Place anew what has no unit yet, by the answer and the report's own words, with everything in force.

    When a person gave the case a unit meanwhile, or settled it, the answer comes too late and leads to nothing here.
    An answer that still gives no unit is a further generation only when there is something else to ask. With a unit the
    report may also go to offices that it could not go to without one, as parts; those there are already hear an answer
    of their own. What follows goes through the outbox, in the same transaction; an answer heard again leads to nothing.

    A placement comes before its question and the question before the answer; an answer without a placement is dropped.
    """

    current_reference: CurrentReference
    open_life_cycle: OpenLifeCycle
    wake_relay: Callable[[], None]

    async def __call__(self, batch: Sequence[ResidentAnswered]) -> Sequence[Event]:
        """Apply a batch in one transaction."""
        answers = [said for said in batch if said.answer is AnswerKind.PLACE and said.place is not None]
        if not answers:
            return ()
        reference = await self.current_reference()
        places = dict(zip((said.event_id for said in answers), _places(answers, reference), strict=True))
        async with self.open_life_cycle() as store:
            cases = await store.cases({said.feedback_id for said in answers})
            taken = _taken(cases, answers, places)
            renewed = [
                placement for case, said in taken for placement in _placed(case, said, places[said.event_id], reference)
            ]
            added = await store.add_generations(renewed)
            await store.say([placement.event for placement in added])
        if added:
            self.wake_relay()
        return ()


def _places(answers: Sequence[ResidentAnswered], reference: Reference) -> list[PlaceDecision]:
    return locate_places([_whereabouts(said) for said in answers], reference)


def _whereabouts(said: ResidentAnswered) -> Whereabouts:
    place = said.place or PlaceGiven()
    return Whereabouts(_point(said), place.unit_code, place.text, said.report_text or "")


def _point(said: ResidentAnswered) -> Point | None:
    pin = said.place.pin if said.place is not None else None
    return Point(pin.lat, pin.lon) if pin is not None else None


def _taken(
    cases: Mapping[UUID, PlacedCase], answers: Sequence[ResidentAnswered], places: Mapping[UUID, PlaceDecision]
) -> list[tuple[PlacedCase, ResidentAnswered]]:
    """Pick for each case the answer that counts: the first that gives a unit, else the last with another question."""
    taken: dict[UUID, ResidentAnswered] = {}
    for said in answers:
        case = cases.get(said.feedback_id)
        if case is None or not _waits_for_a_unit(case) or said.event_id in case.causes:
            continue
        earlier, place = taken.get(said.feedback_id), places[said.event_id]
        if earlier is not None and places[earlier.event_id].unit_code is not None:
            continue
        if place.unit_code is not None or place.ask != case.placement.event.question:
            taken[said.feedback_id] = said
    return [(cases[feedback_id], said) for feedback_id, said in taken.items()]


def _waits_for_a_unit(case: PlacedCase) -> bool:
    return case.is_open and case.unit_code is None and case.placement.event.unit_code is None


def _placed(case: PlacedCase, said: ResidentAnswered, place: PlaceDecision, reference: Reference) -> list[Placement]:
    """Place a case anew, and the parts that its unit has an office of its own for; those it has already stay."""
    report = report_of(case, text=said.report_text)
    report = replace(report, point=_point(said) or report.point)
    cause = cause_of(said, case, PlacementReason.ANSWERED)
    pauses = pauses_of(case.life, reference.calendars.of(place.unit_code), limit=reference.policy.waiting_limit)
    placement = place_report(report, place, cause, reference, pauses=pauses)
    if place.unit_code is None or report.part_of is not None:
        return [placement]
    first = replace(cause, reason=PlacementReason.FIRST, generation=1)
    return [placement, *place_with_parts(report, place, first, reference)[1:]]
