"""Wires between a service and its servers that a test can hold, cut and watch.

A crash "between the commit and the answer" cannot be hit by timing. Here every process talks to PostgreSQL and Kafka
through a wire of its own, which reads the messages that pass; a gate stops one of them exactly where the test says: a
COMMIT that has not reached the server yet, or one whose answer has not come back. While the gate is shut the test
kills, freezes or looks at whatever it wants; the product's code knows nothing of it.
"""

import asyncio
import socket
import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

LOOPBACK = "127.0.0.1"
CHUNK = 1 << 16
BACKLOG = 128
LOOK_AGAIN_SECONDS = 0.005
PATIENCE_SECONDS = 30.0

# Kafka's numbers of the requests that matter here.
PRODUCE, METADATA, OFFSET_COMMIT, FIND_COORDINATOR, DESCRIBE_CLUSTER = 0, 3, 8, 10, 60
NAMES_THE_BROKER = frozenset({METADATA, FIND_COORDINATOR, DESCRIBE_CLUSTER})
_SSL_REQUEST = 80877103


@dataclass(slots=True)
class Gate:
    """Stop the first message that matches, on its way there (`answered` False) or its answer on the way back.

    A message stands for an SQL statement or a Kafka request. `touching` asks that the transaction so far, or the
    request's bytes, name something. When the process behind a shut gate dies, what it held back is gone with it: a
    request never arrives.
    """

    wanted: str | int
    touching: str = ""
    answered: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)
    taken: bool = False

    def wait_reached(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until something stands before the gate."""
        if not self.reached.wait(seconds):
            raise AssertionError(f"nothing came to the gate for {self.wanted!r} within {seconds} s")

    def open(self) -> None:
        """Let what stands there, and all that follows, pass."""
        self.opened.set()


class Wire(ABC):
    """One process's way to one server: a port of its own that forwards, in the loop given."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, port: int, server_port: int) -> None:
        """Stand between `port` and `server_port`; nothing listens yet."""
        self.port = port
        self._loop = loop
        self._server_port = server_port
        self._listening: socket.socket | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._gates: list[Gate] = []

    def plug(self) -> None:
        """Listen; whoever connects is forwarded."""
        asyncio.run_coroutine_threadsafe(self._plug(), self._loop).result(PATIENCE_SECONDS)

    def cut(self) -> None:
        """Drop every connection and refuse new ones, as a host that is gone does."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(PATIENCE_SECONDS)

    def drop(self) -> None:
        """Drop the connections there are, with whatever is on its way: their process is dead."""
        asyncio.run_coroutine_threadsafe(self._drop(), self._loop).result(PATIENCE_SECONDS)

    @contextmanager
    def gate(self, gate: Gate) -> Iterator[Gate]:
        """Put a gate on the wire; it stands open again at the end, whatever happened."""
        self._gates.append(gate)
        try:
            yield gate
        finally:
            gate.open()
            self._gates.remove(gate)

    async def _plug(self) -> None:
        if self._listening is None:
            self._listening = socket.create_server((LOOPBACK, self.port), backlog=BACKLOG)
            self._listening.setblocking(False)  # noqa: FBT003 positional only
            # Not asyncio's server: it leaks connections that arrive while it closes.
            self._loop.add_reader(self._listening, self._accept, self._listening)

    async def _cut(self) -> None:
        if self._listening is not None:
            self._loop.remove_reader(self._listening)
            self._listening.close()
            self._listening = None
        await self._drop()

    async def _drop(self) -> None:
        gone = list(self._connections)
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = listening.accept()
            connection.setblocking(False)  # noqa: FBT003 positional only
            task = self._loop.create_task(self._forward(connection))
            self._connections.add(task)
            task.add_done_callback(partial(self._forget, connection))

    def _forget(self, connection: socket.socket, task: asyncio.Task[None]) -> None:
        self._connections.discard(task)
        connection.close()

    async def _forward(self, connection: socket.socket) -> None:
        """Connect one client with the server until either goes away, and then drop the other."""
        writers: list[asyncio.StreamWriter] = []
        # OSError and EOFError: one side is gone.
        with suppress(OSError, EOFError):
            try:
                client = _Side(*await asyncio.open_connection(sock=connection))
                writers.append(client.writer)
                server = _Side(*await asyncio.open_connection(LOOPBACK, self._server_port))
                writers.append(server.writer)
                await self._both_ways(client, server)
            finally:
                for writer in writers:
                    writer.transport.abort()

    async def _both_ways(self, client: "_Side", server: "_Side") -> None:
        talk = self._talk()
        ways = [
            asyncio.create_task(self._there(talk, client, server)),
            asyncio.create_task(self._back(talk, client, server)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    @abstractmethod
    def _talk(self) -> "_Talk":
        """Begin to understand a new connection."""

    async def _there(self, talk: "_Talk", client: "_Side", server: "_Side") -> None:
        while True:
            message = await talk.read_request(client.reader)
            gate = next((gate for gate in self._gates if not gate.taken and talk.matches(gate)), None)
            if gate is not None:
                gate.taken = True
                if gate.answered:
                    talk.hold_answer(gate)
                else:
                    await _stand_before(gate)
            server.writer.write(message)
            await server.writer.drain()

    async def _back(self, talk: "_Talk", client: "_Side", server: "_Side") -> None:
        while True:
            message, gate = await talk.read_answer(server.reader)
            if gate is not None:
                await _stand_before(gate)
            client.writer.write(message)
            await client.writer.drain()


@dataclass(frozen=True, slots=True)
class _Side:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


async def _stand_before(gate: Gate) -> None:
    """Wait for the gate to open; when the process dies before that, its wire is dropped and this ends too."""
    gate.reached.set()
    # It is opened from the test's thread.
    while not gate.opened.is_set():  # noqa: ASYNC110
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


class _Talk(ABC):
    """What is understood of one connection."""

    @abstractmethod
    async def read_request(self, reader: asyncio.StreamReader) -> bytes:
        """Read one message of the client, and understand it."""

    @abstractmethod
    def matches(self, gate: Gate) -> bool:
        """Say whether the request just read is the one a gate waits for."""

    @abstractmethod
    def hold_answer(self, gate: Gate) -> None:
        """Remember that the answer to the request just read belongs before a gate."""

    @abstractmethod
    async def read_answer(self, reader: asyncio.StreamReader) -> tuple[bytes, Gate | None]:
        """Read something of the server's, and say before which gate it belongs."""


class PostgresWire(Wire):
    """A wire that reads SQL statements: `Gate("COMMIT", touching="intake.feedback")`."""

    def gate_at(self, statement: str, *, touching: str = "", answered: bool = False) -> AbstractContextManager[Gate]:
        """Stop before a statement is executed, or (`answered`) once it is and before the process hears of it."""
        return self.gate(Gate(statement, touching, answered))

    def _talk(self) -> "_Talk":
        return _PostgresTalk()


class _PostgresTalk(_Talk):
    """The statements that one connection prepares and executes."""

    def __init__(self) -> None:
        self._started = False
        self._statement = ""
        self._transaction: list[str] = []
        self._prepared: dict[bytes, str] = {}
        self._held: Gate | None = None

    async def read_request(self, reader: asyncio.StreamReader) -> bytes:
        self._statement = ""
        if not self._started:
            head = await reader.readexactly(8)
            length, code = struct.unpack(">ii", head)
            self._started = code != _SSL_REQUEST
            return head + await reader.readexactly(length - 8)
        head = await reader.readexactly(5)
        body = await reader.readexactly(struct.unpack(">i", head[1:])[0] - 4)
        kind = head[:1]
        if kind == b"P":
            name, query = body.split(b"\0", 2)[:2]
            self._prepared[name] = query.decode()
        elif kind == b"B":
            _portal, name = body.split(b"\0", 2)[:2]
            self._executes(self._prepared.get(name, ""))
        elif kind == b"Q":
            self._executes(body.rstrip(b"\0").decode())
        return head + body

    def _executes(self, statement: str) -> None:
        self._statement = statement.strip()
        if self._statement.startswith("BEGIN"):
            self._transaction.clear()
        self._transaction.append(self._statement)

    def matches(self, gate: Gate) -> bool:
        return self._statement.startswith(str(gate.wanted)) and any(gate.touching in said for said in self._transaction)

    def hold_answer(self, gate: Gate) -> None:
        self._held = gate

    async def read_answer(self, reader: asyncio.StreamReader) -> tuple[bytes, Gate | None]:
        """Read what there is: nothing but the answer to the last statement can be on its way."""
        data = await reader.read(CHUNK)
        if not data:
            raise EOFError
        gate, self._held = self._held, None
        return data, gate


class KafkaWire(Wire):
    """A wire that reads Kafka requests and gives itself out as the broker, so that clients stay on it."""

    produce: ClassVar[int] = PRODUCE
    offset_commit: ClassVar[int] = OFFSET_COMMIT

    def gate_at(self, request: int, *, touching: str = "", answered: bool = False) -> AbstractContextManager[Gate]:
        """Stop before a request arrives, or (`answered`) once the broker has done it and before the process hears."""
        return self.gate(Gate(request, touching, answered))

    def _talk(self) -> "_Talk":
        return _KafkaTalk(server_port=self._server_port, wire_port=self.port)


class _KafkaTalk(_Talk):
    """The requests of one connection, by their correlation numbers."""

    def __init__(self, *, server_port: int, wire_port: int) -> None:
        # Whatever the version of an answer, it writes host and port one after the other; both have a fixed length.
        self._broker = LOOPBACK.encode() + struct.pack(">i", server_port)
        self._wire = LOOPBACK.encode() + struct.pack(">i", wire_port)
        self._request = (-1, -1, b"")
        self._asked: dict[int, int] = {}
        self._held: dict[int, Gate] = {}

    async def read_request(self, reader: asyncio.StreamReader) -> bytes:
        head = await reader.readexactly(4)
        body = await reader.readexactly(struct.unpack(">i", head)[0])
        api, _version, number = struct.unpack(">hhi", body[:8])
        self._request = (api, number, body)
        if api in NAMES_THE_BROKER:
            self._asked[number] = api
        return head + body

    def matches(self, gate: Gate) -> bool:
        api, _, body = self._request
        return api == gate.wanted and gate.touching.encode() in body

    def hold_answer(self, gate: Gate) -> None:
        self._held[self._request[1]] = gate

    async def read_answer(self, reader: asyncio.StreamReader) -> tuple[bytes, Gate | None]:
        head = await reader.readexactly(4)
        body = await reader.readexactly(struct.unpack(">i", head)[0])
        number = struct.unpack(">i", body[:4])[0]
        if self._asked.pop(number, None) is not None:
            body = body.replace(self._broker, self._wire)
        return head + body, self._held.pop(number, None)
