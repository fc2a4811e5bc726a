"""The notifier's schema, and its use cases over it with a clock that a test moves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifier.adapters.store import SqlStore
from services.notifier.usecases.arm_timers import ArmTimers
from services.notifier.usecases.fire_deadlines import FireDeadlines
from services.notifier.usecases.follow_cases import FollowCases
from services.notifier.usecases.ports import Attempt, Delivery, Store
from services.notifier.usecases.remember_residents import RememberResidents
from services.notifier.usecases.send_messages import SendMessages
from services.notifier.usecases.write_messages import WriteToResidents
from shared.clock import ClockRate
from shared.db.unit_of_work import unit_of_work
from shared.events import DeadlinePassed, MessageSettled
from tests.support.events import RECEIVED

MIGRATIONS = Path(__file__).parents[3] / "services" / "notifier" / "migrations"


@pytest.fixture
def migrations() -> tuple[Path, ...]:
    return (MIGRATIONS,)


class MovedStore(SqlStore):
    """The real store, with the database's clock moved to where the test wants it."""

    moment: datetime

    async def now(self) -> datetime:
        return self.moment


@dataclass
class FakeGateway:
    """A gateway that answers as told and remembers what it was given."""

    answers: list[Attempt | Exception] = field(default_factory=list)
    given: list[Delivery] = field(default_factory=list)

    async def send(self, delivery: Delivery) -> Attempt:
        self.given.append(delivery)
        answer = self.answers.pop(0) if self.answers else Attempt.DELIVERED
        if isinstance(answer, Exception):
            raise answer
        return answer


class Notifier:
    """The use cases over one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.now = RECEIVED
        self.gateway = FakeGateway()
        write = WriteToResidents(
            unit_name=lambda code: f"đơn vị {code}",
            office_name=lambda office: f"bộ phận {office}",
            page=lambda code: f"https://langnghe.test/t/{code}",
        )
        self.arm = ArmTimers(self.open, write)
        self.follow = FollowCases(self.open, write)
        self.remember = RememberResidents(self.open, write)
        self.fire = FireDeadlines(self.open)
        self.send = SendMessages(self.open, self.gateway)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Store]:
        def make(session: object) -> MovedStore:
            store = MovedStore(session, ClockRate())  # type: ignore[arg-type]
            store.moment = self.now
            return store

        async with unit_of_work(self.engine, make)() as store:
            yield store

    async def fire_all(self, at: datetime) -> list[DeadlinePassed]:
        """Move the clock and fire until nothing is left."""
        self.now = at
        events: list[DeadlinePassed] = []
        while True:
            fired = await self.fire()
            events += fired.events
            if not fired.more:
                return events

    async def let_pass(self, pause: timedelta) -> None:
        """Let real time pass for messages, which wait and fall silent by the database's own clock."""
        async with self.engine.begin() as connection:
            await connection.execute(
                text("UPDATE notifier.message SET due_at = due_at - CAST(:pause AS interval)"), {"pause": pause}
            )

    async def said(self) -> list[DeadlinePassed | MessageSettled]:
        """Read the outbox."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(text("SELECT topic, body FROM notifier.outbox ORDER BY id"))
            kinds = {event.topic: event for event in (DeadlinePassed, MessageSettled)}
            return [kinds[row.topic].from_bytes(bytes(row.body)) for row in rows]


@pytest.fixture
def notifier(engine: AsyncEngine) -> Notifier:
    """Give the use cases over a migrated database."""
    return Notifier(engine)
