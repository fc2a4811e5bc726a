"""(c) The consumers of classifier and router beside a raw aiokafka loop that does the same work.

Same records, same use case on the same database, same producer settings; what differs is around it: FastStream,
validation record by record, dead letters, retries, metrics, traces. Rounds alternate and tables are emptied in between.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.classifier.adapters.live_model import LiveModel
from services.classifier.adapters.model_folder import ModelFolder
from services.classifier.adapters.store import Store as Decisions
from services.classifier.usecases.classify_feedback import ClassifyFeedback
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.store import Store as Placements
from services.router.usecases.place_feedback import PlaceFeedback
from shared.clock import system_clock
from shared.db.engine import make_engine
from shared.db.outbox import entry_of
from shared.events import Event, FeedbackClassified, FeedbackSubmitted, PlaceGiven
from shared.kafka.broker import make_broker
from shared.kafka.consume import Streams
from shared.kafka.publish import EventPublisher
from shared.kafka.subscribe import FETCH_MAX_WAIT_MS, FETCH_MIN_BYTES, read_batches
from shared.kafka.topics import TopicPlan, create_topics
from shared.observability.tracing import Tracing
from tests.bench.load import PLACES, TEXTS
from tests.support.events import feedback_classified, feedback_submitted

RECORDS = 10_000
ROUNDS = 3
BATCH = 500
In = TypeVar("In", bound=Event)
Apply = Callable[[Sequence[Any]], Awaitable[Sequence[Event]]]
Row = dict[str, Any]


async def measure_consumers(environment: Mapping[str, str]) -> list[Row]:
    """Measure both consumers; returns one row each with the best of the rounds."""
    servers = environment["KAFKA_BOOTSTRAP_SERVERS"]
    engine = make_engine(environment["DATABASE_URL"], application_name="bench")
    model = LiveModel(ModelFolder(Path(environment["CLASSIFIER_MODEL_DIR"])).live)
    classify = ClassifyFeedback(ReachVerdicts(model), Decisions(engine).open_decisions, system_clock)
    place = PlaceFeedback(
        ReferenceWatcher(engine, every_seconds=60).current, Placements(engine).open_placements, system_clock
    )

    def given(number: int) -> PlaceGiven:
        return PlaceGiven(text=PLACES[number % len(PLACES)])

    def submitted(number: int) -> FeedbackSubmitted:
        return feedback_submitted(text=TEXTS[number % len(TEXTS)], place=given(number))

    def classified(number: int) -> FeedbackClassified:
        return feedback_classified(text=TEXTS[number % len(TEXTS)], place=given(number))

    try:
        return [
            await compare("classifier", FeedbackSubmitted, submitted, classify, "classifier.decision", servers, engine),
            await compare("router", FeedbackClassified, classified, place, "router.placement", servers, engine),
        ]
    finally:
        await engine.dispose()


async def compare(
    name: str,
    event: type[In],
    make: Callable[[int], In],
    apply: Apply,
    table: str,
    servers: str,
    engine: AsyncEngine,
) -> Row:
    """Run both loops in turn over the same records; returns records per second of each and their ratio."""
    topic = f"bench-{name}-{uuid4().hex[:6]}"
    await create_topics(servers, [TopicPlan(topic, 6, 1, {}), TopicPlan(f"{topic}.dead", 1, 1, {})])
    own_event: type[In] = type("BenchEvent", (event,), {"topic": topic, "__module__": __name__})
    publisher = EventPublisher(servers, client_id="bench")
    await publisher.publish([entry_of(own_event(**make(number).model_dump())) for number in range(RECORDS)])
    await publisher.stop()
    raw, ours = [], []
    for round_number in range(ROUNDS):
        loops = ((raw_loop, raw), (our_loop, ours))
        for loop, times in loops if round_number % 2 == 0 else reversed(loops):
            async with engine.begin() as connection:
                await connection.execute(text(f"TRUNCATE {table}"))
            times.append(await loop(servers, own_event, apply))
    best_raw, best_ours = RECORDS / min(raw), RECORDS / min(ours)
    return {"consumer": name, "ours/s": best_ours, "raw loop/s": best_raw, "ratio": best_ours / best_raw}


async def raw_loop(servers: str, event: type[Event], apply: Apply) -> float:
    """Do the work with nothing but aiokafka; returns seconds from the first record to the last commit."""
    consumer = AIOKafkaConsumer(
        event.topic,
        bootstrap_servers=servers,
        group_id=f"raw-{uuid4().hex}",
        enable_auto_commit=False,
        fetch_min_bytes=FETCH_MIN_BYTES,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, acks="all", enable_idempotence=True, max_batch_size=256 * 1024
    )
    await consumer.start()
    await producer.start()
    done, started = 0, 0.0
    try:
        while done < RECORDS:
            records = list(chain(*(await consumer.getmany(timeout_ms=200, max_records=BATCH)).values()))
            if not records:
                continue
            started = started or time.perf_counter()
            outcomes = await apply([event.from_bytes(record.value) for record in records])
            entries = [entry_of(outcome) for outcome in outcomes]
            sent = [await producer.send(e.topic, value=e.body, key=e.key, headers=list(e.headers)) for e in entries]
            await asyncio.gather(*sent)
            await consumer.commit()
            done += len(records)
        return time.perf_counter() - started
    finally:
        await consumer.stop()
        await producer.stop()


async def our_loop(servers: str, event: type[Event], apply: Apply) -> float:
    """Do the work as the services do; returns seconds from the first record to the last commit."""
    publisher = EventPublisher(servers, client_id="bench")
    streams = Streams(publisher, Tracing("bench", otlp_endpoint=None), system_clock, consecutive_dead_letters_limit=20)
    broker = make_broker(servers, client_id="bench")
    done, started = 0, 0.0

    async def timed(batch: Sequence[Any]) -> Sequence[Event]:
        nonlocal done, started
        started = started or time.perf_counter()
        outcomes = await apply(batch)
        done += len(batch)
        return outcomes

    consumer = read_batches(broker, streams, event, timed, group_id=f"ours-{uuid4().hex}", max_records=BATCH)
    await broker.start()
    try:
        async with asyncio.timeout(120):
            while done < RECORDS or consumer.progress.busy:  # noqa: ASYNC110 the product keeps no event for this
                await asyncio.sleep(0.002)
        return time.perf_counter() - started
    finally:
        await broker.stop()
        await publisher.stop()
