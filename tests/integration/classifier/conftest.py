"""The classifier's schema in a database of the test's own."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.classifier.adapters.store import Store

MIGRATIONS = Path(__file__).parents[3] / "services" / "classifier" / "migrations"


@pytest.fixture
def migrations() -> tuple[Path, ...]:
    return (MIGRATIONS,)


@pytest.fixture
def classifier_engine(engine: AsyncEngine) -> AsyncEngine:
    """Open a database that has the classifier's schema."""
    return engine


@pytest.fixture
def store(classifier_engine: AsyncEngine) -> Store:
    """Give the store over it."""
    return Store(classifier_engine)
