"""The bare endpoint that intake is measured beside: parse the JSON, insert concurrent requests as one group, answer.

No validation, no idempotency, no outbox, no trace: what one durable grouped insert costs on this machine.
`python -m tests.bench.bare_endpoint PORT` with DATABASE_URL in the environment.
"""

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

LARGEST_GROUP = 256


class Inserter:
    """Gather rows while one insert runs, then insert them together."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._waiting: list[tuple[UUID, str, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def insert(self, row_id: UUID, text: str) -> None:
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((row_id, text, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
            await self._pool.execute(
                "INSERT INTO bare (id, text) SELECT * FROM unnest($1::uuid[], $2::text[])",
                [row_id for row_id, _, _ in group],
                [text for _, text, _ in group],
            )
            for _, _, done in group:
                done.set_result(None)


@asynccontextmanager
async def lifespan(app: Starlette):
    url = os.environ["DATABASE_URL"].replace("+asyncpg", "")
    async with asyncpg.create_pool(url, min_size=2, max_size=4) as pool:
        await pool.execute("CREATE TABLE IF NOT EXISTS bare (id uuid PRIMARY KEY, text text NOT NULL)")
        app.state.inserter = Inserter(pool)
        yield


async def post(request: Request) -> Response:
    document = orjson.loads(await request.body())
    row_id = uuid4()
    await request.app.state.inserter.insert(row_id, document["text"])
    return Response(orjson.dumps({"id": row_id}), status_code=201, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[Route("/bare", post, methods=["POST"])], lifespan=lifespan),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
