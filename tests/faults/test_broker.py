"""Cases 6 and 7, and a broker that lost its log: intake goes on accepting, and all of it arrives in the end."""

import shutil
import time
from collections import defaultdict
from functools import partial

import pytest

from shared.events import FeedbackSubmitted
from tests.support.ledger import key_of
from tests.support.system import System

OUTAGE_SECONDS = 15.0
REPORTS = 45
QUICK_SECONDS = 2.0
LOT = 6


def test_with_the_broker_down_intake_accepts_and_the_outbox_drains_in_order(system: System) -> None:
    """Case 6: Broker down 10 minutes: intake goes on accepting, the outbox grows, then drains in order.

    Here it is down for fifteen seconds, which is longer than any pause between two attempts: what ten minutes add is
    more rows of the same kind.
    """
    system.kafka.kill()
    down_since = time.monotonic()
    accepted: list[str | None] = []
    slowest = 0.0
    for number in range(REPORTS):
        sent_at = time.monotonic()
        accepted += [receipt.feedback_id for receipt in system.submit_many(1)]
        slowest = max(slowest, time.monotonic() - sent_at)
        assert system.outbox_size("intake") == number + 1
        time.sleep(max(0.0, down_since + (number + 1) * OUTAGE_SECONDS / REPORTS - time.monotonic()))
    assert slowest < QUICK_SECONDS
    ready = system.get("intake", "/ready")
    assert ready.is_success
    assert ready.json()["checks"]["broker"] != "ok"

    system.kafka.start()
    system.reconcile()
    place: dict[str | None, int] = {feedback_id: number for number, feedback_id in enumerate(accepted)}
    said: defaultdict[int, list[int]] = defaultdict(list)
    for record in system.records(FeedbackSubmitted.topic):
        if key_of(record) in place:
            said[record.partition].append(place[key_of(record)])
    assert sum(len(numbers) for numbers in said.values()) == REPORTS
    assert all(numbers == sorted(numbers) for numbers in said.values())


def test_a_frozen_broker_makes_sends_time_out_and_nothing_is_lost(system: System) -> None:
    """Case 7: Broker frozen (SIGSTOP): sends time out, nothing silently lost."""
    with system.to_postgres("classifier").gate_at("COMMIT", touching="classifier.decision", answered=True) as gate:
        system.submit_many(5)
        gate.wait_reached()
        system.wait_until(lambda: system.outbox_size("intake") == 0, what="the first reports are on the log")
        system.kafka.freeze()
    system.submit_many(20)
    system.wait_logged("intake", "outbox waits")
    system.wait_logged("classifier", "surroundings fail, waiting")
    assert system.outbox_size("intake") == 20
    system.kafka.thaw()


@pytest.mark.parametrize("services_run_on", [False, True], ids=["everything stops", "services run on"])
def test_what_a_lost_log_forgets_outbox_and_sweeper_bring_back(system: System, services_run_on: bool) -> None:
    """Stop, delete the Kafka folder, start: every accepted report reaches an inbox, nothing twice.

    Reports are lost at every stage: before the desk, before the router, before the classifier; one lot is in the
    outbox only, and others had arrived long before. Once the whole installation stops for it, once only the broker
    is replaced, under running services.
    """
    system.submit_many(LOT)
    system.reconcile()
    for name, passed in (("desk", "router.placement"), ("router", "classifier.decision"), ("classifier", "")):
        system.stop(name)
        ids = [receipt.feedback_id for receipt in system.submit_many(LOT)]
        system.wait_until(lambda: system.outbox_size("intake") == 0, what="the reports are on the log")
        if passed:
            has_passed = f"SELECT count(*) FROM {passed} WHERE feedback_id = ANY(CAST($1 AS uuid[]))"  # noqa: S608
            system.wait_until(partial(all_of, system, has_passed, ids), what=f"the reports are in {passed}")
    system.kafka.kill()
    system.submit_many(LOT)
    no_case = "SELECT count(*) FROM intake.feedback LEFT JOIN desk.case_file c USING (feedback_id) WHERE c IS NULL"
    assert system.one(no_case) == 4 * LOT

    if services_run_on:
        for name in ("desk", "router", "classifier"):
            system.start(name, wait=False)
    else:
        for name in ("intake", "notifier"):
            system.stop(name)
    shutil.rmtree(system.kafka.embedded.data_dir)
    system.kafka.start()
    system.create_topics()


def all_of(system: System, counted: str, ids: list[str | None]) -> bool:
    """Say whether a count over these ids is their number."""
    return bool(system.one(counted, ids) == len(ids))


def test_the_sweeper_announces_again_what_got_lost_on_the_way(system: System) -> None:
    """An event that vanished between intake and the desk, the broker being the same: the sweeper says it again."""
    system.restart("intake", INTAKE_ANNOUNCE_AGAIN_AFTER_SECONDS="2")
    system.kafka.kill()
    system.submit_many(5)
    system.rows("DELETE FROM intake.outbox")
    system.kafka.start()
    system.reconcile()
