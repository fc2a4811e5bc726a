"""RecordCorrections: what a person confirmed or put right becomes a labelled example."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.classifier.usecases.ports import Label, OpenLabels
from shared.events import Event, FeedbackCorrected


@dataclass(frozen=True, slots=True)
class RecordCorrections:
    """Keep a batch in one transaction; nothing follows from it until somebody trains."""

    open_labels: OpenLabels

    async def __call__(self, batch: Sequence[FeedbackCorrected]) -> Sequence[Event]:
        """Keep every correction; a replay changes nothing."""
        async with self.open_labels() as store:
            await store.keep([_label(event) for event in batch])
        return []


def _label(event: FeedbackCorrected) -> Label:
    return Label(
        feedback_id=event.feedback_id,
        labelled_at=event.occurred_at,
        text=event.text,
        kind=event.kind.value,
        topic=event.subject,
        urgency=event.urgency.value,
        was_kind=event.was_kind.value,
        was_topic=event.was_subject,
        was_urgency=event.was_urgency.value,
        model_version=event.model_version,
    )
