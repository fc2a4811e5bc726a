from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.desk.entrypoints.cli import seed_demo_staff
from services.desk.main import MIGRATIONS, build
from services.desk.settings import DeskSettings
from tests.support.desk import RealDesk
from tests.support.desk_browser import PASSWORD


@pytest.fixture
def migrations() -> tuple[Path, ...]:
    return (MIGRATIONS,)


@pytest.fixture
def desk(engine: AsyncEngine) -> RealDesk:
    return RealDesk(engine)


@pytest.fixture
async def app(
    desk: RealDesk,  # noqa: ARG001 its schema must be there
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[FastAPI]:
    """The whole application as main.py wires it, without its loops: nothing is sent to Kafka."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    await seed_demo_staff(database_url, DeskSettings().territory, password=PASSWORD)
    service, app = build(DeskSettings())
    yield app
    await service.engine.dispose()
