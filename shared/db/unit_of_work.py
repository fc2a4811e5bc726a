"""One transaction, opened at the edge of a use case; nothing below it commits."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

Store = TypeVar("Store")


def unit_of_work(
    engine: AsyncEngine, make_store: Callable[[AsyncSession], Store]
) -> Callable[[], AbstractAsyncContextManager[Store]]:
    """Return a factory of transactions.

    Each one hands out a store over its session, commits when the block ends and rolls back when it raises.
    """

    @asynccontextmanager
    async def open_unit_of_work() -> AsyncIterator[Store]:
        async with AsyncSession(engine, expire_on_commit=False, autoflush=False) as session, session.begin():
            yield make_store(session)

    return open_unit_of_work
