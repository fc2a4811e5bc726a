"""What the benchmarks share: percentiles, running the load generator, waiting for rows to appear."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer

from tests.bench.load import Load


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def run_load(load: Load) -> dict[str, Any]:
    """Run the load generator in a process of its own; raises when not everything was accepted."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([sys.executable, "-m", "tests.bench.load", json.dumps(asdict(load)), file.name], check=True)
        result: dict[str, Any] = json.loads(Path(file.name).read_text(encoding="utf-8"))
    if result["accepted"] != load.requests:
        raise RuntimeError(f"{load.requests - result['accepted']} of {load.requests} requests were not accepted")
    return result


class Listener:
    """Note when events become readable on a topic: after the database commit and Kafka's acknowledgement."""

    def __init__(self, bootstrap_servers: str, topic: str, *, only: bytes = b"") -> None:
        self._consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=bootstrap_servers, auto_offset_reset="latest", fetch_max_wait_ms=20
        )
        self._only = only
        self.heard_at: dict[str, float] = {}

    async def listen(self, *, until: int, timeout_seconds: float, ready: asyncio.Event) -> None:
        """Listen from now on until `until` feedback ids were heard; raises TimeoutError with how many there were."""
        await self._consumer.start()
        try:
            await self._consumer.seek_to_end()
            ready.set()
            async with asyncio.timeout(timeout_seconds):
                while len(self.heard_at) < until:
                    for records in (await self._consumer.getmany(timeout_ms=20, max_records=5000)).values():
                        now = time.time()
                        for record in records:
                            if self._only in record.value:
                                self.heard_at.setdefault(record.key.decode(), now)
        except TimeoutError:
            raise TimeoutError(f"{len(self.heard_at)} of {until} heard after {timeout_seconds} s") from None
        finally:
            await self._consumer.stop()
