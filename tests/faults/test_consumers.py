"""Cases 5, 16 and 19: what a consumer did before it died, or lost its place, or lost its model, is done once."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from services.classifier.domain.decision import NO_MODEL
from shared.events import CaseChanged, FeedbackClassified, FeedbackPlaced, FeedbackSubmitted
from tests.support.ledger import key_of
from tests.support.system import System
from tests.support.wire import Gate, KafkaWire

# The last consumer first: a report must get past those whose gates are not up yet.
STREAMS = (
    ("intake", "INSERT INTO intake.case_step", CaseChanged.topic),
    ("notifier", "INSERT INTO notifier.timer", FeedbackPlaced.topic),
    ("desk", "INSERT INTO desk.case_file", FeedbackPlaced.topic),
    ("router", "INSERT INTO router.placement", FeedbackClassified.topic),
    ("classifier", "INSERT INTO classifier.decision", FeedbackSubmitted.topic),
)
SESSION_SECONDS = 10.0

HoldEach = Callable[[System, str, str, str], AbstractContextManager[Gate]]


@contextmanager
def after_its_database_commit(system: System, name: str, writes: str, _reads: str) -> Iterator[Gate]:
    """Hold the answer to the COMMIT: the database has it, nothing that follows is published."""
    with system.to_postgres(name).gate_at("COMMIT", touching=writes, answered=True) as gate:
        yield gate


@contextmanager
def before_its_offset_commit(system: System, name: str, _writes: str, reads: str) -> Iterator[Gate]:
    """Hold the OffsetCommit request: all that follows is published and acknowledged, the position is not kept."""
    with system.to_kafka(name).gate_at(KafkaWire.offset_commit, touching=reads) as gate:
        yield gate


@pytest.mark.parametrize("hold", [after_its_database_commit, before_its_offset_commit])
def test_consumers_killed_before_their_offset_commit_repeat_without_effect(system: System, hold: HoldEach) -> None:
    """Case 5: Consumer killed after its database commit, before the offset commit: no second effect.

    All five stand at that point at once, each over a report of its own, and all five are killed.
    """
    with ExitStack() as gates:
        for name, writes, reads in STREAMS:
            gate = gates.enter_context(hold(system, name, writes, reads))
            system.submit_many(1)
            gate.wait_reached()
        for name, *_ in STREAMS:
            system.kill(name)


def test_a_consumer_that_lost_its_partitions_mid_batch_commits_in_vain_and_does_no_harm(system: System) -> None:
    """Case 16: Rebalance mid-batch: the failed commit is tolerated, no second effect.

    The classifier has stored a batch when it freezes for longer than its session; a second classifier takes its
    partitions over and does the same batch. Then the first wakes up, publishes it once more and cannot commit.
    """
    with (
        system.twin("classifier") as second,
        system.to_postgres("classifier").gate_at("COMMIT", touching="classifier.decision", answered=True) as gate,
    ):
        # The two share the partitions: enough reports that the first gets some.
        receipts = system.submit_many(24)
        gate.wait_reached()
        system.freeze("classifier")
        system.wait_until(
            lambda: classified(system) >= {receipt.feedback_id for receipt in receipts},
            what="the second classifier has taken over and classified them all",
            seconds=4 * SESSION_SECONDS,
        )
        before = len(system.records(FeedbackClassified.topic))
        gate.open()
        system.thaw("classifier")
        system.wait_until(
            lambda: len(system.records(FeedbackClassified.topic)) > before, what="the first publishes its batch too"
        )
        system.reconcile()
        assert system.get("classifier", "/ready").is_success
        assert system.get(second, "/ready").is_success


def test_without_a_model_a_person_decides_and_the_clocks_run(system: System, tmp_path: Path) -> None:
    """Case 19: Classifier raises, or its model is missing: a person's queue, and the clock still runs."""
    system.restart("classifier", CLASSIFIER_MODEL_DIR=str(tmp_path / "nothing"))
    ids = [receipt.feedback_id for receipt in system.submit_many(5)]
    system.reconcile()
    rows = system.rows(
        "SELECT f.needs_review, r.model_version, count(*) FILTER (WHERE t.running) AS running "
        "FROM desk.case_file f JOIN desk.report r USING (feedback_id) JOIN notifier.timer t USING (feedback_id) "
        "WHERE feedback_id = ANY(CAST($1 AS uuid[])) GROUP BY feedback_id, f.needs_review, r.model_version",
        ids,
    )
    assert rows == [{"needs_review": True, "model_version": NO_MODEL, "running": 2}] * len(ids)
    assert "everything goes to a person" in system.get("classifier", "/ready").json()["checks"]["model"]


def classified(system: System) -> set[str | None]:
    """Read which reports have been classified, by what is on the topic."""
    return {key_of(record) for record in system.records(FeedbackClassified.topic)}
