"""The router's schema in a database of the test's own."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.router.adapters.store import Store
from tests.support.placing import ROOT

MIGRATIONS: Path = ROOT / "services" / "router" / "migrations"


@pytest.fixture
def migrations() -> tuple[Path, ...]:
    return (MIGRATIONS,)


@pytest.fixture
def router_engine(engine: AsyncEngine) -> AsyncEngine:
    """Open a database that has the router's schema."""
    return engine


@pytest.fixture
def store(router_engine: AsyncEngine) -> Store:
    """Give the store over it."""
    return Store(router_engine)
