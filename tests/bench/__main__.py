"""`make bench`: measurements on this machine, each beside what it is compared with or what is wanted, in one run.

Starts servers and services of its own in a temporary folder, speaks to loopback only, and ends by itself; what needs
the territory pack alone is measured before anything is started.
Arguments choose parts: places, points, deadlines, accepting, pipeline, reading, consumers.
"""

import asyncio
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from deploy.local.demo import start_system
from deploy.local.ports import free_port, is_free
from deploy.local.processes import Services
from tests.bench.classifier import measure_reading
from tests.bench.consumers import measure_consumers
from tests.bench.deadlines import measure_deadlines
from tests.bench.load import Load
from tests.bench.measure import Listener, percentile, run_load
from tests.bench.places import measure_places
from tests.bench.points import measure_points

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "bench-results"
CLIENTS = (1, 8, 32, 128)
RATES = (50, 200, 500)
BURST = 10_000
Row = dict[str, Any]
console = Console(width=120)


def accepting(services: Services) -> list[Row]:
    """(a) Accepted POST/s, durable before the answer, beside the bare endpoint, at several numbers of clients."""
    rows: list[Row] = []
    port = services.running["intake"].port
    with quiet(services), bare_endpoint(services) as bare_port:
        for path, warm_port in (("/api/v1/feedback", port), ("/bare", bare_port)):
            run_load(Load(warm_port, path, clients=32, requests=2000))
        for clients in CLIENTS:
            requests = min(12_000, 1500 * clients)
            ours = run_load(Load(port, "/api/v1/feedback", clients=clients, requests=requests))
            bare = run_load(Load(bare_port, "/bare", clients=clients, requests=requests))
            rows.append(
                {
                    "clients": clients,
                    "accepted/s": requests / ours["seconds"],
                    "p50 ms": percentile(ours["latencies"], 0.5) * 1e3,
                    "p95 ms": percentile(ours["latencies"], 0.95) * 1e3,
                    "p99 ms": percentile(ours["latencies"], 0.99) * 1e3,
                    "bare/s": requests / bare["seconds"],
                    "ratio": bare["seconds"] / ours["seconds"],
                }
            )
    return rows


def pipeline(services: Services) -> list[Row]:
    """(b) From the POST to the placement and to the inbox: latencies at steady rates, and the rate of a burst."""
    port = services.running["intake"].port
    run_load(Load(port, "/api/v1/feedback", clients=8, requests=500, per_second=100))
    wait_until_drained(services)
    rows = [
        follow(services, Load(port, "/api/v1/feedback", clients=64, requests=rate * 20, per_second=rate), f"{rate}/s")
        for rate in RATES
    ]
    burst = Load(port, "/api/v1/feedback", clients=64, requests=BURST)
    return [*rows, follow(services, burst, f"burst of {BURST}")]


def follow(services: Services, load: Load, name: str) -> Row:
    """Send a load and listen for each report's placement and case."""

    async def both() -> tuple[Listener, Listener, dict[str, Any]]:
        servers = services.environment["KAFKA_BOOTSTRAP_SERVERS"]
        placed, opened = Listener(servers, "feedback.placed.v1"), Listener(servers, "case.changed.v1", only=b'"open"')
        ready = [asyncio.Event(), asyncio.Event()]
        listening = [
            asyncio.create_task(listener.listen(until=load.requests, timeout_seconds=240, ready=event))
            for listener, event in zip((placed, opened), ready, strict=True)
        ]
        for event in ready:
            await event.wait()
        result = await asyncio.to_thread(run_load, load)
        await asyncio.gather(*listening)
        return placed, opened, result

    placed, opened, result = asyncio.run(both())
    sent: dict[str, float] = result["sent_at"]
    to_place = [placed.heard_at[report] - at for report, at in sent.items()]
    to_inbox = [opened.heard_at[report] - at for report, at in sent.items()]
    span = max(opened.heard_at.values()) - min(sent.values())
    return {
        "load": name,
        "in the inbox/s": load.requests / span,
        **{f"placed p{int(share * 100)} ms": percentile(to_place, share) * 1e3 for share in (0.5, 0.95, 0.99)},
        **{f"inbox p{int(share * 100)} ms": percentile(to_inbox, share) * 1e3 for share in (0.5, 0.95, 0.99)},
    }


