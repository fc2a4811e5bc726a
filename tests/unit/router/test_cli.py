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
        "  found “xã Ea Tam” (xã cũ: Xã Tam Giang): quyết định",
        "  found “huyện Krông Năng” (huyện cũ: Xã Krông Năng, Xã Dliê Ya, Xã Tam Giang, Xã Phú Xuân): thu hẹp",
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
    assert lines[3:5] == ["  or Xã Sông Hinh (22207) 0.45", "  or Xã Đức Bình (22222) 0.45"]
    assert lines[5] == "  ask: “xã Ea Bia” là Xã Sông Hinh hoặc Xã Đức Bình?"


def test_locate_tells_a_misspelt_name_and_a_place_elsewhere() -> None:
    lines = run("locate", "ổ gà ở xã Ea Kra, tôi gọi từ Đà Nẵng").stdout.splitlines()
    assert lines[0] == "Xã Ea Kar (24373)"
    assert lines[-2:] == [
        "  found “xã Ea Kra” = Ea Kar (xã: Xã Ea Kar): quyết định",
        "  found “Đà Nẵng” (thành phố tỉnh khác): ngoài tỉnh",
    ]


@pytest.mark.parametrize(("lat", "lon"), [("nan", "108"), ("12", "inf"), ("95", "100")])
def test_locate_says_that_a_pin_is_none_and_goes_by_the_words(lat: str, lon: str) -> None:
    lines = run("locate", "xã Ea Kar", "--lat", lat, "--lon", lon).stdout.splitlines()
    assert lines[:2] == [
        "Xã Ea Kar (24373)",
        "Tọa độ ghim không dùng được. Nội dung nhắc đến “xã Ea Kar”, tức là Xã Ea Kar.",
    ]


def test_how_near_a_border_is_near_can_be_said() -> None:
    path = str(shared_data("daklak_boundaries.geojson"))
    at = ("locate", "--lat", "12.7009", "--lon", "108.0222", "--boundaries", path, "--near-border-metres")
    assert "sát ranh giới" not in run(*at, "50").stdout
    assert "sát ranh giới" in run(*at, "1500").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("locate",), "say something to locate"),
        (("locate", "x", "--lat", "12"), "give both --lat and --lon"),
        (("locate", "--file", "x.csv", "--unit", "24133"), "the rows of --file say everything"),
        (("locate", "xã Ea Kar", "--file", "x.csv"), "the rows of --file say everything"),
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


def test_locate_a_file_answers_every_row_and_names_the_pins_that_are_none(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text(
        "id,text,lat,lon,unit,place\n"
        "1,ổ gà xã Ea Kar,,,,\n"
        "2,x,abc,108,,\n"
        "3,x,12.7009,108.0222,,\n"
        "4,x,,,Phường Tân Lập,\n"
        "5,x,,,,xã Ea Bia\n"
        "6,xã Ea Kar,nan,108,,\n"
        "7,x,108.0222,12.7009,,\n"
        "8,x,12.7009,,,\n"
        "9,,,,,\n",
        encoding="utf-8",
    )
    result = run("locate", "--file", str(file))
    assert result.exit_code == 0
    assert [line.split(": ")[0].rpartition(", ")[2] for line in result.stderr.splitlines()] == [
        "line 3",
        "line 7",
        "line 9",
    ]
    assert "lat 'abc' and lon '108' are not two numbers of degrees between -180 and 180" in result.stderr
    assert result.stdout.splitlines()[0] == "id,unit,how,confidence,alternatives"
    assert [(row["id"], row["unit"], row["how"]) for row in rows(result)] == [
        ("1", "24373", "text"),
        ("2", "", "province_desk"),
        ("3", "24133", "pin"),
        ("4", "24121", "unit_named"),
        ("5", "", "province_desk"),
        ("6", "24373", "text"),
        ("7", "24133", "pin"),
        ("8", "", "province_desk"),
        ("9", "", "province_desk"),
    ]
    assert rows(result)[4]["alternatives"] == "22207:0.45;22222:0.45"
    assert run("locate", "--file", str(file)).stdout == result.stdout


def test_locate_a_file_takes_a_text_of_100_kb(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("id,text\na," + "ổ gà " * 20_000 + "xã Ea Kar\n", encoding="utf-8")
    assert [row["unit"] for row in rows(run("locate", "--file", str(file)))] == ["24373"]


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("id\n1\n", encoding="utf-8")
    result = run("locate", "--file", str(file))
    assert result.exit_code == 2
    assert "column text is missing" in result.stderr


def test_every_command_has_a_sentence_of_help() -> None:
    for commands in (app, territory_app):
        for command in commands.registered_commands:
            assert command.callback is not None
            assert command.callback.__doc__
