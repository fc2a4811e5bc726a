"""The event that announces a feedback: built from what is kept, so that it is the same however often it is told."""

from services.intake.domain.submission import Feedback, Place
from shared.events import Channel, FeedbackSubmitted, Pin, PlaceGiven, derived_event_id


def submitted_event(feedback: Feedback) -> FeedbackSubmitted:
    """Build the event of a feedback; its id follows from the feedback's."""
    said = feedback.submission
    return FeedbackSubmitted(
        event_id=derived_event_id(feedback.feedback_id, FeedbackSubmitted.topic),
        feedback_id=feedback.feedback_id,
        occurred_at=feedback.received_at,
        tracking_code=feedback.tracking_code,
        channel=Channel(said.channel),
        text=said.text,
        place=place_given(said.place),
        language=said.language,
        received_at=feedback.received_at,
        sent_at=said.sent_at,
        sealed_contact=feedback.sealed_contact,
    )


def place_given(place: Place) -> PlaceGiven:
    """Tell a place as the resident gave it."""
    pin = Pin(lat=place.lat, lon=place.lon) if place.lat is not None and place.lon is not None else None
    return PlaceGiven(pin=pin, unit_code=place.unit_code, text=place.text)
