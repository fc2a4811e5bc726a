"""Cases 4 and 20: the outbox relay says everything, in order, and its repeats do no harm."""

from collections import defaultdict
from uuid import uuid4

from shared.clock import system_clock
from shared.events import FeedbackSubmitted, MessageOutcome, MessagePurpose, MessageSettled
from tests.support.ledger import key_of
from tests.support.system import System

FORGET = "DELETE FROM intake.outbox"
CASES, FACTS_A_CASE = 40, 50


def test_a_relay_killed_between_acknowledgement_and_delete_says_it_twice_without_effect(system: System) -> None:
    """Case 4: Relay killed after Kafka's acknowledgement, before the delete: a duplicate event, no second effect."""
    with system.to_postgres("intake").gate_at(FORGET) as gate:
        receipt = system.submit()
        gate.wait_reached()
        assert said_about(system, receipt.feedback_id) == 1
        system.kill("intake")
    assert system.outbox_size("intake") == 1

    system.start("intake")
    system.reconcile()
    assert said_about(system, receipt.feedback_id) == 2


def test_two_relays_say_each_entry_once_and_each_case_in_order(system: System) -> None:
    """Case 20: Two relays on one outbox: no loss, order per case."""
    with system.twin("intake"):
        run = fill_outbox(system)
        system.wait_until(lambda: system.outbox_size("intake") == 0, what="the outbox is empty")
    for said in by_case(system, run).values():
        assert said == list(range(FACTS_A_CASE))


def test_a_relay_that_dies_over_a_batch_leaves_the_other_to_say_all_of_it_in_order(system: System) -> None:
    """Case 20, and one of the two dies: no loss, order per case; only what it had in hand is said again."""
    with system.twin("intake") as second:
        names = ("intake", second)
        with (
            system.to_postgres(names[0]).gate_at(FORGET) as first_gate,
            system.to_postgres(names[1]).gate_at(FORGET) as second_gate,
        ):
            run = fill_outbox(system)
            gates = dict(zip(names, (first_gate, second_gate), strict=True))
            system.wait_until(lambda: any(g.reached.is_set() for g in gates.values()), what="one relay has its turn")
            system.kill(next(name for name, gate in gates.items() if gate.reached.is_set()))
        system.wait_until(lambda: system.outbox_size("intake") == 0, what="the outbox is empty")
    repeats = 0
    for said in by_case(system, run).values():
        assert list(dict.fromkeys(said)) == list(range(FACTS_A_CASE))
        repeats += len(said) - FACTS_A_CASE
    assert repeats > 0, "the relay did not die over a batch"


def said_about(system: System, feedback_id: str | None) -> int:
    """Count the records about a report on the topic it was announced on."""
    return sum(key_of(record) == feedback_id for record in system.records(FeedbackSubmitted.topic))


def fill_outbox(system: System) -> str:
    """Put many facts of many cases into intake's outbox, interleaved as they happen; returns the name of this run."""
    run = uuid4().hex
    keys = [uuid4() for _ in range(CASES)]
    facts = [
        MessageSettled(
            event_id=uuid4(),
            feedback_id=key,
            occurred_at=system_clock(),
            message_id=uuid4(),
            purpose=MessagePurpose.WARNING,
            recipient="office",
            outcome=MessageOutcome.DELIVERED,
            detail=f"{run} {number}",
        )
        for number in range(FACTS_A_CASE)
        for key in keys
    ]
    system.rows(
        "INSERT INTO intake.outbox (topic, key, body, headers) "
        "SELECT $1, key, body, '[]' FROM unnest($2::bytea[], $3::bytea[]) AS given (key, body)",
        MessageSettled.topic,
        [fact.key() for fact in facts],
        [fact.to_bytes() for fact in facts],
    )
    return run


def by_case(system: System, run: str) -> dict[str, list[int]]:
    """Read what was said in a run: for each case the numbers of its facts, in the order of the log."""
    said: defaultdict[str, list[int]] = defaultdict(list)
    for record in system.records(MessageSettled.topic):
        mark, _, number = (MessageSettled.from_bytes(record.value or b"").detail or "").partition(" ")
        if mark == run:
            said[key_of(record)].append(int(number))
    assert len(said) == CASES
    return said
