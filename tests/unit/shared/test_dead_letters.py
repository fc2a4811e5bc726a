"""Dead letters keep what came, and a run of them is noticed."""

from datetime import UTC, datetime

import pytest
from aiokafka import ConsumerRecord

from shared.kafka.dead_letters import DeadRecord, dead_letter, revived, too_many_in_a_row

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def record(topic: str = "noted.v1", headers: tuple[tuple[str, bytes], ...] = (), value: bytes = b"{") -> ConsumerRecord:
    """Build a consumed record."""
    return ConsumerRecord(topic, 3, 42, 0, 0, b"key", value, None, 3, len(value), headers)


def test_a_dead_letter_names_origin_reason_and_group_and_keeps_the_bytes() -> None:
    letter = dead_letter(DeadRecord(record(headers=(("ce_id", b"1"),)), "no JSON"), group="router", at=NOW)
    assert (letter.topic, letter.key, letter.body) == ("noted.v1.dead", b"key", b"{")
    assert dict(letter.headers) == {
        "ce_id": b"1",
        "dead_topic": b"noted.v1",
        "dead_partition": b"3",
        "dead_offset": b"42",
        "dead_group": b"router",
        "dead_at": NOW.isoformat().encode(),
        "dead_reason": b"no JSON",
    }


def test_a_revived_letter_is_what_came_first() -> None:
    letter = dead_letter(DeadRecord(record(headers=(("ce_id", b"1"),)), "x"), group="router", at=NOW)
    again = revived(record(letter.topic, letter.headers))
    assert (again.topic, again.key, again.body, again.headers) == ("noted.v1", b"key", b"{", (("ce_id", b"1"),))


def test_a_letter_that_died_twice_tells_of_its_last_death_only() -> None:
    first = dead_letter(DeadRecord(record(), "first"), group="a", at=NOW)
    second = dead_letter(DeadRecord(record(headers=first.headers), "second"), group="b", at=NOW)
    assert [value for name, value in second.headers if name == "dead_reason"] == [b"second"]


def test_a_record_that_was_no_dead_letter_is_not_revived() -> None:
    with pytest.raises(ValueError, match="does not say which topic"):
        revived(record("noted.v1.dead"))


@pytest.mark.parametrize(
    ("dead", "before", "limit", "expected"),
    [
        ([True] * 3, 0, 3, (3, False)),
        ([True] * 4, 0, 3, (4, True)),
        ([True], 3, 3, (4, True)),
        ([True, False, True], 3, 3, (1, True)),
        ([False, True, True], 3, 3, (2, False)),
        ([True] * 99, 0, 0, (99, False)),
        ([], 2, 3, (2, False)),
    ],
)
def test_a_run_of_dead_letters_is_followed_through_batches(
    dead: list[bool], before: int, limit: int, expected: tuple[int, bool]
) -> None:
    assert too_many_in_a_row(dead, run_before=before, limit=limit) == expected
