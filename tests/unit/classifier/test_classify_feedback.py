"""ClassifyFeedback: one event per record, the same for ever."""

from datetime import timedelta
from uuid import uuid4

from services.classifier.domain.decision import NO_MODEL, Highlight
from services.classifier.usecases.classify_feedback import ClassifyFeedback
from services.classifier.usecases.reach_verdicts import UNREADABLE, WITHOUT_MODEL, ReachVerdicts
from shared.events import FeedbackClassified, Kind, Pin, PlaceGiven, TopicScore, Urgency, derived_event_id
from tests.support.classifying import NOON, FakeDecisions, FakeModel, reads, scores
from tests.support.events import feedback_submitted


def classify_feedback(decisions: FakeDecisions, model: FakeModel | None, *, hours: int = 0) -> ClassifyFeedback:
    return ClassifyFeedback(ReachVerdicts(reads(model)), decisions.open, lambda: NOON + timedelta(hours=hours))


async def test_the_event_carries_the_answers_and_the_report_along() -> None:
    cause = feedback_submitted(text="Đèn đường hỏng", place=PlaceGiven(pin=Pin(lat=12.7, lon=108.0), text="chợ"))
    model = FakeModel(says=scores(highlights=(Highlight(0, 9, 0.7), Highlight(10, 14, 0.3))))
    (event,) = await classify_feedback(FakeDecisions(), model)([cause])
    assert event.event_id == derived_event_id(cause.event_id, FeedbackClassified.topic)
    assert (event.feedback_id, event.occurred_at, event.received_at) == (cause.feedback_id, NOON, cause.received_at)
    assert (event.text, event.place, event.channel) == (cause.text, cause.place, cause.channel)
    assert (event.kind, event.subject, event.urgency) == (Kind.REPORT, "street_lighting", Urgency.NORMAL)
    assert event.alternatives == (TopicScore(topic="electricity", probability=0.08),)
    assert event.reasons == ("đèn đường", "hỏng")
    assert [(told.start, told.end, told.weight) for told in event.highlights] == [(0, 9, 0.7), (10, 14, 0.3)]
    assert event.second_subject is None
    assert (event.needs_review, event.model_version) == (False, "model-1")


async def test_a_replay_announces_the_stored_decision_though_the_model_has_changed() -> None:
    decisions, cause = FakeDecisions(), feedback_submitted()
    before = await classify_feedback(decisions, FakeModel())([cause])
    newer = FakeModel(says=scores(topic={"waste": 0.99}), version="model-2")
    assert await classify_feedback(decisions, newer, hours=3)([cause]) == before


async def test_a_feedback_announced_again_under_another_event_id_keeps_its_first_answer() -> None:
    decisions, feedback_id = FakeDecisions(), uuid4()
    first = await classify_feedback(decisions, FakeModel())([feedback_submitted(feedback_id=feedback_id)])
    again = await classify_feedback(decisions, FakeModel())([feedback_submitted(feedback_id=feedback_id)])
    assert again == first


async def test_of_two_records_about_one_feedback_in_a_batch_the_first_counts() -> None:
    feedback_id = uuid4()
    batch = [feedback_submitted(feedback_id=feedback_id), feedback_submitted(feedback_id=feedback_id)]
    events = await classify_feedback(FakeDecisions(), FakeModel())(batch)
    assert events[0] == events[1]
    assert events[0].event_id == derived_event_id(batch[0].event_id, FeedbackClassified.topic)


async def test_a_batch_is_one_transaction_and_keeps_its_order() -> None:
    decisions = FakeDecisions()
    batch = [feedback_submitted(text=f"số {number}") for number in range(50)]
    events = await classify_feedback(decisions, FakeModel())(batch)
    assert [event.feedback_id for event in events] == [feedback.feedback_id for feedback in batch]
    assert decisions.transactions == 1


async def test_without_a_model_everything_goes_to_a_person_and_danger_still_shows() -> None:
    batch = [feedback_submitted(text="Đèn hỏng"), feedback_submitted(text="Nhà đang cháy, cứu với")]
    calm, fire = await classify_feedback(FakeDecisions(), None)(batch)
    assert (calm.kind, calm.subject, calm.urgency) == (Kind.REPORT, "other", Urgency.NORMAL)
    assert fire.urgency is Urgency.EMERGENCY
    assert all(event.needs_review and event.model_version == NO_MODEL for event in (calm, fire))
    assert calm.reasons == (WITHOUT_MODEL,)


async def test_a_text_the_model_cannot_read_does_not_spoil_its_batch() -> None:
    batch = [feedback_submitted(text="một"), feedback_submitted(text="hai"), feedback_submitted(text="ba")]
    events = await classify_feedback(FakeDecisions(), FakeModel(unreadable=frozenset({"hai"})))(batch)
    assert [event.needs_review for event in events] == [False, True, False]
    assert [event.model_version for event in events] == ["model-1", NO_MODEL, "model-1"]
    assert events[1].reasons == (UNREADABLE,)
