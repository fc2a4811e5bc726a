"""Records that can never succeed: kept as they came, with where they came from and why they failed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aiokafka import ConsumerRecord

from shared.db.outbox import OutboxEntry

DEAD_SUFFIX = ".dead"
MAX_REASON_CHARACTERS = 500
# A broker takes 1 MiB by default, headers included; a record that large is none of ours, and its beginning will do.
MAX_BODY_BYTES = 900_000


@dataclass(frozen=True, slots=True)
class DeadRecord:
    """A record and the reason why it can never be applied."""

    record: ConsumerRecord[bytes, bytes]
    reason: str


def dead_letter(dead: DeadRecord, *, group: str, at: datetime) -> OutboxEntry:
    """Wrap a dead record for its dead-letter topic: original key, bytes and headers, plus origin and reason."""
    record = dead.record
    origin = {
        "dead_topic": record.topic,
        "dead_partition": str(record.partition),
        "dead_offset": str(record.offset),
        "dead_group": group,
        "dead_at": at.isoformat(),
        "dead_reason": dead.reason[:MAX_REASON_CHARACTERS],
    }
    body = record.value or b""
    if len(body) > MAX_BODY_BYTES:
        origin["dead_cut_from_bytes"] = str(len(body))
    kept = [(name, value) for name, value in record.headers if value is not None and not name.startswith("dead_")]
    return OutboxEntry(
        topic=record.topic + DEAD_SUFFIX,
        key=record.key or b"",
        body=body[:MAX_BODY_BYTES],
        headers=(*kept, *((name, value.encode()) for name, value in origin.items())),
    )


def revived(record: ConsumerRecord[bytes, bytes]) -> OutboxEntry:
    """Undo `dead_letter`: the entry as it was, for the topic it came from; raises ValueError for a foreign record."""
    headers = dict(record.headers)
    topic = headers.get("dead_topic", b"").decode()
    if topic + DEAD_SUFFIX != record.topic:
        message = f"record {record.offset} of {record.topic} does not say which topic it came from"
        raise ValueError(message)
    return OutboxEntry(
        topic=topic,
        key=record.key or b"",
        body=record.value or b"",
        headers=tuple((name, value) for name, value in record.headers if not name.startswith("dead_")),
    )


def too_many_in_a_row(dead: Iterable[bool], *, run_before: int, limit: int) -> tuple[int, bool]:
    """Follow a run of dead letters through a batch: the run at its end, and whether it passed `limit` on the way.

    `limit` 0 means any number is allowed.
    """
    run, passed = run_before, False
    for is_dead in dead:
        run = run + 1 if is_dead else 0
        passed = passed or (limit > 0 and run > limit)
    return run, passed
