"""The loops beside the requests go on whatever happens inside them, and end when they are told to."""

import asyncio

import pytest

from shared.service import Service
from shared.settings import ServiceSettings
from tests.support.streams import until


@pytest.mark.parametrize("failure", [RuntimeError, asyncio.CancelledError])
async def test_a_loop_that_fails_is_started_again_and_ends_when_cancelled(failure: type[BaseException]) -> None:
    service = Service.create("test", ServiceSettings(), edge=True)
    rounds: list[int] = []

    async def loop() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            raise failure
        await asyncio.Event().wait()

    running = asyncio.create_task(service._keep_running("test loop", loop))
    await until(lambda: len(rounds) == 2, what="the second round")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert rounds == [0, 1]
    await service.engine.dispose()


def test_an_edge_reports_what_a_stream_service_requires() -> None:
    edge = Service.create("test", ServiceSettings(), edge=True)
    stream = Service.create("test", ServiceSettings(), edge=False)
    assert set(edge.health.required) == {"database"}
    assert set(edge.health.reported) == {"broker", "consumers"}
    assert set(stream.health.required) == {"database", "broker", "consumers"}
