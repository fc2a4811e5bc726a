"""The batch consumer on a real broker: nothing lost, nothing stuck, nothing drained."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import pytest
from aiokafka.errors import KafkaConnectionError

from shared.db.outbox import OutboxEntry, entry_of
from shared.events import Event
from shared.kafka.consume import measure_lag
from shared.kafka.dead_tools import DeadLetters, NoSuchTopicError
from tests.support.streams import Noted, committed, noted, own_topic, read_all, running_consumer, send, until


class Applied:
    """A use case that remembers what it was given and fails as told."""

    def __init__(self, *, refuses: str = "", away: int = 0) -> None:
        self.notes: list[str] = []
        self.refuses = refuses
        self.away = away

    async def __call__(self, batch: Sequence[Noted]) -> Sequence[Event]:
        if self.away:
            self.away -= 1
            raise ConnectionRefusedError
        for event in batch:
            if self.refuses and self.refuses in event.note:
                raise KeyError(event.note)
        self.notes += [event.note for event in batch]
        return []


async def test_unreadable_records_are_dead_lettered_and_the_others_flow(
    kafka_bootstrap_servers: str,
) -> None:
    event = await own_topic(kafka_bootstrap_servers)
    good = [event(**noted(f"note {n}").model_dump()) for n in range(3)]
    malformed = OutboxEntry(event.topic, b"k1", b"{not json", ())
    wrong_schema = OutboxEntry(event.topic, b"k2", b'{"event_id": "x"}', (("who", b"somebody"),))
    newer = replace(entry_of(event(**noted("from the future").model_dump())), headers=(("ce_type", b"noted.v2"),))
    bad_header = replace(entry_of(event(**noted("odd header").model_dump())), headers=(("x", b"\xff\xfe"),))
    no_value = replace(entry_of(event(**noted("empty header").model_dump())), headers=(("ce_type", None),))
    applied = Applied()
    async with running_consumer(kafka_bootstrap_servers, event, applied):
        await send(
            kafka_bootstrap_servers, [good[0], malformed, good[1], wrong_schema, newer, bad_header, no_value, good[2]]
        )
        dead = await read_all(kafka_bootstrap_servers, f"{event.topic}.dead", at_least=3)
        await until(lambda: len(applied.notes) == 5, what="the good records")
    assert sorted(applied.notes) == ["empty header", "note 0", "note 1", "note 2", "odd header"]
    by_body = {entry.body: dict(entry.headers) for entry in dead}
    assert set(by_body) == {malformed.body, wrong_schema.body, newer.body}
    headers = by_body[wrong_schema.body]
    assert headers["dead_topic"] == event.topic.encode()
    assert headers["dead_group"] == f"group-of-{event.topic}".encode()
    assert b"event_id" in headers["dead_reason"]
    assert headers["who"] == b"somebody"
    assert b"noted.v2" in by_body[newer.body]["dead_reason"]


async def test_a_record_its_use_case_refuses_is_dead_lettered_alone(kafka_bootstrap_servers: str) -> None:
    event = await own_topic(kafka_bootstrap_servers, partitions=1)
    events = [event(**noted("poison" if n == 5 else f"note {n}").model_dump()) for n in range(11)]
    applied = Applied(refuses="poison")
    await send(kafka_bootstrap_servers, events)
    async with running_consumer(kafka_bootstrap_servers, event, applied):
        [dead] = await read_all(kafka_bootstrap_servers, f"{event.topic}.dead", at_least=1)
    assert dead.body == events[5].to_bytes()
    assert dict(dead.headers)["dead_reason"] == b"KeyError"
    assert sorted(applied.notes) == sorted(e.note for e in events if e.note != "poison")


async def test_a_fault_of_the_surroundings_is_waited_out_and_never_dead_lettered(kafka_bootstrap_servers: str) -> None:
    event = await own_topic(kafka_bootstrap_servers)
    applied = Applied(away=3)
    async with running_consumer(kafka_bootstrap_servers, event, applied) as running:
        await send(kafka_bootstrap_servers, [event(**noted("patient").model_dump())])
        await until(lambda: running.consumer.progress.waiting == "ConnectionRefusedError", what="waiting")
        await until(lambda: applied.notes == ["patient"], what="the record")
        await until(lambda: running.consumer.progress.waiting is None, what="the end of waiting")
    counts = {c.topic: c.waiting for c in await DeadLetters(kafka_bootstrap_servers).counts()}
    assert counts[f"{event.topic}.dead"] == 0


async def test_too_many_dead_letters_in_a_row_stop_the_consumer_and_drain_nothing(kafka_bootstrap_servers: str) -> None:
    event = await own_topic(kafka_bootstrap_servers, partitions=1)
    await send(kafka_bootstrap_servers, [OutboxEntry(event.topic, b"k", b"rubbish", ()) for _ in range(6)])
    applied = Applied()
    async with running_consumer(kafka_bootstrap_servers, event, applied, limit=5) as running:
        await until(lambda: running.consumer.progress.tripped is not None, what="the limit")
    assert await committed(kafka_bootstrap_servers, event.topic) == 0
    counts = {c.topic: c.waiting for c in await DeadLetters(kafka_bootstrap_servers).counts()}
    assert counts[f"{event.topic}.dead"] == 0


async def test_what_follows_is_published_before_the_offsets_are_committed(kafka_bootstrap_servers: str) -> None:
    event, following = await own_topic(kafka_bootstrap_servers), await own_topic(kafka_bootstrap_servers)

    async def apply(batch: Sequence[Noted]) -> Sequence[Event]:
        return [following(**{**e.model_dump(), "note": e.note.upper()}) for e in batch]

    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    cause = event(**noted("loud").model_dump())
    async with running_consumer(kafka_bootstrap_servers, event, apply):
        await send(kafka_bootstrap_servers, [entry_of(cause, traceparent=traceparent)])
        [said] = await read_all(kafka_bootstrap_servers, following.topic, at_least=1)

        async def offsets_committed() -> bool:
            return await committed(kafka_bootstrap_servers, event.topic) == 1

        await until(offsets_committed, what="the commit")
    assert b"LOUD" in said.body
    assert said.key == str(cause.feedback_id).encode()
    assert dict(said.headers)["traceparent"] == traceparent.encode()


async def test_a_dead_letter_can_be_said_again_or_dropped(kafka_bootstrap_servers: str) -> None:
    event = await own_topic(kafka_bootstrap_servers, partitions=1)
    refused = [event(**noted(f"poison {n}").model_dump()) for n in range(2)]
    applied = Applied(refuses="poison")
    tools = DeadLetters(kafka_bootstrap_servers)
    async with running_consumer(kafka_bootstrap_servers, event, applied):
        await send(kafka_bootstrap_servers, refused)
        await read_all(kafka_bootstrap_servers, f"{event.topic}.dead", at_least=2)
        assert [r.value for r in await tools.waiting(event.topic, limit=10)] == [e.to_bytes() for e in refused]
        applied.refuses = ""
        assert await tools.retry(event.topic, limit=1) == 1
        await until(lambda: applied.notes == ["poison 0"], what="the second try")
        assert await tools.drop(event.topic, limit=10) == 1
        assert await tools.waiting(event.topic, limit=10) == []
    assert applied.notes == ["poison 0"]


async def test_an_unknown_dead_letter_topic_is_named_with_the_ones_there_are(kafka_bootstrap_servers: str) -> None:
    event = await own_topic(kafka_bootstrap_servers)
    with pytest.raises(NoSuchTopicError, match=event.topic):
        await DeadLetters(kafka_bootstrap_servers).waiting(f"nothing-{uuid4().hex}", limit=1)


async def test_offsets_are_not_committed_while_what_follows_cannot_be_published(kafka_bootstrap_servers: str) -> None:
    event, following = await own_topic(kafka_bootstrap_servers), await own_topic(kafka_bootstrap_servers)

    async def apply(batch: Sequence[Noted]) -> Sequence[Event]:
        return [following(**e.model_dump()) for e in batch]

    async with running_consumer(kafka_bootstrap_servers, event, apply) as running:
        publish = running.publisher.publish
        refusals: list[int] = []

        async def refuse(entries: Sequence[OutboxEntry]) -> None:
            refusals.append(await committed(kafka_bootstrap_servers, event.topic))
            if len(refusals) < 3:
                raise KafkaConnectionError
            await publish(entries)

        running.publisher.publish = refuse  # type: ignore[method-assign]
        await send(kafka_bootstrap_servers, [event(**noted("once").model_dump())])
        await read_all(kafka_bootstrap_servers, following.topic, at_least=1)
    assert refusals == [0, 0, 0]


async def test_a_handler_that_is_stuck_is_seen_although_nothing_else_waits(kafka_bootstrap_servers: str) -> None:
    event = await own_topic(kafka_bootstrap_servers)
    go_on = asyncio.Event()

    async def apply(_: Sequence[Noted]) -> Sequence[Event]:
        await go_on.wait()
        return []

    async with running_consumer(kafka_bootstrap_servers, event, apply) as running:
        progress = running.consumer.progress
        await send(kafka_bootstrap_servers, [event(**noted("stuck").model_dump())])
        await until(lambda: progress.busy, what="the handler")
        await measure_lag(progress)
        assert progress.lag == 1
        assert progress.still_seconds() > 0
        go_on.set()
        await until(lambda: not progress.busy, what="the end")
        await measure_lag(progress)
        assert (progress.lag, progress.still_seconds()) == (0, 0)
