"""Read a file of reports, row by row: what can be sent, and why the rest cannot."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from services.intake.entrypoints.bodies import FeedbackRequest
from services.intake.entrypoints.problems import faults_of
from services.intake.entrypoints.unit_names import NamedUnit

# A time without an offset is meant as people here read a clock.
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
COLUMNS = ("text", "id", "channel", "lat", "lon", "unit", "place", "phone", "sent_at")
DELIMITERS = ",;\t"
LONGEST_FIELD = 10_000_000
_COLUMN_OF = {
    "place.lat": "lat",
    "place.lon": "lon",
    "place": "lat, lon",
    "place.text": "place",
    "contact.phone": "phone",
}

FindUnit = Callable[[str], NamedUnit | None]


class UnreadableFileError(Exception):
    """The file as a whole cannot be read; says in one sentence why and what to do."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it stands in the file: the line it begins on, and its values or why there are none."""

    line: int
    values: Mapping[str, str]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A row that can be sent: its body and the idempotency key that follows from it."""

    line: int
    row_id: str
    body: Mapping[str, Any]
    key: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be sent, and why."""

    line: int
    row_id: str
    reason: str


def read_rows(path: Path) -> Sequence[RawRow]:
    """Read all rows of a .csv or .jsonl file; raises UnreadableFileError."""
    readers = {".csv": _csv_rows, ".jsonl": _jsonl_rows, ".ndjson": _jsonl_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UnreadableFileError(
            f"{path}: không rõ kiểu tệp, cần .csv hoặc .jsonl / unknown kind of file, use .csv or .jsonl."
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(reader(file.read(), path))
    except FileNotFoundError as error:
        raise UnreadableFileError(f"{path}: không có tệp này / there is no such file.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"{path}: không phải UTF-8, hãy lưu lại / not UTF-8, save it as UTF-8.") from error
    except OSError as error:
        raise UnreadableFileError(f"{path}: không đọc được / cannot be read ({error.strerror}).") from error
    if not any("text" in row.values for row in rows):
        raise UnreadableFileError(
            f"{path}: thiếu cột text hoặc không có dòng nào / there is no column 'text', or no row; "
            f"columns are {', '.join(COLUMNS)}."
        )
    return rows


def _csv_rows(text: str, path: Path) -> Iterator[RawRow]:
    csv.field_size_limit(LONGEST_FIELD)
    header = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        line = reader.line_num + 1
        for cells in reader:
            start, line = line, reader.line_num + 1
            if not cells:
                continue
            values = dict(zip(names, cells, strict=False))
            fault = None
            if len(cells) != len(names):
                fault = f"có {len(cells)} ô, cần {len(names)} / has {len(cells)} cells instead of {len(names)}"
            yield RawRow(start, values, fault)
    except csv.Error as error:
        raise UnreadableFileError(f"{path}, dòng {line}: không phải CSV / line {line} is not CSV ({error}).") from error


def _jsonl_rows(text: str, _: Path) -> Iterator[RawRow]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            yield RawRow(number, {}, "không phải một đối tượng JSON / is not a JSON object")
            continue
        yield RawRow(number, {str(name).lower(): "" if cell is None else str(cell) for name, cell in value.items()})


def prepare(rows: Sequence[RawRow], find_unit: FindUnit) -> list[ReadyRow | BadRow]:
    """Check every row, and give each the key under which it is sent.

    The key follows from the row's content, its id and, among rows that are the same in all of it, its number: a
    second run sends the same keys, and two rows that say the same stay two.
    """
    seen: Counter[str] = Counter()
    prepared: list[ReadyRow | BadRow] = []
    for row in rows:
        row_id = row.values.get("id", "").strip()
        body = row.fault or _body(row.values, find_unit)
        if isinstance(body, str):
            prepared.append(BadRow(row.line, row_id, body))
            continue
        content = hashlib.sha256(json.dumps([row_id, body], sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        seen[content] += 1
        prepared.append(ReadyRow(row.line, row_id, body, key=f"ingest:{content[:40]}:{seen[content]}"))
    return prepared


def _body(values: Mapping[str, str], find_unit: FindUnit) -> dict[str, Any] | str:
    """Turn a row into a body of the REST API, or say why not."""
    cell = {name: values.get(name, "").strip() for name in COLUMNS}
    unit = find_unit(cell["unit"]) if cell["unit"] else None
    if cell["unit"] and unit is None:
        return f"unit: không rõ xã, phường {cell['unit']!r} / no commune or ward of this code or name"
    sent_at = _local_time(cell["sent_at"]) if cell["sent_at"] else None
    if cell["sent_at"] and sent_at is None:
        return f"sent_at: {cell['sent_at']!r} không phải thời điểm / is not a time such as 2026-01-31T08:00:00+07:00"
    body: dict[str, Any] = {
        "text": values.get("text", ""),
        "channel": cell["channel"].lower() or "api",
        "place": {
            "lat": cell["lat"] or None,
            "lon": cell["lon"] or None,
            "unit_code": unit.code if unit is not None else None,
            "text": cell["place"] or None,
        },
        "contact": {"phone": cell["phone"]} if cell["phone"] else None,
        "sent_at": sent_at.isoformat() if sent_at is not None else None,
    }
    try:
        checked = FeedbackRequest.model_validate(body)
    except ValidationError as error:
        return "; ".join(f"{_COLUMN_OF.get(f.field, f.field)}: {f.vi} / {f.en}" for f in faults_of(error))
    return checked.model_dump(mode="json", exclude_none=True)


def _local_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=LOCAL)
