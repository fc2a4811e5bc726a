"""CSV files from people: every row with its line, every fault in a sentence."""

from pathlib import Path

import pytest

from shared.csv_files import CsvError, read_csv


def written(folder: Path, content: bytes) -> Path:
    (folder / "in.csv").write_bytes(content)
    return folder / "in.csv"


def test_a_row_comes_with_the_line_it_begins_on(tmp_path: Path) -> None:
    file = written(tmp_path, b'\xef\xbb\xbfid,text\r\na,"one\r\ntwo"\r\n\r\nb,three\r\n')
    assert read_csv(file, needed=("id", "text")) == [
        (2, {"id": "a", "text": "one\r\ntwo"}),
        (5, {"id": "b", "text": "three"}),
    ]


def test_values_that_are_missing_are_empty_and_those_too_many_are_left_out(tmp_path: Path) -> None:
    file = written(tmp_path, b"id,text\na\nb,c,d\n")
    assert [row for _, row in read_csv(file, needed=("id",))] == [{"id": "a", "text": ""}, {"id": "b", "text": "c"}]


def test_a_value_may_be_longer_than_the_csv_module_allows_by_itself(tmp_path: Path) -> None:
    ((_, row),) = read_csv(written(tmp_path, b"id,text\na," + b"x" * 300_000 + b"\n"), needed=("text",))
    assert len(row["text"]) == 300_000


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "column id, text is missing; the first line must name the columns id, text, with commas"),
        (b"id;text\n1;x\n", "column id, text is missing"),
        (b"id\n1\n", "column text is missing"),
        (b"id,text\n", "has no rows below its first line"),
        (b"id,text\n\n\n", "has no rows"),
        ("id,text\n1,Đèn\n".encode("cp1258", "replace") + b"\xff", "is not UTF-8: save it as CSV UTF-8"),
        (b'id,text\n1,x\n2,"never closed\n', "line 3: this is not CSV"),
        (b'id,text\n1,"x"y\n', "line 2: this is not CSV"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(CsvError, match=complaint) as caught:
        read_csv(written(tmp_path, content), needed=("id", "text"))
    assert str(tmp_path / "in.csv") in str(caught.value)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CsvError, match="does not exist"):
        read_csv(tmp_path / "none.csv", needed=("id",))
    with pytest.raises(CsvError, match=r"cannot be read \(Is a directory\)"):
        read_csv(tmp_path, needed=("id",))
