"""PlaceFeedback: every classified feedback gets a unit, an office and two deadlines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.router.domain.rules import conditions_used
from services.router.usecases.locate_places import Whereabouts, locate_places
from services.router.usecases.placing import Cause, Report, place_with_parts
from services.router.usecases.ports import CurrentReference, OpenPlacements, Point
from shared.clock import Clock
from shared.events import FeedbackClassified, FeedbackPlaced, derived_event_id


@dataclass(frozen=True, slots=True)
class PlaceFeedback:
    """Place a batch in one transaction; what was placed before is returned as it was.

    A report that goes to several offices is followed by its parts, each a feedback of its own. A replay is followed by
    the newest generation of each, when there is a further one: so those who lost it hear of it.
    """

    current_reference: CurrentReference
    open_placements: OpenPlacements
    clock: Clock

    async def __call__(self, batch: Sequence[FeedbackClassified]) -> Sequence[FeedbackPlaced]:
        """Decide, store and return the events of each record, in their order; a replay gets the same events."""
        reference = await self.current_reference()
        decisions = locate_places([_whereabouts(feedback) for feedback in batch], reference)
        now, used = self.clock(), conditions_used(reference.policy)
        placed = [
            place_with_parts(_report(feedback), place, _cause(feedback, now), reference, used=used)
            for feedback, place in zip(batch, decisions, strict=True)
        ]
        # Of two records about one feedback in one batch, the first counts.
        placements = {report.event.feedback_id: [report, *parts] for report, *parts in reversed(placed)}
        async with self.open_placements() as store:
            before = await store.add_missing([report for report, *_ in placements.values()])
            parts = [part for key, (_, *parts) in placements.items() if key not in before for part in parts]
            if parts:
                await store.add_missing(parts)
            parts_before = await store.parts_of(before) if before else {}
            again = {key: [report, *parts_before.get(key, ())] for key, report in before.items()}
            later = await store.newest_told([event.feedback_id for events in again.values() for event in events])
        told = {key: [placement.event for placement in its] for key, its in placements.items()}
        told |= {
            key: [*events, *(later[event.feedback_id] for event in events if event.feedback_id in later)]
            for key, events in again.items()
        }
        return [event for feedback in batch for event in told[feedback.feedback_id]]


def _whereabouts(feedback: FeedbackClassified) -> Whereabouts:
    place = feedback.place
    return Whereabouts(_point(feedback), place.unit_code, place.text, feedback.text)


def _point(feedback: FeedbackClassified) -> Point | None:
    pin = feedback.place.pin
    return Point(pin.lat, pin.lon) if pin is not None else None


def _cause(feedback: FeedbackClassified, now: datetime) -> Cause:
    return Cause(feedback.event_id, derived_event_id(feedback.event_id, FeedbackPlaced.topic), now)


def _report(feedback: FeedbackClassified) -> Report:
    return Report(
        feedback_id=feedback.feedback_id,
        received_at=feedback.received_at,
        kind=feedback.kind,
        subject=feedback.subject,
        urgency=feedback.urgency,
        needs_review=feedback.needs_review,
        channel=feedback.channel.value,
        text=feedback.text,
        point=_point(feedback),
        tracking_code=feedback.tracking_code,
        second_subject=feedback.second_subject,
    )
