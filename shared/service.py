"""The life of one service process: what its main.py wires, started, watched and stopped in the right order."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
import uvicorn
from aiokafka.errors import KafkaError
from fastapi import APIRouter, FastAPI
from faststream.kafka import KafkaBroker
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.middleware import Middleware

from shared.clock import Clock
from shared.db.engine import make_engine
from shared.db.outbox import Outbox
from shared.kafka.broker import make_broker
from shared.kafka.consume import Streams, measure_lag
from shared.kafka.publish import EventPublisher
from shared.kafka.relay import OutboxRelay
from shared.observability import metrics
from shared.observability.logs import setup_logging
from shared.observability.tracing import Tracing
from shared.settings import ServiceSettings
from shared.web.documents import document_routes
from shared.web.health import Check, Health, health_routes
from shared.web.middleware import ObservedRequests

log = structlog.get_logger(__name__)

Loop = Callable[[], Awaitable[None]]
MEASURE_EVERY_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
BROKER_TIMEOUT_SECONDS = 2.0


@dataclass(slots=True)
class Service:
    """The surroundings of one service: engine, broker, publisher, health; and the loops that run beside requests."""

    name: str
    settings: ServiceSettings
    clock: Clock
    engine: AsyncEngine
    broker: KafkaBroker
    publisher: EventPublisher
    tracing: Tracing
    streams: Streams
    health: Health
    edge: bool
    loops: dict[str, Loop] = field(default_factory=dict)
    _broker_started: bool = False

    @classmethod
    def create(cls, name: str, settings: ServiceSettings, *, edge: bool, pool_size: int = 8) -> "Service":
        """Build the surroundings from settings; nothing is connected yet.

        An `edge` service faces people and goes on without a broker, so only the database decides whether it is ready;
        the other checks are reported beside it. A stream service is not ready when it cannot move.
        """
        setup_logging(name, level=settings.log_level)
        tracing = Tracing(name, otlp_endpoint=settings.otlp_endpoint)
        publisher = EventPublisher(settings.kafka_bootstrap_servers, client_id=f"langnghe-{name}")
        service = cls(
            name=name,
            settings=settings,
            clock=settings.clock(),
            engine=make_engine(settings.database_url, application_name=name, pool_size=pool_size),
            broker=make_broker(settings.kafka_bootstrap_servers, client_id=f"langnghe-{name}"),
            publisher=publisher,
            tracing=tracing,
            streams=Streams(
                publisher=publisher,
                tracing=tracing,
                clock=settings.clock(),
                consecutive_dead_letters_limit=settings.consecutive_dead_letters_limit,
            ),
            health=Health(),
            edge=edge,
        )
        service.health.required["database"] = service._check_database
        service.checks["broker"] = service._check_broker
        service.checks["consumers"] = service._check_consumers
        return service

    @property
    def checks(self) -> dict[str, Check]:
        """The health checks beyond the database: they decide for a stream service and are reported for an edge."""
        return self.health.reported if self.edge else self.health.required

    def relay(self, outbox: Outbox) -> OutboxRelay:
        """Add the relay of this service's outbox: a loop, and a health check of its oldest row."""
        relay = OutboxRelay(outbox, engine=self.engine, publisher=self.publisher)

        async def check_outbox() -> str | None:
            age = await relay.measure()
            limit = self.settings.stuck_after_seconds
            return f"the oldest row has waited {age:.0f} s" if age > limit else None

        async def measure() -> None:
            while True:
                await relay.measure()
                await asyncio.sleep(MEASURE_EVERY_SECONDS)

        self.checks["outbox"] = check_outbox
        self.loops["outbox relay"] = relay.run
        self.loops["outbox measure"] = measure
        return relay

    def app(self, *routers: APIRouter, title: str) -> FastAPI:
        """Build the HTTP application: the given routes plus health, metrics and event documents."""
        app = FastAPI(
            title=title,
            lifespan=self._lifespan,
            docs_url=None,
            redoc_url=None,
            # Traces and metrics are ours; the framework's own would cost each request a search for settings.
            telemetry={"tracing": False, "metrics": False, "logs": False},
            middleware=[Middleware(ObservedRequests, service=self.name, tracing=self.tracing)],
        )
        app.include_router(health_routes(self.name, self.health))
        app.include_router(document_routes(self.name, topics_read=self._topics_read()))
        for router in routers:
            app.include_router(router)
        return app

    def run(self, app: FastAPI, *, port: int) -> None:
        """Serve until SIGTERM or SIGINT, then drain."""
        uvicorn.run(
            app,
            host=self.settings.host,
            port=port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=20,
            backlog=4096,
        )

    def _topics_read(self) -> Sequence[str]:
        return sorted({progress.topic for progress in self.streams.subscriptions})

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        loops = {"broker": self._start_broker, "lag": self._measure_lag, **self.loops}
        tasks = [asyncio.create_task(self._keep_running(name, loop), name=name) for name, loop in loops.items()]
        log.info("started", clock_rate=self.settings.clock_rate)
        try:
            yield
        finally:
            log.info("stopping")
            with contextlib.suppress(KafkaError, OSError, ExceptionGroup):
                await self.broker.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.publisher.stop()
            await self.engine.dispose()
            self.tracing.shutdown()
            log.info("stopped")

    async def _keep_running(self, name: str, loop: Loop) -> None:
        """Run a loop; when it fails, say so and start it again after a growing pause."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            started = time.monotonic()
            try:
                await loop()
            except (Exception, asyncio.CancelledError):
                # A cancellation that nobody asked of this task leaked out of a library: a failure like any other.
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
                if time.monotonic() - started > LONGEST_PAUSE_SECONDS:
                    pause = FIRST_PAUSE_SECONDS
                metrics.LOOP_FAILURES.labels(self.name, name).inc()
                log.exception("loop failed, starting it again", loop=name, pause_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                return

    async def _start_broker(self) -> None:
        """Subscribe as soon as Kafka answers; until then the rest of the service works."""
        pause = 0.25
        while not self._broker_started:
            try:
                await self.broker.start()
            except (KafkaError, OSError) as error:
                log.warning("broker does not answer, trying again", error=type(error).__name__, pause_seconds=pause)
                with contextlib.suppress(KafkaError, OSError, ExceptionGroup):
                    await self.broker.stop()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                self._broker_started = True
        by_subscription = {(sub.topic_names[0], sub.group_id): sub.consumer for sub in self.broker.subscribers}  # type: ignore[attr-defined]
        for progress in self.streams.subscriptions:
            progress.consumer = by_subscription.get((progress.topic, progress.group))

    async def _measure_lag(self) -> None:
        while True:
            for progress in self.streams.subscriptions:
                await measure_lag(progress)
            await asyncio.sleep(MEASURE_EVERY_SECONDS)

    async def _check_database(self) -> str | None:
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        return None

    async def _check_broker(self) -> str | None:
        if not self._broker_started:
            return "not connected yet"
        # FastStream's own ping needs an admin client, which a broker that only consumes does not have.
        consumers = [progress.consumer for progress in self.streams.subscriptions if progress.consumer is not None]
        try:
            async with asyncio.timeout(BROKER_TIMEOUT_SECONDS):
                for consumer in consumers[:1]:
                    await consumer.topics()
        except (KafkaError, TimeoutError):
            return "does not answer"
        return None

    async def _check_consumers(self) -> str | None:
        """Complain of a consumer that stopped itself, or that has records waiting and does not move."""
        for progress in self.streams.subscriptions:
            if progress.tripped:
                return f"{progress.group} on {progress.topic} stopped: {progress.tripped}"
            if progress.still_seconds() > self.settings.stuck_after_seconds:
                return f"{progress.group} on {progress.topic} has not moved for {progress.still_seconds():.0f} s"
        return None
