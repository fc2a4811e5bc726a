"""Labelled texts in CSV files: the corpus of the repository, and files to evaluate on."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.classifier.usecases.ports import Example

CORPUS = Path(__file__).parent.parent / "corpus"
"""The corpus in the repository: one file per field, named after it."""

CORPUS_COLUMNS = ("text", "topic", "urgency", "kind", "voice")
KINDS = frozenset({"report", "suggestion", "question", "complaint_denunciation", "thanks", "not_feedback"})
URGENCIES = frozenset({"emergency", "high", "normal", "low"})


class CsvError(Exception):
    """A file cannot be used; the message says which, where and what to do."""


def read_corpus(folder: Path) -> list[Example]:
    """Read every `<field>.csv` of a folder, by name; raises CsvError when there is none or a row is wrong."""
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise CsvError(f"{folder} holds no corpus: put one file <field>.csv per field there.")
    return [example for file in files for example in _corpus_file(file)]


def _corpus_file(file: Path) -> Iterator[Example]:
    for line, row in read_csv(file, needed=CORPUS_COLUMNS):
        for column, allowed in (("kind", KINDS), ("urgency", URGENCIES)):
            if row[column] not in allowed:
                known = ", ".join(sorted(allowed))
                raise CsvError(f"{file}, line {line}: {column} {row[column]!r} is none of {known}.")
        for column in ("text", "topic", "voice"):
            if not row[column].strip():
                raise CsvError(f"{file}, line {line}: {column} is empty.")
        yield Example(
            text=row["text"],
            topic=row["topic"],
            field=file.stem,
            urgency=row["urgency"],
            kind=row["kind"],
            voice=row["voice"],
        )


def read_examples(file: Path) -> list[Example]:
    """Read a file to evaluate on: text, topic, and optionally alt_topics (by ;), field, urgency, kind."""
    return [
        Example(
            text=row["text"],
            topic=row["topic"],
            field=row.get("field", ""),
            urgency=row.get("urgency") or None,
            kind=row.get("kind") or None,
            also_right=frozenset(filter(None, row.get("alt_topics", "").split(";"))),
        )
        for _, row in read_csv(file, needed=("text", "topic"))
    ]


def read_csv(file: Path, *, needed: tuple[str, ...]) -> list[tuple[int, Mapping[str, str]]]:
    """Read rows with their line numbers; raises CsvError when the file, a column or every row is missing."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened, strict=True)
            missing = [column for column in needed if column not in (reader.fieldnames or ())]
            if missing:
                raise CsvError(
                    f"{file}: column {', '.join(missing)} is missing; the first line must name the columns "
                    f"{', '.join(needed)}."
                )
            rows: list[tuple[int, Mapping[str, str]]] = [
                (reader.line_num, {name: value or "" for name, value in row.items() if isinstance(name, str)})
                for row in reader
            ]
    except FileNotFoundError as error:
        raise CsvError(f"{file} does not exist.") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CsvError(f"{file} cannot be read as UTF-8 CSV: {error}") from error
    if not rows:
        raise CsvError(f"{file} has no rows below its first line.")
    return rows
