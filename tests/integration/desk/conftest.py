import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.desk.main import MIGRATIONS
from shared.db.migrations import upgrade
from tests.support.desk import RealDesk


@pytest.fixture
async def desk(database_url: str, engine: AsyncEngine) -> RealDesk:
    await asyncio.to_thread(upgrade, MIGRATIONS, database_url)
    return RealDesk(engine)
