"""CSV files that people hand to a command: rows with the lines they begin on, or one sentence on what is wrong."""

import csv
from collections.abc import Mapping
from pathlib import Path

# A value may be a long report; without this the csv module stops at 128 KiB.
LONGEST_VALUE = 10_000_000
csv.field_size_limit(LONGEST_VALUE)


class CsvError(Exception):
    """A file cannot be used; the message says which, where and what to do."""


def read_csv(file: Path, *, needed: tuple[str, ...]) -> list[tuple[int, Mapping[str, str]]]:
    """Read all rows of a UTF-8 file, with or without a BOM; a value that is missing is empty, blank lines are skipped.

    Raises CsvError when the file, its encoding, a needed column or every row is missing.
    """
    rows: list[tuple[int, Mapping[str, str]]] = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.reader(opened, strict=True)
            try:
                columns = next(reader, [])
                begins = reader.line_num + 1
                for values in reader:
                    if values:
                        padded = [*values, *[""] * (len(columns) - len(values))]
                        rows.append((begins, dict(zip(columns, padded, strict=False))))
                    begins = reader.line_num + 1
            except csv.Error as error:
                raise CsvError(f"{file}, line {reader.line_num}: this is not CSV ({error}).") from error
    except FileNotFoundError as error:
        raise CsvError(f"{file} does not exist.") from error
    except UnicodeDecodeError as error:
        raise CsvError(f"{file} is not UTF-8: save it as CSV UTF-8.") from error
    except OSError as error:
        raise CsvError(f"{file} cannot be read ({error.strerror}).") from error
    missing = [column for column in needed if column not in columns]
    if missing:
        raise CsvError(
            f"{file}: column {', '.join(missing)} is missing; the first line must name the columns "
            f"{', '.join(needed)}, with commas between them."
        )
    if not rows:
        raise CsvError(f"{file} has no rows below its first line.")
    return rows
