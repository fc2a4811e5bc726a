"""Cases 12 to 15: what can never be applied is set aside with its origin and reason, and the rest goes on."""

from uuid import uuid4

from shared.clock import system_clock
from shared.events import AnswerKind, FeedbackSubmitted, ResidentAnswered
from tests.support.events import feedback_submitted
from tests.support.ledger import Record, key_of
from tests.support.system import System

SUBMITTED = FeedbackSubmitted.topic
ANSWERED = ResidentAnswered.topic
LIMIT = 20


def test_malformed_json_is_set_aside_and_the_others_flow(system: System) -> None:
    """Case 12: Malformed JSON on a topic: dead letter with origin and reason; the others flow."""
    system.submit_many(5)
    system.publish(SUBMITTED, b'{"feedback_id": ', keys=["case-12"], partition=3)
    system.submit_many(5)
    system.reconcile()
    letters = dead_letters(system, SUBMITTED, key="case-12")
    assert set(letters) == {"classifier", "notifier"}
    for group, letter in letters.items():
        headers = {name: value.decode() for name, value in letter.headers}
        assert letter.value == b'{"feedback_id": '
        assert (headers["dead_topic"], headers["dead_partition"], headers["dead_group"]) == (SUBMITTED, "3", group)
        assert int(headers["dead_offset"]) >= 0
        assert "Invalid JSON" in headers["dead_reason"]


def test_a_record_of_the_wrong_schema_is_set_aside_alone(system: System) -> None:
    """Case 13: Valid JSON of the wrong schema inside a batch: only that record is dead-lettered.

    All records are on one partition, one behind the other, before the classifier starts to read them.
    """
    system.stop("classifier")
    good = [feedback_submitted(text=f"Cống nghẹt trước nhà số {number}") for number in range(10)]
    bodies = [event.to_bytes() for event in good]
    keys = [str(event.feedback_id) for event in good]
    system.publish(
        SUBMITTED,
        *bodies[:5],
        b'{"feedback_id": "case-13"}',
        *bodies[5:],
        keys=[*keys[:5], "case-13", *keys[5:]],
        partition=0,
    )
    system.start("classifier")
    system.reconcile()
    inboxes = {str(row["feedback_id"]) for row in system.rows("SELECT feedback_id FROM desk.case_file")}
    assert set(keys) <= inboxes
    letters = dead_letters(system, SUBMITTED, key="case-13")
    assert set(letters) == {"classifier", "notifier"}
    assert "feedback_id: Input should be a valid UUID" in reason_of(letters["classifier"])


def test_a_newer_version_is_parked_and_can_be_said_again(system: System) -> None:
    """Case 15: An unknown, newer event version: parked, not dropped."""
    event = feedback_submitted(text="Biển báo đường cong bị cây che")
    system.publish(
        SUBMITTED, event.to_bytes(), keys=["case-15"], headers={"ce_type": "feedback.submitted.v2"}, partition=1
    )
    system.submit_many(2)
    system.reconcile()
    letters = dead_letters(system, SUBMITTED, key="case-15")
    assert set(letters) == {"classifier", "notifier"}
    assert letters["classifier"].value == event.to_bytes()
    assert "feedback.submitted.v2" in reason_of(letters["classifier"])


def test_when_everything_is_bad_the_consumer_stops_and_drains_nothing_away(system: System) -> None:
    """Case 14: Everything bad after a deploy: the limit trips, the consumer stops, nothing is drained away."""
    (receipt,) = system.submit_many(1)
    system.reconcile()
    rating = ResidentAnswered(
        event_id=uuid4(),
        feedback_id=receipt.feedback_id,
        occurred_at=system_clock(),
        answer=AnswerKind.RATING,
        rating=5,
    )
    bad = [f'{{"case-14": {number}}}'.encode() for number in range(2 * LIMIT)]
    system.publish(ANSWERED, *bad, keys=["case-14"] * len(bad), partition=2)
    readers = ("desk", "router")
    for service in readers:
        system.wait_until(
            lambda service=service: system.metric(service, "langnghe_consumer_tripped", topic=ANSWERED) == 1,
            what=f"the consumer of {service} stops",
        )
        assert "stopped" in system.get(service, "/ready").json()["checks"]["consumers"]
    assert len(letters_of(system, ANSWERED, key="case-14")) <= LIMIT * len(readers)
    system.publish(ANSWERED, rating.to_bytes(), keys=[str(rating.feedback_id)], partition=2)

    # Their other streams go on; and once somebody has looked and said so, this one does too.
    (other,) = system.submit_many(1)
    opened = "SELECT count(*) FROM desk.case_file WHERE feedback_id = CAST($1 AS uuid)"
    system.wait_until(lambda: system.one(opened, other.feedback_id) == 1, what="another report reaches its inbox")
    assert heard(system, rating) == 0
    for service in readers:
        system.restart(service, LANGNGHE_CONSECUTIVE_DEAD_LETTERS_LIMIT="0")
    system.reconcile()
    assert len(letters_of(system, ANSWERED, key="case-14")) == len(bad) * len(readers)
    assert heard(system, rating) == 1


def heard(system: System, answer: ResidentAnswered) -> int:
    """Count an answer in the desk's books."""
    return int(system.one("SELECT count(*) FROM desk.resident_word WHERE event_id = $1", answer.event_id))


def reason_of(letter: Record) -> str:
    """Read why a letter is dead."""
    return str(dict(letter.headers)["dead_reason"].decode())


def letters_of(system: System, topic: str, *, key: str) -> list[Record]:
    """Read the dead letters of a topic under a key."""
    return [letter for letter in system.records(f"{topic}.dead") if key_of(letter) == key]


def dead_letters(system: System, topic: str, *, key: str) -> dict[str, Record]:
    """Read the dead letters of a topic under a key, one from each group."""
    letters = letters_of(system, topic, key=key)
    by_group = {dict(letter.headers)["dead_group"].decode(): letter for letter in letters}
    assert len(by_group) == len(letters), "a group set one record aside twice"
    return by_group
