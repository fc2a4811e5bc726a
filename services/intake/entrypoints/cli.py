"""Command line: `langnghe ingest FILE` sends a file of reports through the public REST API."""

import asyncio
import csv
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.intake.entrypoints.ingest_client import IngestClient, NoSystemError, Sent
from services.intake.entrypoints.ingest_rows import BadRow, RawRow, ReadyRow, UnreadableFileError, prepare, read_rows
from services.intake.entrypoints.unit_names import unit_finder

DEFAULT_URL = "http://127.0.0.1:8001"
SOME_FAILED, CANNOT_RUN = 1, 2
NO_UNIT = "Tổ điều phối của tỉnh / Province desk"
MOST_ROWS_OF_A_TABLE = 15
MOST_BAD_ROWS_SHOWN = 50
OUT_COLUMNS = (
    "line",
    "id",
    "tracking_code",
    "status",
    "unit",
    "unit_name",
    "office",
    "topic",
    "urgency",
    "kind",
    "how",
    "needs_review",
    "accept_by",
    "resolve_by",
    "placed_seconds",
    "error",
)

Outcome = BadRow | Sent


def ingest(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV or JSONL; column text, and optionally id, channel, lat, lon, unit, place, phone, sent_at."
        ),
    ],
    url: Annotated[str, typer.Option(envvar="LANGNGHE_URL", help="Address of a running intake service.")] = DEFAULT_URL,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait until every row is placed.")] = 120.0,
) -> None:
    """Send every row of FILE as a report, wait until each is placed, and write FILE.placed.csv."""
    console = Console(highlight=False, soft_wrap=True)
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        rows = read_rows(file)
        outcomes = asyncio.run(send_and_wait(rows, url, timeout, console=console))
    except UnreadableFileError as error:
        errors.print(str(error), style="red", markup=False)
        raise typer.Exit(CANNOT_RUN) from error
    except NoSystemError as error:
        errors.print(
            f"Chưa có hệ thống nào chạy ở {url}, hãy chạy `make demo` ở một cửa sổ khác rồi thử lại / "
            "No system answers there: start one with `make demo` in another terminal and try again.",
            style="red",
            markup=False,
        )
        raise typer.Exit(CANNOT_RUN) from error
    _print_bad_rows(outcomes, errors)
    print_summary(outcomes, console)
    written = _write(file, outcomes)
    console.print(f"Kết quả từng dòng / One line per row: {written}", markup=False)
    if not all(is_placed(outcome) for outcome in outcomes):
        raise typer.Exit(SOME_FAILED)


async def send_and_wait(rows: Sequence[RawRow], url: str, timeout: float, *, console: Console) -> list[Outcome]:  # noqa: ASYNC109 it bounds one phase
    """Send rows through the public API of `url` and wait at most `timeout` seconds until each is placed.

    Raises NoSystemError when nothing of ours answers.
    """
    async with IngestClient(url) as client:
        prepared = prepare(rows, unit_finder(await client.units()))
        ready = [row for row in prepared if isinstance(row, ReadyRow)]
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
        ) as progress:
            sending = progress.add_task("Gửi / Sending", total=len(ready))
            sent = await client.send(ready, give_up_after_seconds=timeout, on_sent=lambda _: progress.advance(sending))
            accepted = sum(1 for one in sent if one.tracking_code is not None)
            placing = progress.add_task("Tìm nơi xử lý / Placing", total=accepted)
            await client.wait_until_placed(
                sent, timeout_seconds=timeout, on_placed=lambda count: progress.update(placing, completed=count)
            )
    sent_by_line = {one.row.line: one for one in sent}
    return [sent_by_line[row.line] if isinstance(row, ReadyRow) else row for row in prepared]


def is_placed(outcome: Outcome) -> bool:
    """Say whether a row has found its place."""
    return _status(outcome) == "placed"


def _status(outcome: Outcome) -> str:
    if isinstance(outcome, BadRow):
        return "bad_row"
    if outcome.tracking_code is None:
        return "not_sent"
    return "placed" if outcome.tracking is not None and outcome.tracking.placed else "waiting"


def _reason(outcome: Outcome) -> str:
    if isinstance(outcome, BadRow):
        return outcome.reason
    if outcome.error is not None:
        return outcome.error
    return "chưa đến nơi trong thời gian chờ / not placed in time, run again" if _status(outcome) == "waiting" else ""


def _line(outcome: Outcome) -> int:
    return outcome.line if isinstance(outcome, BadRow) else outcome.row.line


