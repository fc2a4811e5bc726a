"""Cases 9 and 10: without its database nobody pretends, nobody spins, and the work goes on where it stood."""

import time

from deploy.local.processes import SERVICES
from shared.events import FeedbackSubmitted
from tests.support.ledger import key_of
from tests.support.system import System

OUTAGE_SECONDS = 8.0
# 0.2 s doubled each time: in eight seconds six attempts; each counts once for each stream a service reads.
MOST_ATTEMPTS = 8
CALM_SHARE = 0.35


def test_with_the_database_down_intake_says_503_and_consumers_wait_calmly(system: System) -> None:
    """Case 9: Database down: intake answers 503, SMPP stays unacknowledged, consumers wait without a hot loop.

    (There is no SMPP yet.) The classifier has records to work on that it reads only once the database is gone.
    """
    system.freeze("classifier")
    ids = {receipt.feedback_id for receipt in system.submit_many(8)}
    system.wait_until(
        lambda: ids <= {key_of(record) for record in system.records(FeedbackSubmitted.topic)},
        what="the reports are on the log",
    )
    system.postgres.kill()
    system.thaw("classifier")
    system.wait_logged("classifier", "surroundings fail, waiting")

    refused = system.submit("Đê bao bị sạt ở thôn 2", key="case-9")
    assert refused.status == 503
    assert system.get("intake", "/ready").status_code == 503
    used_before = {name: system.cpu_seconds(name) for name in SERVICES}
    since = time.monotonic()
    time.sleep(OUTAGE_SECONDS)
    passed = time.monotonic() - since
    assert 1 < len(system.logged("classifier", "surroundings fail, waiting")) <= MOST_ATTEMPTS
    for name in SERVICES:
        share = (system.cpu_seconds(name) - used_before[name]) / passed
        assert share < CALM_SHARE, f"{name} used {share:.0%} of a processor while it had nothing to do"

    system.postgres.start()
    assert system.submit_until_accepted("Đê bao bị sạt ở thôn 2", key="case-9").status == 201


def test_a_database_restarted_mid_batch_rolls_back_and_the_batch_is_replayed(system: System) -> None:
    """Case 10: Database restarted mid-batch: roll back, replay.

    Classifier and desk both stand before the COMMIT of a batch when the server dies.
    """
    with (
        system.to_postgres("desk").gate_at("COMMIT", touching="INSERT INTO desk.case_file") as at_the_desk,
        system.to_postgres("classifier").gate_at("COMMIT", touching="INSERT INTO classifier.decision") as at_first,
    ):
        at_first.open()
        system.submit_many(4)
        at_the_desk.wait_reached()
        with system.to_postgres("classifier").gate_at(
            "COMMIT", touching="INSERT INTO classifier.decision"
        ) as at_the_classifier:
            ids = [receipt.feedback_id for receipt in system.submit_many(4)]
            at_the_classifier.wait_reached()
            system.postgres.kill()
            system.postgres.start()
    known = system.one("SELECT count(*) FROM classifier.decision WHERE feedback_id = ANY(CAST($1 AS uuid[]))", ids)
    assert known < len(ids)
    for name in ("classifier", "desk"):
        system.wait_logged(name, "surroundings fail, waiting")
