"""What desk and classifier agree on: bytes as they lie in a topic, read by whoever reads them now."""

import json

import pytest
from pydantic import ValidationError

from shared.events import EVENTS, FeedbackClassified, FeedbackCorrected, Highlight, Kind, Urgency
from tests.support.events import feedback_classified, feedback_corrected

CORRECTED = """{
    "event_id": "0199a000-0000-7000-8000-000000000001", "feedback_id": "0199a000-0000-7000-8000-000000000002",
    "occurred_at": "2026-11-23T01:10:00Z", "actor": "staff:7", "channel": "sms", "text": "nap cong be roi",
    "kind": "report", "subject": "construction_nuisance", "urgency": "high",
    "was_kind": "question", "was_subject": "drainage_sewage", "was_urgency": "normal", "model_version": "m1"
}"""


def test_a_correction_is_read_as_it_was_first_agreed() -> None:
    event = FeedbackCorrected.from_bytes(CORRECTED.encode())
    assert (event.kind, event.subject, event.urgency) == (Kind.REPORT, "construction_nuisance", Urgency.HIGH)
    assert (event.was_kind, event.was_subject, event.was_urgency) == (Kind.QUESTION, "drainage_sewage", Urgency.NORMAL)
    assert json.loads(event.to_bytes()) == json.loads(CORRECTED)


@pytest.mark.parametrize("missing", sorted(json.loads(CORRECTED)))
def test_a_correction_says_everything_it_is_about(missing: str) -> None:
    body = {name: value for name, value in json.loads(CORRECTED).items() if name != missing}
    with pytest.raises(ValidationError, match=missing):
        FeedbackCorrected.from_bytes(json.dumps(body).encode())


def test_a_correction_is_told_by_the_desk_under_the_key_of_its_feedback() -> None:
    event = feedback_corrected()
    assert EVENTS["feedback.corrected.v1"] is FeedbackCorrected
    assert event.key() == str(event.feedback_id).encode()
    assert event.cloudevents_headers()["ce_source"] == "desk"
    assert event.cloudevents_headers()["ce_type"] == "feedback.corrected.v1"
    assert FeedbackCorrected.from_bytes(event.to_bytes()) == event


def test_a_classification_of_before_highlights_is_still_read() -> None:
    body = json.loads(feedback_classified().to_bytes())
    for name in ("highlights", "second_subject"):
        del body[name]
    event = FeedbackClassified.from_bytes(json.dumps(body).encode())
    assert (event.highlights, event.second_subject) == ((), None)


def test_highlights_and_the_second_topic_arrive_as_they_were_sent() -> None:
    event = feedback_classified(
        highlights=(Highlight(start=0, end=4, weight=0.75), Highlight(start=5, end=8, weight=0)), second_subject="waste"
    )
    assert FeedbackClassified.from_bytes(event.to_bytes()) == event


@pytest.mark.parametrize("wrong", [{"start": -1}, {"end": -1}, {"weight": 1.01}, {"weight": -0.01}])
def test_a_highlight_that_cannot_be_is_refused_where_it_is_made(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Highlight(**{"start": 0, "end": 4, "weight": 0.5, **wrong})  # type: ignore[arg-type]
