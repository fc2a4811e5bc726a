"""`langnghe router deadline` and `langnghe territory import-calendar` as far as they need no database."""

import csv
import io
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.router.entrypoints.cli import app, territory_app
from tests.support.placing import PACK


def run(*arguments: str, pack: Path = PACK) -> Result:
    return CliRunner().invoke(app, ["deadline", *arguments, "--territory", str(pack)], env={"COLUMNS": "80"})


def lines(*arguments: str, pack: Path = PACK) -> list[str]:
    result = run(*arguments, pack=pack)
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "in.csv"


def test_a_deadline_over_tet_is_told_step_by_step() -> None:
    assert lines("--from", "2026-02-13T16:20", "--working-hours", "24") == [
        "from Fri 2026-02-13 16:20 (Asia/Ho_Chi_Minh)",
        "  Fri 2026-02-13 16:20 - 17:00      40 min,   1400 left",
        "  Sat 2026-02-14 not counted: weekend",
        "  Sun 2026-02-15 not counted: weekend",
        "  Mon 2026-02-16 not counted: Giao thừa Tết Nguyên Đán",
        "  Tue 2026-02-17 not counted: Tết Nguyên Đán",
        "  Wed 2026-02-18 not counted: Mùng hai Tết Nguyên Đán",
        "  Thu 2026-02-19 not counted: Mùng ba Tết Nguyên Đán",
        "  Fri 2026-02-20 not counted: Mùng bốn Tết Nguyên Đán",
        "  Sat 2026-02-21 not counted: weekend",
        "  Sun 2026-02-22 not counted: weekend",
        "  Mon 2026-02-23 07:30 - 11:30     240 min,   1160 left",
        "  Mon 2026-02-23 13:30 - 17:00     210 min,    950 left",
        "  Tue 2026-02-24 07:30 - 11:30     240 min,    710 left",
        "  Tue 2026-02-24 13:30 - 17:00     210 min,    500 left",
        "  Wed 2026-02-25 07:30 - 11:30     240 min,    260 left",
        "  Wed 2026-02-25 13:30 - 17:00     210 min,     50 left",
        "  Thu 2026-02-26 07:30 - 08:20      50 min,      0 left",
        "due Thu 2026-02-26 08:20, in UTC 2026-02-26T01:20:00+00:00",
    ]


def test_hours_minutes_and_parts_of_hours_say_the_same() -> None:
    for length in (("--working-hours", "1.5"), ("--working-minutes", "90"), ("--working-hours", "1.50")):
        assert lines("--from", "2026-11-17T08:00", *length)[-1].startswith("due Tue 2026-11-17 09:30,")


@pytest.mark.parametrize(("hours", "due"), [("0.55", "08:03"), ("1.1", "08:36"), ("2.3", "09:48"), ("4.35", "13:51")])
def test_parts_of_hours_that_are_whole_minutes_are_taken(hours: str, due: str) -> None:
    assert f"due Tue 2026-11-17 {due}," in lines("--from", "2026-11-17T07:30", "--working-hours", hours)[-1]


def test_a_start_after_hours_says_so() -> None:
    assert lines("--from", "2026-11-17T17:00", "--working-minutes", "30")[1:3] == [
        "  Tue 2026-11-17 not counted: outside working hours",
        "  Wed 2026-11-18 07:30 - 08:00      30 min,      0 left",
    ]


def test_a_start_on_a_holiday_names_it() -> None:
    assert lines("--from", "2026-01-01T10:00", "--working-hours", "1")[1] == (
        "  Thu 2026-01-01 not counted: Tết Dương lịch"
    )


def test_a_make_up_saturday_is_named() -> None:
    assert lines("--from", "2026-01-10T08:00", "--working-minutes", "30")[1] == (
        "  Sat 2026-01-10 08:00 - 08:30      30 min,      0 left  Làm bù cho 02/01/2026"
    )


def test_seconds_are_shown_where_there_are_any() -> None:
    assert lines("--from", "2026-11-17T11:29:30", "--working-minutes", "1") == [
        "from Tue 2026-11-17 11:29:30 (Asia/Ho_Chi_Minh)",
        "  Tue 2026-11-17 11:29:30 - 11:30    0.50 min,   0.50 left",
        "  Tue 2026-11-17 13:30 - 13:30:30    0.50 min,      0 left",
        "due Tue 2026-11-17 13:30:30, in UTC 2026-11-17T06:30:30+00:00",
    ]


