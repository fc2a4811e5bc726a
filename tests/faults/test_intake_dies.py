"""Cases 1, 2, 3 and 42: what a resident was promised holds, whatever becomes of the process that promised it."""

import time

from deploy.local.processes import SERVICES
from tests.support.system import UNREACHABLE, System

KEPT = "INSERT INTO intake.feedback"
KILLED_BY_SIGTERM_AFTER_DRAINING = -15
BREATH_SECONDS = 0.02


def kept_under(system: System, key: str) -> list[dict[str, str]]:
    """Read what intake keeps under a client's key."""
    return system.rows("SELECT feedback_id, tracking_code FROM intake.feedback WHERE idempotency_key = $1", key)


def test_a_kill_before_the_commit_leaves_nothing_and_the_retry_makes_one_case(system: System) -> None:
    """Case 1: Intake killed (kill -9) before its commit: the client or SMSC retries, one case."""
    with system.to_postgres("intake").gate_at("COMMIT", touching=KEPT) as gate:
        first = system.begin(system.submit, "Cầu gỗ thôn 4 sập một nhịp", key="case-1")
        gate.wait_reached()
        system.kill("intake")
    assert first.result().status == UNREACHABLE
    assert kept_under(system, "case-1") == []

    system.start("intake")
    assert system.submit("Cầu gỗ thôn 4 sập một nhịp", key="case-1").status == 201
    assert len(kept_under(system, "case-1")) == 1


def test_a_kill_after_the_commit_costs_nothing_and_the_retry_gets_the_same_code(system: System) -> None:
    """Case 2: ... after the commit, before the answer: the retry returns the same tracking code."""
    with system.to_postgres("intake").gate_at("COMMIT", touching=KEPT, answered=True) as gate:
        first = system.begin(system.submit, "Cột điện nghiêng sau bão ở buôn Tring", key="case-2")
        gate.wait_reached()
        system.kill("intake")
    assert first.result().status == UNREACHABLE
    (kept,) = kept_under(system, "case-2")

    system.start("intake")
    again = system.submit("Cột điện nghiêng sau bão ở buôn Tring", key="case-2")
    assert (again.status, again.tracking_code) == (200, kept["tracking_code"])
    assert len(kept_under(system, "case-2")) == 1


def test_one_key_at_two_processes_at_once_is_one_row_and_one_code(system: System) -> None:
    """Case 3: The same client key twice, concurrently: one row.

    The first process stands before its COMMIT while the second takes the same words under the same key; then many
    clients at both processes say them once more.
    """
    words = "Nước giếng khoan có mùi lạ ở thôn 7"
    with system.twin("intake") as second:
        with system.to_postgres("intake").gate_at("COMMIT", touching=KEPT) as gate:
            waiting = system.begin(system.submit, words, key="case-3")
            gate.wait_reached()
            beside = system.begin(system.submit, words, key="case-3", to=second)
            system.wait_until(
                lambda: system.one("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0,
                what="the second process waits for the first",
            )
        burst = [
            system.begin(system.submit, words, key="case-3", to=name) for name in ("intake", second) for _ in range(12)
        ]
        receipts = [one.result() for one in [waiting, beside, *burst]]
    assert sorted(receipt.status for receipt in receipts) == [200] * 25 + [201]
    assert len({receipt.tracking_code for receipt in receipts}) == 1
    assert len(kept_under(system, "case-3")) == 1


def test_sigterm_under_load_drains_and_loses_nothing(system: System) -> None:
    """Case 42: SIGTERM under load: a clean drain, nothing lost.

    Reports keep coming while each of the five is told to stop and started again; a client whose connection breaks
    sends the same again under the same key.
    """
    still_coming = True

    def client(number: int) -> int:
        sent = 0
        while still_coming:
            key = f"case-42-{number}-{sent}"
            text = f"Cây đổ chắn đường liên xã ({key})"
            system.submit_until_accepted(text, key=key)
            sent += 1
            time.sleep(BREATH_SECONDS)
        return sent

    clients = [system.begin(client, number) for number in range(4)]
    try:
        for name in SERVICES:
            assert system.stop(name) == KILLED_BY_SIGTERM_AFTER_DRAINING
            assert system.logged(name, "stopped"), f"{name} did not come to its end"
            system.start(name, wait=False)
        for name in SERVICES:
            system.wait_ready(name)
    finally:
        still_coming = False
    sent = sum(client.result() for client in clients)
    kept = system.one("SELECT count(*) FROM intake.feedback WHERE idempotency_key LIKE 'case-42-%'")
    assert kept == sent > 50
