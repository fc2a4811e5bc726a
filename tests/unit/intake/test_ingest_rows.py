import json

import pytest

from services.intake.entrypoints.ingest_rows import BadRow, ReadyRow, UnreadableFileError, prepare, read_rows
from services.intake.entrypoints.unit_names import unit_finder
from tests.support.intake import territory

FIND_UNIT = unit_finder(territory().units)


def written(tmp_path, text, name="rows.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def prepared(tmp_path, text, name="rows.csv"):
    return prepare(read_rows(written(tmp_path, text, name)), FIND_UNIT)


def test_columns_become_a_body(tmp_path):
    text = (
        "id,text,channel,lat,lon,unit,place,phone,sent_at\n"
        'A1,"Hố sâu, rất nguy hiểm",SMS,12.68,108.05,phường Buôn Ma Thuột,gần chợ,0912 345 678,2026-11-23T08:00:00\n'
    )
    row = prepared(tmp_path, text)[0]
    assert (row.line, row.row_id) == (2, "A1")
    assert row.body == {
        "text": "Hố sâu, rất nguy hiểm",
        "channel": "sms",
        "place": {"lat": 12.68, "lon": 108.05, "unit_code": "24133", "text": "gần chợ"},
        "contact": {"phone": "0912345678"},
        "sent_at": "2026-11-23T08:00:00+07:00",
        "language": "vi",
    }


def test_text_alone_is_enough(tmp_path):
    row = prepared(tmp_path, "text\nHố sâu\n")[0]
    assert row.body == {"text": "Hố sâu", "channel": "api", "place": {}, "language": "vi"}


def test_json_lines_say_the_same_as_a_table(tmp_path):
    table = prepared(tmp_path, "text,lat,lon,unit\nHố sâu,12.5,108.25,24133\n")
    lines = prepared(
        tmp_path,
        json.dumps({"text": "Hố sâu", "lat": 12.5, "lon": 108.25, "unit": 24133, "id": None}) + "\n\n",
        "rows.jsonl",
    )
    assert table[0].key == lines[0].key


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_bom_and_windows_line_ends_are_read(tmp_path, delimiter):
    path = tmp_path / "rows.CSV"
    path.write_bytes(("\ufeffText" + delimiter + "ID\r\nHố" + delimiter + "7\r\n").encode())
    row = prepare(read_rows(path), FIND_UNIT)[0]
    assert (row.body["text"], row.row_id) == ("Hố", "7")


def test_a_text_over_several_lines_keeps_them_and_the_next_row_its_line(tmp_path):
    rows = prepared(tmp_path, 'text\n"một\u2028\nhai\nba"\n\nbốn\n')
    assert [(row.line, row.body["text"]) for row in rows] == [(2, "một\u2028\nhai\nba"), (6, "bốn")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,,,", "text: "),
        ("Hố,,12.5,,", "lat, lon: "),
        ("Hố,,bắc,108,", "lat: "),
        ("Hố,,12,nan,", "lon: "),
        ("Hố,,200,108,", "lat: "),
        ("Hố,fax,,,", "channel: "),
        ("Hố,,,,Hà Nội", "unit: "),
        ("Hố,,,", "4 ô"),
        ("Hố,,,,,,", "7 ô"),
    ],
)
def test_a_bad_row_says_its_line_and_why_and_the_rest_goes_on(tmp_path, row, reason):
    good, bad, last = prepared(tmp_path, f"text,channel,lat,lon,unit\nTốt,,,,\n{row}\nTốt nữa,,,,\n")
    assert isinstance(good, ReadyRow)
    assert isinstance(last, ReadyRow)
    assert isinstance(bad, BadRow)
    assert bad.line == 3
    assert bad.reason.startswith((reason, "có " + reason))


@pytest.mark.parametrize(("column", "value"), [("phone", "12ab"), ("sent_at", "hôm qua")])
def test_a_bad_phone_or_time_is_a_bad_row(tmp_path, column, value):
    bad = prepared(tmp_path, f"id,text,{column}\n9,Hố,{value}\n")[0]
    assert isinstance(bad, BadRow)
    assert bad.reason.startswith(f"{column}: ")
    assert bad.row_id == "9"


@pytest.mark.parametrize("line", ["{", "[]", '"Hố"', "5"])
def test_a_line_that_is_no_object_is_a_bad_row(tmp_path, line):
    good, bad = prepared(tmp_path, '{"text": "Hố"}\n' + line + "\n", "rows.jsonl")
    assert isinstance(good, ReadyRow)
    assert isinstance(bad, BadRow)
    assert bad.line == 2


def test_keys_follow_from_content_id_and_number_among_the_same(tmp_path):
    text = "id,text\n1,Hố\n1,Hố\n2,Hố\n1,Đèn\n"
    keys = [row.key for row in prepared(tmp_path, text)]
    assert len(set(keys)) == 4
    assert keys == [row.key for row in prepared(tmp_path, text)]
    # Another order among other rows changes no key.
    assert set(keys) == {row.key for row in prepared(tmp_path, "id,text\n1,Đèn\n2,Hố\n1,Hố\n1,Hố\n")}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("rows.xlsx", b"", ".csv"),
        ("rows.csv", b"", "text"),
        ("rows.csv", b"text\n", "text"),
        ("rows.csv", b"noi dung\nHo\n", "text"),
        ("rows.jsonl", b"", "text"),
        ("rows.jsonl", b'{"words": "Ho"}\n', "text"),
        ("rows.csv", "text\nHố\n".encode("utf-16"), "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_one_sentence(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=says) as told:
        read_rows(path)
    assert "\n" not in str(told.value)


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(UnreadableFileError, match="no such file"):
        read_rows(tmp_path / "rows.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_rows(tmp_path / "folder.csv")


@pytest.mark.parametrize(
    ("typed", "code"),
    [("24133", "24133"), (" 24133 ", "24133"), ("P. Buôn Ma Thuột", None), ("BUON MA THUOT", "24133"), ("", None)],
)
def test_units_are_found_by_code_or_todays_name(typed, code):
    found = FIND_UNIT(typed)
    assert (found.code if found else None) == code


def test_every_unit_is_found_by_its_own_full_name():
    for unit in territory().units:
        assert FIND_UNIT(unit.full_name) == unit
