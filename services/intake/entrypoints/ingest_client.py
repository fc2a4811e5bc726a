"""Send prepared rows through the public REST API, and wait until each has found its place."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from services.intake.entrypoints.bodies import TrackingResponse, TrackingsResponse, UnitResponse
from services.intake.entrypoints.ingest_rows import ReadyRow

CONCURRENCY = 16
CODES_A_REQUEST = 200
FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS = 0.2, 2.0
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.5, 5.0
CREATED, OK = 201, 200
SERVER_ERRORS = range(500, 600)


class NoSystemError(Exception):
    """Nothing of ours answers at the address."""


@dataclass(slots=True)
class Sent:
    """What became of one row."""

    row: ReadyRow
    tracking_code: str | None = None
    repeated: bool = False
    sending_seconds: float = 0.0
    tracking: TrackingResponse | None = None
    error: str | None = None

    @property
    def placed_seconds(self) -> float | None:
        """Real time from sending to being placed, as far as known.

        For a row that was there before it is the time it took then, without that request's own time.
        """
        after = self.tracking.placed_after_seconds if self.tracking is not None else None
        if after is None:
            return None
        return after if self.repeated else after + self.sending_seconds


class IngestClient:
    """A client of one running system."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Prepare to talk to `url`; nothing is opened yet."""
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=15.0,
            trust_env=False,
            transport=transport,
            limits=httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY),
        )

    async def __aenter__(self) -> Self:
        """Open."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        await self._http.__aexit__(kind, error, trace)

    async def units(self) -> list[UnitResponse]:
        """Read the communes and wards; raises NoSystemError when nothing of ours answers."""
        try:
            response = await self._http.get("/api/v1/units")
            response.raise_for_status()
            return [UnitResponse.model_validate(unit) for unit in response.json()]
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise NoSystemError(str(error)) from error

    async def send(
        self, rows: Sequence[ReadyRow], *, give_up_after_seconds: float, on_sent: Callable[[Sent], None]
    ) -> list[Sent]:
        """Send all rows, some at a time; a row whose request fails is tried again until its time is up."""
        outcomes = [Sent(row) for row in rows]
        waiting = iter(outcomes)

        async def work() -> None:
            for sent in waiting:
                await self._send_one(sent, give_up_after_seconds=give_up_after_seconds)
                on_sent(sent)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(CONCURRENCY, len(rows))):
                group.create_task(work())
        return outcomes

    async def _send_one(self, sent: Sent, *, give_up_after_seconds: float) -> None:
        started = time.monotonic()
        pause = FIRST_RETRY_SECONDS
        while True:
            trouble: str
            try:
                response = await self._http.post(
                    "/api/v1/feedback", json=sent.row.body, headers={"Idempotency-Key": sent.row.key}
                )
            except httpx.HTTPError as error:
                trouble = f"hệ thống không trả lời / the system does not answer ({type(error).__name__})"
            else:
                if response.status_code in {CREATED, OK}:
                    sent.tracking_code = response.json()["tracking_code"]
                    sent.repeated = response.status_code == OK
                    sent.sending_seconds = time.monotonic() - started
                    return
                trouble = _problem(response)
                if response.status_code not in SERVER_ERRORS:
                    sent.error = trouble
                    return
            if time.monotonic() - started + pause > give_up_after_seconds:
                sent.error = trouble
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_RETRY_SECONDS)

    async def wait_until_placed(
        self, outcomes: Sequence[Sent], *, timeout_seconds: float, on_placed: Callable[[int], None]
    ) -> None:
        """Ask again and again until every accepted row is placed or the time is up."""
        by_code = {sent.tracking_code: sent for sent in outcomes if sent.tracking_code is not None}
        until = time.monotonic() + timeout_seconds
        pause = FIRST_POLL_SECONDS
        while missing := [code for code, sent in by_code.items() if sent.tracking is None or not sent.tracking.placed]:
            for tracking in await self._track(missing):
                by_code[tracking.tracking_code].tracking = tracking
            on_placed(sum(1 for sent in by_code.values() if sent.tracking is not None and sent.tracking.placed))
            if time.monotonic() > until:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_POLL_SECONDS)

    async def _track(self, codes: Sequence[str]) -> Iterable[TrackingResponse]:
        found: list[TrackingResponse] = []
        for start in range(0, len(codes), CODES_A_REQUEST):
            try:
                response = await self._http.get(
                    "/api/v1/feedback", params={"code": list(codes[start : start + CODES_A_REQUEST])}
                )
                response.raise_for_status()
            except httpx.HTTPError:
                # Asked again with the next round.
                continue
            found += TrackingsResponse.model_validate_json(response.content).feedback
        return found


def _problem(response: httpx.Response) -> str:
    try:
        body: Mapping[str, Any] = response.json()
        return f"{body['title']} / {body['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {response.status_code}"
