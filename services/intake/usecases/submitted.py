"""The event that announces a feedback: built from what is kept, so that it is the same however often it is told."""

from services.intake.domain.submission import Feedback
from shared.events import Channel, FeedbackSubmitted, Pin, PlaceGiven, derived_event_id


def submitted_event(feedback: Feedback) -> FeedbackSubmitted:
    """Build the event of a feedback; its id follows from the feedback's."""
    said = feedback.submission
    has_pin = said.place.lat is not None and said.place.lon is not None
    return FeedbackSubmitted(
        event_id=derived_event_id(feedback.feedback_id, FeedbackSubmitted.topic),
        feedback_id=feedback.feedback_id,
        occurred_at=feedback.received_at,
        tracking_code=feedback.tracking_code,
        channel=Channel(said.channel),
        text=said.text,
        place=PlaceGiven(
            pin=Pin(lat=said.place.lat, lon=said.place.lon) if has_pin else None,
            unit_code=said.place.unit_code,
            text=said.place.text,
        ),
        language=said.language,
        received_at=feedback.received_at,
        sent_at=said.sent_at,
        sealed_contact=feedback.sealed_contact,
    )