def _print_bad_rows(outcomes: Sequence[Outcome], console: Console) -> None:
    bad = [outcome for outcome in outcomes if not is_placed(outcome)]
    for outcome in bad[:MOST_BAD_ROWS_SHOWN]:
        console.print(f"Dòng / line {_line(outcome)}: {_reason(outcome)}", style="red", markup=False)
    if len(bad) > MOST_BAD_ROWS_SHOWN:
        console.print(f"... và {len(bad) - MOST_BAD_ROWS_SHOWN} dòng nữa / more", style="red", markup=False)


def print_summary(outcomes: Sequence[Outcome], console: Console) -> None:
    """Print where the rows went and how long that took."""
    sent = [outcome for outcome in outcomes if isinstance(outcome, Sent)]
    placed = [(one, one.tracking) for one in sent if one.tracking is not None and one.tracking.placed]
    trackings = [tracking for _, tracking in placed]
    new = [one for one, _ in placed if not one.repeated]
    seconds = sorted(one.placed_seconds for one in new if one.placed_seconds is not None)
    facts = Table(show_header=False, box=None, pad_edge=False)
    facts.add_row("Số dòng / Rows", str(len(outcomes)))
    facts.add_row("Mới gửi lần này / Sent now", str(sum(1 for one in sent if one.tracking_code and not one.repeated)))
    facts.add_row("Đã có từ trước / There already", str(sum(1 for one in sent if one.repeated)))
    facts.add_row("Đã đến nơi xử lý / Placed", str(len(placed)))
    facts.add_row("Còn chờ / Still waiting", str(sum(1 for one in sent if _status(one) == "waiting")))
    facts.add_row("Dòng lỗi / Bad rows", str(sum(1 for one in outcomes if _status(one) in {"bad_row", "not_sent"})))
    facts.add_row("Cần người xem / Need a person", str(sum(1 for one in trackings if one.needs_review)))
    facts.add_row(
        "Từ gửi đến nơi / Sent to placed",
        f"p50 {_percentile(seconds, 0.5):.2f} s, p95 {_percentile(seconds, 0.95):.2f} s ({len(seconds)} mới / new)"
        if seconds
        else "– (không có dòng mới / no new rows)",
    )
    for title, names in (
        (
            "Xã, phường / Unit",
            (one.unit.name if one.unit else "Tổ điều phối của tỉnh / Province desk" for one in trackings),
        ),
        ("Việc / Topic", (one.topic.name if one.topic else "–" for one in trackings)),
        ("Mức độ / Urgency", (one.urgency or "–" for one in trackings)),
        ("Cách tìm ra nơi / How placed", (one.placed_by or "–" for one in trackings)),
    ):
        console.print(_counts(title, names))
    console.print(facts)


def _counts(title: str, names: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left", box=None, show_header=False, pad_edge=False)
    counted = Counter(names).most_common()
    for name, count in counted[:MOST_ROWS_OF_A_TABLE]:
        table.add_row(f"{count:6d}", name)
    if len(counted) > MOST_ROWS_OF_A_TABLE:
        rest = counted[MOST_ROWS_OF_A_TABLE:]
        table.add_row(f"{sum(count for _, count in rest):6d}", f"{len(rest)} mục khác / others")
    return table


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _write(file: Path, outcomes: Sequence[Outcome]) -> Path:
    """Write FILE.placed.csv beside FILE, or here when that folder cannot be written."""
    target = file.with_name(f"{file.name}.placed.csv")
    if not os.access(target.parent, os.W_OK):
        target = Path(target.name)
    new = target.with_name(f".{target.name}.{os.getpid()}")
    with new.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(OUT_COLUMNS)
        writer.writerows(_cells(outcome) for outcome in outcomes)
    new.replace(target)
    return target


def _cells(outcome: Outcome) -> list[str]:
    cells = dict.fromkeys(OUT_COLUMNS, "")
    cells |= {"line": str(_line(outcome)), "status": _status(outcome), "error": _reason(outcome)}
    if isinstance(outcome, BadRow):
        cells["id"] = outcome.row_id
        return list(cells.values())
    cells |= {"id": outcome.row.row_id, "tracking_code": outcome.tracking_code or ""}
    found = outcome.tracking
    if found is not None and found.placed:
        seconds = outcome.placed_seconds
        cells |= {
            "unit": found.unit.code if found.unit else "",
            "unit_name": found.unit.name if found.unit else "",
            "office": found.office.id if found.office else "",
            "topic": found.topic.id if found.topic else "",
            "urgency": found.urgency or "",
            "kind": found.kind or "",
            "how": found.placed_by or "",
            "needs_review": str(bool(found.needs_review)).lower(),
            "accept_by": found.accept_by.isoformat() if found.accept_by else "",
            "resolve_by": found.resolve_by.isoformat() if found.resolve_by else "",
            "placed_seconds": f"{seconds:.3f}" if seconds is not None else "",
        }
    return list(cells.values())
