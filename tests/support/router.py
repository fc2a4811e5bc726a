"""The router's use cases over a real, migrated database, without Kafka."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.router.adapters.documents import sets_of
from services.router.adapters.life_store import OUTBOX, LivesInDatabase
from services.router.adapters.past_reference import PastReferences
from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.store import Store
from services.router.usecases.follow_cases import FollowCases
from services.router.usecases.hear_corrections import HearCorrections
from services.router.usecases.load_territory import LoadTerritory
from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.recompute_deadlines import RecomputeDeadlines
from services.router.usecases.take_place_answers import TakePlaceAnswers
from shared.events import FeedbackPlaced, PlaceGiven
from shared.territory import Duration
from tests.support.events import feedback_classified
from tests.support.placing import pack, pack_sets

NOW = datetime(2026, 11, 23, 1, 0, 5, tzinfo=UTC)
EA_KAR = "24373"


class RealRouter:
    """The router's use cases over one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Wire the use cases."""
        self.engine = engine
        self.store = Store(engine)
        self.lives = LivesInDatabase(engine)
        self.watcher = ReferenceWatcher(engine, every_seconds=60)
        self.past = PastReferences(engine, self.watcher.current)
        as_of, open_life_cycle, current = self.past.as_of, self.lives.open_life_cycle, self.watcher.current
        self.place = PlaceFeedback(current, self.store.open_placements, lambda: NOW)
        self.follow = FollowCases(as_of, open_life_cycle, lambda: None)
        self.correct = HearCorrections(current, as_of, open_life_cycle, lambda: None)
        self.answer = TakePlaceAnswers(current, open_life_cycle, lambda: None)
        self.recompute = RecomputeDeadlines(current, open_life_cycle, lambda: NOW, chunk=2)

    async def load_pack(self) -> None:
        """Put the pack of the repository in force."""
        await LoadTerritory(self.store.open_references)(list(pack_sets().values()))

    async def placed(self, **values: Any) -> FeedbackPlaced:
        """Place a report, in xã Ea Kar unless something else is said."""
        given = {"place": PlaceGiven(unit_code=EA_KAR), "tracking_code": "DL-7K3FM-92QXA", **values}
        event, *_ = await self.place([feedback_classified(**given)])
        return event

    async def said(self) -> list[FeedbackPlaced]:
        """Read the outbox."""
        async with self.engine.connect() as connection:
            return [FeedbackPlaced.from_bytes(one.entry.body) for one in await OUTBOX.oldest(connection, limit=1000)]

    async def history(self, feedback_id: UUID) -> list[tuple[int, str, datetime]]:
        """Read generation, reason and deadline of each placement of a case."""
        rows = text("SELECT generation, reason, resolve_by FROM router.placement WHERE feedback_id = :id ORDER BY 1")
        async with self.engine.connect() as connection:
            return [(row[0], row[1], row[2]) for row in await connection.execute(rows, {"id": feedback_id})]

    async def switch_to(self, resolve: Duration) -> None:
        """Put rules in force under which most has another time to be resolved."""
        policy = pack().policy
        rules = [replace(rule, resolve=resolve) if rule.id == "normal" else rule for rule in policy.deadlines]
        edited = replace(pack(), policy=replace(policy, deadlines=tuple(rules)))
        await LoadTerritory(self.store.open_references)(sets_of(edited))
        await self.watcher.refresh()
