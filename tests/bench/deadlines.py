"""`python -m tests.bench.deadlines`: how many deadlines a second, from the territory pack alone; needs no server.

The clock answers each question with two binary searches over prefix sums of working time, so a batch is a loop.
"""

import csv
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from typer.testing import CliRunner

from services.router.domain.clock import Duration, Pause
from services.router.domain.deadlines import Basis, CaseClock, compute
from services.router.entrypoints.cli import app
from tests.support.clock import ZONE, local, pack_calendar, pack_calendars
from tests.support.placing import PACK, pack, pack_reference

COUNT = 100_000
TIMES = 3
WANTED_PER_SECOND = 50_000


def per_second(work: Callable[[], object]) -> float:
    """Run a batch a few times and return deadlines per second of the best."""
    best = float("inf")
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return COUNT / best


def measure() -> Sequence[tuple[str, float]]:
    """Measure each way of asking, over the same random starts and durations."""
    chance = random.Random(5)
    begin, calendar = local("2025-01-01T00:00"), pack_calendar()
    starts = [begin + timedelta(minutes=chance.randrange(3 * 365 * 1440)) for _ in range(COUNT)]
    durations = [Duration(chance.randrange(1, 14_000), working=True) for _ in range(COUNT)]
    pauses = [[Pause(start + timedelta(hours=5), start + timedelta(hours=30))] for start in starts]
    reference = pack_reference()
    basis = Basis(reference.policy, pack_calendars(), ZONE, "policy", "calendar")
    units = [unit.code for unit in pack().units]
    facts = [
        {
            "kind": "report",
            "topic": chance.choice(list(reference.policy.field_by_topic)),
            "field": "",
            "urgency": chance.choice(["emergency", "high", "normal", "low"]),
            "unit": chance.choice(units),
        }
        for _ in range(COUNT)
    ]
    cases = [CaseClock(start, about) for start, about in zip(starts[: COUNT // 2], facts, strict=False)]

    def plain() -> None:
        for start, duration in zip(starts, durations, strict=True):
            calendar.due(start, duration)

    def paused() -> None:
        for start, duration, each in zip(starts, durations, pauses, strict=True):
            calendar.due(start, duration, each)

    def both_stages() -> None:
        for case in cases:
            compute(case, basis)

    with tempfile.TemporaryDirectory(prefix="langnghe-bench-") as folder:
        file = Path(folder) / "in.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(("id", "start", "working_minutes"))
            for number, (start, duration) in enumerate(zip(starts, durations, strict=True)):
                writer.writerow((number, start.replace(tzinfo=None).isoformat(), duration.minutes))

        def command() -> None:
            result = CliRunner().invoke(app, ["deadline", "--file", str(file), "--territory", str(PACK)])
            if result.exit_code:
                raise RuntimeError(result.stderr)

        return [
            ("one duration", per_second(plain)),
            ("one duration, one pause", per_second(paused)),
            ("both stages by the rules of the pack", per_second(both_stages)),
            ("langnghe router deadline --file, with reading the pack", per_second(command)),
        ]


def measure_deadlines() -> list[dict[str, Any]]:
    """Measure for the table of all benchmarks."""
    return [
        {"deadlines": name, "deadlines/s": rate, "wanted/s": WANTED_PER_SECOND, "times": rate / WANTED_PER_SECOND}
        for name, rate in measure()
    ]


def main() -> None:
    """Print the table."""
    table = Table("", "deadlines/s", f"of the wanted {WANTED_PER_SECOND:,}/s")
    for name, rate in measure():
        table.add_row(name, f"{rate:,.0f}", f"{rate / WANTED_PER_SECOND:.1f} times")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
