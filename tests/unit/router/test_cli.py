"""`langnghe router ...` from the pack alone."""

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.router.entrypoints.cli import app, territory_app
from tests.support.placing import PACK, shared_data


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--territory", str(PACK)], env={"COLUMNS": "200"})


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_locate_says_the_unit_why_and_how_sure() -> None:
    result = run("locate", "Ổ gà ở xã Ea Tam, huyện Krông Năng")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Xã Tam Giang (24352)",
        "Nội dung nhắc đến “xã Ea Tam”, nay thuộc Xã Tam Giang.",
        "text, confidence 0.89",
    ]


def test_locate_a_pin_says_that_boundaries_are_approximate_and_what_else_it_could_be() -> None:
    result = run("locate", "--lat", "12.66", "--lon", "108.05")
    assert "approximate" in result.stdout
    assert "theo ranh giới khái quát" in result.stdout


def test_locate_a_pin_with_real_boundaries_is_not_approximate() -> None:
    path = shared_data("daklak_boundaries.geojson")
    result = run("locate", "--lat", "12.7009", "--lon", "108.0222", "--boundaries", str(path))
    assert result.stdout.splitlines()[1] == "Ghim nằm trong Phường Buôn Ma Thuột."
    assert "approximate" not in result.stdout


@pytest.mark.parametrize("unit", ["24373", "Xã Ea Kar", "ea kar"])
def test_locate_takes_a_unit_by_code_or_name(unit: str) -> None:
    assert run("locate", "--unit", unit).stdout.startswith("Xã Ea Kar (24373)\nNgười gửi chọn")


def test_locate_what_is_nowhere_names_the_province_desk_and_the_options() -> None:
    lines = run("locate", "--place", "xã Ea Bia").stdout.splitlines()
    assert lines[0] == "Tổ điều phối của tỉnh"
    assert lines[2] == "province_desk"
    assert lines[-2:] == ["  or Xã Sông Hinh (22207) 0.45", "  or Xã Đức Bình (22222) 0.45"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("locate",), "say something to locate"),
        (("locate", "x", "--lat", "12"), "give both --lat and --lon"),
        (("locate", "--file", "missing.csv"), "missing.csv does not exist"),
        (("locate", "x", "--boundaries", "missing.geojson"), "does not exist"),
        (("deadline", "--from", "2026-02-13T16:20"), "either --working-minutes or --working-hours"),
        (("deadline", "--working-hours", "1"), "give --from"),
        (("deadline", "--from", "yesterday", "--working-hours", "1"), "start 'yesterday' is not a time"),
        (("deadline", "--from", "2026-02-13T16:20", "--working-minutes", "0"), "must be 1 to"),
        (("deadline", "--from", "2026-02-13T16:20", "--working-minutes", "-5"), "must be 1 to"),
        (("deadline", "--from", "2026-02-13T16:20", "--working-hours", "0.001"), "not a whole number of minutes"),
        (("deadline", "--from", "1950-02-13T16:20", "--working-hours", "1"), "outside the calendar"),
        (("deadline", "--from", "0001-01-01T00:00", "--working-hours", "1"), "outside the calendar"),
        (("deadline", "--from", "[/]", "--working-hours", "1"), "start '[/]' is not a time"),
        (("deadline", "--file", "[/].csv"), "[/].csv does not exist"),
        (("locate", "--file", "[/].csv"), "[/].csv does not exist"),
        (("locate", "x", "--boundaries", "[/b].geojson"), "[/b].geojson does not exist"),
    ],
)
def test_wrong_questions_get_a_sentence_and_status_2(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""


def test_a_missing_pack_is_told() -> None:
    result = CliRunner().invoke(app, ["locate", "x", "--territory", "nowhere"])
    assert result.exit_code == 2
    assert "nowhere is not a folder; name that of a territory pack with --territory" in " ".join(result.stderr.split())


def test_locate_a_file_answers_every_good_row_and_names_the_bad_ones(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text(
        "id,text,lat,lon,unit,place\n"
        "1,ổ gà xã Ea Kar,,,,\n"
        "2,x,abc,108,,\n"
        "3,x,12.7009,108.0222,,\n"
        "4,x,,,Phường Tân Lập,\n"
        "5,x,,,,xã Ea Bia\n"
        "6,x,nan,108,,\n",
        encoding="utf-8",
    )
    result = run("locate", "--file", str(file))
    assert result.exit_code == 1
    assert "line 3: lat 'abc' is not a number of degrees" in result.stderr
    assert "line 7: lat 'nan'" in result.stderr
    assert [(row["id"], row["unit"], row["how"]) for row in rows(result)] == [
        ("1", "24373", "text"),
        ("3", "24133", "pin"),
        ("4", "24121", "unit_named"),
        ("5", "", "province_desk"),
    ]
    assert rows(result)[3]["alternatives"] == "22207:0.45;22222:0.45"


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("id\n1\n", encoding="utf-8")
    result = run("locate", "--file", str(file))
    assert result.exit_code == 2
    assert "column text is missing" in result.stderr


def test_deadline_counts_step_by_step_over_tet() -> None:
    result = run("deadline", "--from", "2026-02-13T16:20", "--working-hours", "24")
    lines = result.stdout.splitlines()
    assert lines[0] == "from Fri 2026-02-13 16:20 (Asia/Ho_Chi_Minh)"
    assert lines[1] == "  Fri 2026-02-13 16:20 - 17:00      40 min,   1400 left"
    assert lines[2] == "  Mon 2026-02-16 not counted: Giao thừa Tết Nguyên Đán"
    assert lines[6] == "  Fri 2026-02-20 not counted: Mùng bốn Tết Nguyên Đán"
    assert lines[7] == "  Mon 2026-02-23 07:30 - 11:30     240 min,   1160 left"
    assert lines[-1] == "due Thu 2026-02-26 08:20, in UTC 2026-02-26T01:20:00+00:00"


def test_deadline_names_the_holiday_it_starts_on() -> None:
    lines = run("deadline", "--from", "2026-01-01T10:00", "--working-hours", "1").stdout.splitlines()
    assert lines[1] == "  Thu 2026-01-01 not counted: Tết Dương lịch"


def test_deadline_names_a_make_up_saturday_and_warns_beyond_the_calendar() -> None:
    saturday = run("deadline", "--from", "2026-01-10T08:00", "--working-minutes", "30").stdout
    assert "Làm bù cho 02/01/2026" in saturday
    assert "the calendar ends with 2027" not in saturday
    assert (
        "the calendar ends with 2027" in run("deadline", "--from", "2028-01-10T08:00", "--working-minutes", "9").stdout
    )


def test_deadline_reads_an_offset_and_a_file(tmp_path: Path) -> None:
    assert (
        "due Tue 2026-11-17 08:00" in run("deadline", "--from", "2026-11-17T00:30Z", "--working-minutes", "30").stdout
    )
    file = tmp_path / "in.csv"
    file.write_text(
        "id,start,working_minutes\na,2026-11-17T11:00,30\nb,2026-11-17T11:00,0\nc,soon,5\nd,2026-11-17T11:00,x\n",
        encoding="utf-8",
    )
    result = run("deadline", "--file", str(file))
    assert result.exit_code == 1
    assert rows(result) == [{"id": "a", "due": "2026-11-17T11:30:00+07:00"}]
    assert [f"line {line}" in result.stderr for line in (3, 4, 5)] == [True] * 3


def test_every_command_has_a_sentence_of_help() -> None:
    for commands in (app, territory_app):
        for command in commands.registered_commands:
            assert command.callback is not None
            assert command.callback.__doc__
