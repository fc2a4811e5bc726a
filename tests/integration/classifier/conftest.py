"""The classifier's schema in a database of the test's own."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.classifier.adapters.store import Store
from shared.db.migrations import upgrade

MIGRATIONS = Path(__file__).parents[3] / "services" / "classifier" / "migrations"


@pytest.fixture
async def classifier_engine(engine: AsyncEngine, database_url: str) -> AsyncEngine:
    """Open a database that has the classifier's schema."""
    await asyncio.to_thread(upgrade, MIGRATIONS, database_url)
    return engine


@pytest.fixture
def store(classifier_engine: AsyncEngine) -> Store:
    """Give the store over it."""
    return Store(classifier_engine)
