"""A small HTTP load generator: N clients, each sending its next request when the last was answered, or at a fixed rate.

It runs in a process of its own, speaks to loopback only, and stops by itself. `python -m tests.bench.load SPEC FILE`
writes one JSON object: accepted, seconds, latencies (seconds), sent_at (id -> seconds since the epoch).
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvloop

TEXTS = (
    "Ổ gà rất to trước cổng trường tiểu học, trưa nay đã có hai em học sinh ngã xe. Đề nghị vá gấp trước khi mưa.",
    "den duong hem 112 tat ca tuan nay toi om, ba con di lam ve so lam",
    "Hồ sơ cấp đổi sổ đỏ của tôi hẹn trả ngày 10 mà nay trễ hai tuần, hỏi bộ phận một cửa thì bảo chờ.",
    "Rác ùn ứ ở điểm tập kết gần chợ đã năm ngày chưa thu gom, bốc mùi hôi thối.",
    "Cống thoát nước trước nhà nghẹt, mưa xuống là nước đen tràn vào sân.",
    "Quán karaoke sát nhà hát đến 1 giờ sáng, loa kẹo kéo rung cả cửa kính, con nhỏ không ngủ được.",
)
PLACES = ("xã Ea H'leo", "phường Tuy Hòa", "xã Krông Pắc", "phường Buôn Ma Thuột", "xã M'Drắk", "xã Ea Kar")
LONGEST_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Load:
    """What to send: `clients` at once, `requests` in all, `per_second` of them (0: as fast as they are answered)."""

    port: int
    path: str
    clients: int
    requests: int
    per_second: float = 0.0


def request_bytes(load: Load, number: int) -> bytes:
    """Build the bytes of one POST with a fresh idempotency key."""
    body = json.dumps(
        {"text": TEXTS[number % len(TEXTS)], "channel": "web", "place": {"text": PLACES[number % len(PLACES)]}},
        ensure_ascii=False,
    ).encode()
    head = (
        f"POST {load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {uuid4().hex}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Client(asyncio.Protocol):
    """One connection: send a request, wait for its answer, note how long it took."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(body) >= length and self._answer is not None and not self._answer.done():
            self._buffer = body[length:]
            self._answer.set_result((int(head[9:12]), body[:length]))

    def connection_lost(self, _: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((0, b""))

    async def post(self, request: bytes) -> tuple[int, bytes]:
        """Send one request and return status and body of its answer; status 0 when the connection was lost."""
        self._answer = asyncio.get_running_loop().create_future()
        assert self._transport is not None
        self._transport.write(request)
        return await self._answer


async def generate(load: Load) -> dict[str, Any]:
    """Send the load and measure it."""
    loop = asyncio.get_running_loop()
    requests = [request_bytes(load, number) for number in range(load.requests)]
    numbers = iter(range(load.requests))
    latencies: list[float] = []
    answers: list[tuple[float, int, bytes]] = []
    clients = [(await loop.create_connection(Client, "127.0.0.1", load.port))[1] for _ in range(load.clients)]
    started = time.perf_counter()
    epoch = time.time() - started

    async def work(client: Client) -> None:
        for number in numbers:
            due = started + number / load.per_second if load.per_second else started
            if (pause := due - time.perf_counter()) > 0:
                await asyncio.sleep(pause)
            sent = due if load.per_second else time.perf_counter()
            status, body = await client.post(requests[number])
            latencies.append(time.perf_counter() - sent)
            answers.append((epoch + sent, status, body))

    async with asyncio.timeout(LONGEST_SECONDS):
        await asyncio.gather(*[work(client) for client in clients])
    seconds = time.perf_counter() - started
    accepted = [(sent, json.loads(body)) for sent, status, body in answers if status in {200, 201}]
    return {
        **asdict(load),
        "accepted": len(accepted),
        "seconds": seconds,
        "latencies": latencies,
        "sent_at": {document.get("feedback_id", document.get("id")): sent for sent, document in accepted},
    }


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(uvloop.run(generate(Load(**json.loads(sys.argv[1]))))), encoding="utf-8")