def test_pauses_are_left_out_and_said() -> None:
    shown = lines(
        "--from", "2026-11-17T16:00", "--working-hours", "2",
        "--pause", "2026-11-17T16:30/2026-11-19T08:00", "--pause", "2026-11-19T08:30/2026-11-19T09:00",
    )  # fmt: skip
    assert shown[1:-1] == [
        "  paused Tue 2026-11-17 16:30 to Thu 2026-11-19 08:00",
        "  paused Thu 2026-11-19 08:30 to Thu 2026-11-19 09:00",
        "  Tue 2026-11-17 16:00 - 16:30      30 min,     90 left",
        "  Wed 2026-11-18 not counted: paused",
        "  Thu 2026-11-19 08:00 - 08:30      30 min,     60 left",
        "  Thu 2026-11-19 09:00 - 10:00      60 min,      0 left",
    ]


def test_an_emergency_runs_round_the_clock() -> None:
    assert lines(
        "--from", "2026-11-22T02:00", "--minutes", "60", "--pause", "2026-11-22T02:30/2026-11-22T02:40"
    ) == [
        "from Sun 2026-11-22 02:00 (Asia/Ho_Chi_Minh)",
        "  60 min round the clock, working time or not",
        "  paused Sun 2026-11-22 02:30 to Sun 2026-11-22 02:40",
        "due Sun 2026-11-22 03:10, in UTC 2026-11-21T20:10:00+00:00",
    ]  # fmt: skip


def test_a_deadline_beyond_the_calendar_says_that_holidays_are_missing() -> None:
    assert "the calendar ends with 2027" in "\n".join(lines("--from", "2028-01-10T08:00", "--working-minutes", "9"))
    assert "the calendar ends" not in "\n".join(lines("--from", "2027-01-11T08:00", "--working-minutes", "9"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "2026-11-17T08:00"), "either --working-minutes or --working-hours (or --minutes"),
        (("--from", "2026-11-17T08:00", "--working-minutes", "5", "--minutes", "5"), "either --working-minutes or"),
        (("--from", "2026-11-17T08:00", "--working-hours", "nan"), "not a whole number of minutes"),
        (("--from", "2026-11-17T08:00", "--working-hours", "inf"), "not a whole number of minutes"),
        (("--from", "2026-11-17T08:00", "--working-hours", "-1"), "must be 1 to 576000 minutes, not -60"),
        (("--from", "2026-11-17T08:00", "--minutes", "0"), "must be 1 to 576000 minutes, not 0"),
        (("--from", "2026-11-17T08:00", "--minutes", "9", "--pause", "soon"), "pause from 'soon' is not a time"),
        (("--from", "2026-11-17T08:00", "--minutes", "9", "--pause", "2026-11-17T08:00"), "pause to '' is not a time"),
        (
            ("--from", "2026-11-17T08:00", "--minutes", "9", "--pause", "2026-11-17T08:00/2026-11-17T07:00"),
            "a pause cannot end",
        ),
        (("--from", "2026-11-17T08:00", "--minutes", "9", "--unit", "Atlantis"), "unit 'Atlantis' is not known"),
        (("--file", "x.csv", "--from", "2026-11-17T08:00"), "leave out the other options"),
    ],
)
def test_wrong_questions_get_a_sentence_and_status_2(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert result.stdout == ""


# --- many ----------------------------------------------------------------------------------------------------------


def test_a_file_is_answered_row_by_row_in_its_order_with_offsets(file: Path) -> None:
    file.write_text(
        "id,start,working_minutes\n"
        "a,2026-02-13T16:20,1440\n"
        "b,2026-11-17T11:00,30\n"
        'c,"2026-11-17 11:00:15",31\n'
        "d,2026-11-17T00:30Z,450\n"
        "a, 2026-11-17T16:00+07:00 ,60.0\n",
        encoding="utf-8",
    )
    result = run("--file", str(file))
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        "id,due",
        "a,2026-02-26T08:20:00+07:00",
        "b,2026-11-17T11:30:00+07:00",
        "c,2026-11-17T13:31:15+07:00",
        "d,2026-11-17T17:00:00+07:00",
        "a,2026-11-17T17:00:00+07:00",
    ]
    assert all(datetime.fromisoformat(row["due"]).utcoffset() for row in rows(result))


