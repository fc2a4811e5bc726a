"""Keep the residents' words and what the classifier made of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.desk.domain.case import Report
from services.desk.domain.highlights import Highlight
from services.desk.domain.staff import EVERY_UNIT
from services.desk.usecases.ports import OpenCases
from shared.events import Event, FeedbackClassified


@dataclass(frozen=True, slots=True)
class NoteReports:
    """Keep each report once, whether or not its case is open yet."""

    open_cases: OpenCases

    async def __call__(self, batch: Sequence[FeedbackClassified]) -> Sequence[Event]:
        """Keep a batch; nothing follows from it."""
        reports = {event.feedback_id: _report(event) for event in reversed(batch)}
        async with self.open_cases(EVERY_UNIT) as store:
            await store.add_reports(list(reports.values()))
        return ()


def _report(event: FeedbackClassified) -> Report:
    pin = event.place.pin
    return Report(
        feedback_id=event.feedback_id,
        text=event.text,
        channel=event.channel.value,
        lat=pin.lat if pin is not None else None,
        lon=pin.lon if pin is not None else None,
        unit_named=event.place.unit_code,
        place_text=event.place.text,
        received_at=event.received_at,
        kind=event.kind.value,
        kind_probability=event.kind_probability,
        subject=event.subject,
        subject_probability=event.subject_probability,
        alternatives=tuple((other.topic, other.probability) for other in event.alternatives),
        urgency=event.urgency.value,
        urgency_probability=event.urgency_probability,
        reasons=event.reasons,
        needs_review=event.needs_review,
        model_version=event.model_version,
        highlights=tuple(Highlight(mark.start, mark.end, mark.weight) for mark in event.highlights),
        second_subject=event.second_subject,
    )
