"""The router's schema in a database of the test's own."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.router.adapters.store import Store
from shared.db.migrations import upgrade
from tests.support.placing import ROOT

MIGRATIONS: Path = ROOT / "services" / "router" / "migrations"


@pytest.fixture
async def router_engine(engine: AsyncEngine, database_url: str) -> AsyncEngine:
    """Open a database that has the router's schema."""
    await asyncio.to_thread(upgrade, MIGRATIONS, database_url)
    return engine


@pytest.fixture
def store(router_engine: AsyncEngine) -> Store:
    """Give the store over it."""
    return Store(router_engine)