def test_bad_rows_are_named_and_the_others_answered(file: Path) -> None:
    file.write_text(
        "id,start,working_minutes,unit\n"
        "zero,2026-11-17T11:00,0,\n"
        "below,2026-11-17T11:00,-5,\n"
        "never,soon,5,\n"
        "empty,,5,\n"
        "half,2026-11-17T11:00,1.5,\n"
        "words,2026-11-17T11:00,an hour,\n"
        "long,2026-11-17T11:00,576001,\n"
        "old,1950-01-01T00:00,5,\n"
        "where,2026-11-17T11:00,5,99999\n"
        "good,2026-11-17T11:00,5,24133\n"
        "short,2026-11-17T11:00\n",
        encoding="utf-8",
    )
    result = run("--file", str(file))
    assert result.exit_code == 1
    assert rows(result) == [{"id": "good", "due": "2026-11-17T11:05:00+07:00"}]
    named = [line for line in result.stderr.splitlines() if "line " in line]
    assert [line.split("line ")[1].split(":")[0] for line in named] == [
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "10",
        "12",
    ]
    for said in ("not 0", "not -5", "'soon' is not a time", "'1.5' is not a whole number", "unit '99999' is not known"):
        assert said in result.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,start\n1,2026-11-17T11:00\n", "column working_minutes is missing"),
        ("", "is missing"),
        ("id,start,working_minutes\n", "no rows"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(file: Path, text: str, said: str) -> None:
    file.write_text(text, encoding="utf-8")
    result = run("--file", str(file))
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


# --- hours of a unit ------------------------------------------------------------------------------------------------


@pytest.fixture
def special_pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    shutil.copytree(PACK, folder)
    with (folder / "territory.yaml").open("a", encoding="utf-8") as opened:
        opened.write(
            "\nspecial_hours:\n"
            "  - units: [24133]\n"
            "    days: [monday, tuesday, wednesday, thursday, friday]\n"
            '    intervals: ["07:00-11:00"]\n'
            '    other_days: {saturday: ["08:00-10:00"]}\n'
        )
    return folder


@pytest.mark.parametrize("unit", ["24133", "Phường Buôn Ma Thuột", "phường buôn ma thuột"])
def test_a_unit_counts_by_its_own_hours(special_pack: Path, unit: str) -> None:
    shown = lines("--from", "2026-11-20T10:30", "--working-hours", "2", "--unit", unit, pack=special_pack)
    assert shown[-1].startswith("due Sat 2026-11-21 09:30,")
    other = lines("--from", "2026-11-20T10:30", "--working-hours", "2", "--unit", "24121", pack=special_pack)
    assert other[-1].startswith("due Fri 2026-11-20 14:30,")


def test_a_file_may_name_units(special_pack: Path, file: Path) -> None:
    file.write_text(
        "id,start,working_minutes,unit\na,2026-11-20T10:30,120,24133\nb,2026-11-20T10:30,120,\n", encoding="utf-8"
    )
    result = run("--file", str(file), pack=special_pack)
    assert [row["due"] for row in rows(result)] == ["2026-11-21T09:30:00+07:00", "2026-11-20T14:30:00+07:00"]


# --- import-calendar, refused before any database is asked ----------------------------------------------------------


def test_an_unreadable_calendar_is_refused_with_every_reason(file: Path) -> None:
    file.write_text("day,kind,name_vi\nsoon,off,x\n2026-01-02,never,x\n", encoding="utf-8")
    result = CliRunner().invoke(territory_app, ["import-calendar", str(file)])
    assert result.exit_code == 2
    assert "The calendar was refused; the one in force stays." in result.stderr
    assert "line 2: 'day' is 'soon'" in result.stderr
    assert "line 3: 'kind' is 'never'" in result.stderr