def wait_until_drained(services: Services, *, timeout_seconds: float = 180) -> None:
    """Wait until no consumer lags and no outbox holds anything."""
    deadline = time.monotonic() + timeout_seconds
    with httpx.Client(trust_env=False, timeout=5) as client:
        while time.monotonic() < deadline:
            texts = [client.get(f"{service.url}/metrics").text for service in services.running.values()]
            waiting = [
                float(line.rsplit(" ", 1)[1])
                for text in texts
                for line in text.splitlines()
                if line.startswith(("langnghe_consumer_lag{", "langnghe_outbox_rows{"))
            ]
            if not any(waiting):
                return
            time.sleep(1)
    raise TimeoutError("the system did not drain")


@contextmanager
def quiet(services: Services) -> Iterator[None]:
    """Freeze the services behind intake, so that accepting alone is measured; the rest happens afterwards."""
    others = [service for name, service in services.running.items() if name != "intake"]
    for service in others:
        service.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for service in others:
            service.process.send_signal(signal.SIGCONT)
        wait_until_drained(services, timeout_seconds=600)


@contextmanager
def bare_endpoint(services: Services) -> Iterator[int]:
    """Run the bare endpoint on the same database."""
    port = free_port(besides=set())
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bare_endpoint", str(port)],
        env={**os.environ, "DATABASE_URL": services.environment["DATABASE_URL"]},
    )
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def reading(services: Services) -> list[Row]:
    """(d) Texts a second, and one text alone: the classifier beside scikit-learn's own pipeline of the same design."""
    with quiet(services):
        return measure_reading(Path(services.environment["CLASSIFIER_MODEL_DIR"]))


def consumers(services: Services) -> list[Row]:
    """(c) Classifier and router consumers beside a raw aiokafka loop that does the same work; the last part."""
    for service in services.running.values():
        service.process.kill()
        service.process.wait()
    return asyncio.run(measure_consumers(services.environment))


ALONE: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "places": ("(e) places in words: how often the right unit, how often a wrong one; texts a second", measure_places),
    "points": ("(f) pins in real boundaries, beside shapely's own tree", measure_points),
    "deadlines": ("(g) deadlines a second, beside the number wanted", measure_deadlines),
}
PARTS: dict[str, tuple[str, Callable[[Services], list[Row]]]] = {
    "accepting": ("(a) accepting: POST /api/v1/feedback, durable before the answer", accepting),
    "pipeline": ("(b) from the POST to the placement and to the inbox", pipeline),
    "reading": ("(d) reading texts: the classifier beside scikit-learn's own pipeline of the same design", reading),
    "consumers": ("(c) consumers beside a raw aiokafka loop with the same use case", consumers),
}


def show(title: str, rows: Sequence[Row]) -> None:
    """Print one table."""
    table = Table(*(rows[0] if rows else ("nothing was measured",)), title=title, title_justify="left")
    for row in rows:
        table.add_row(
            *[
                ""
                if value is None
                else f"{value:,.2f}"
                if isinstance(value, float) and value < 10
                else f"{value:,.0f}"
                if isinstance(value, float)
                else str(value)
                for value in row.values()
            ]
        )
    console.print(table)


def main(wanted: Sequence[str]) -> None:
    """Run the chosen parts and write bench-results/<time>.json."""
    if unknown := set(wanted) - {*ALONE, *PARTS}:
        sys.exit(f"there is no part {', '.join(sorted(unknown))}; choose of {', '.join((*ALONE, *PARTS))}")
    report: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    for name in [part for part in ALONE if part in (wanted or ALONE)]:
        title, measure_alone = ALONE[name]
        report[name] = measure_alone()
        show(title, report[name])
    if parts := [part for part in PARTS if part in (wanted or PARTS)]:
        with tempfile.TemporaryDirectory(prefix="langnghe-bench-") as folder, ExitStack() as stack:
            services = start_system(stack, data=Path(folder) / "data", port=free_port_base(), fast_clock=1)
            for name in parts:
                title, measure = PARTS[name]
                report[name] = measure(services)
                show(title, report[name])
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps(report, indent=2), encoding="utf-8")
    console.print(f"Written to {path.relative_to(ROOT)}")


def free_port_base() -> int:
    """Find five free ports in a row."""
    while True:
        base = free_port(besides=set())
        if all(is_free(base + offset) for offset in range(5)):
            return base


if __name__ == "__main__":
    main(sys.argv[1:])
