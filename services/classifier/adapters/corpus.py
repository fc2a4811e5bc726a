"""Labelled texts in CSV files: the corpus of the repository, and files to evaluate on."""

from collections.abc import Iterator
from pathlib import Path

from services.classifier.usecases.ports import Example
from shared.csv_files import CsvError, read_csv

CORPUS = Path(__file__).parent.parent / "corpus"
"""The corpus in the repository: one file per field, named after it."""

CORPUS_COLUMNS = ("text", "topic", "urgency", "kind", "voice")
KINDS = frozenset({"report", "suggestion", "question", "complaint_denunciation", "thanks", "not_feedback"})
URGENCIES = frozenset({"emergency", "high", "normal", "low"})


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
