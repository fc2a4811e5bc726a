"""The territory pack: what it holds, how it is looked up, and what is said when it is broken."""

import csv
import shutil
from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest

from shared.territory import DayKind, Duration, TerritoryError, load_territory
from tests.support.placing import PACK, pack


def test_the_pack_holds_the_province() -> None:
    territory = pack()
    assert (territory.id, territory.name_vi, territory.timezone) == ("daklak", "Tỉnh Đắk Lắk", "Asia/Ho_Chi_Minh")
    assert len(territory.units) == 102
    assert [sum(unit.type == kind for unit in territory.units) for kind in ("xã", "phường")] == [88, 14]
    assert len(territory.predecessors) == 286
    assert sum(old.split for old in territory.predecessors) == 8
    assert len(territory.neighbours) == 264
    assert (len(territory.topics), len(territory.fields)) == (47, 15)
    assert {topic.field for topic in territory.topics} == {field.code for field in territory.fields}
    assert {old.province for old in territory.predecessors} == set(territory.former_provinces)
    assert all(unit.code in territory.predecessors_by_unit for unit in territory.units)
    assert all(territory.predecessors_by_unit[unit.code] for unit in territory.units)


def test_the_pack_ships_no_geometry() -> None:
    names = {path.suffix for path in PACK.iterdir()}
    assert names == {".csv", ".yaml", ".md"}
    assert sum(path.stat().st_size for path in PACK.iterdir()) < 150_000


def test_names_are_looked_up_by_code_in_both_languages_and_unknown_codes_are_shown() -> None:
    territory = pack()
    assert territory.unit("24133").full_name == territory.unit_name("24133") == "Phường Buôn Ma Thuột"
    assert territory.unit_name(None, missing="—") == "—"
    assert territory.unit_name("1") == "1"
    assert territory.topic("noise").lead_office == "commune:police"
    assert [territory.topic_name("noise", language) for language in ("vi", "en")] == ["Tiếng ồn", "Noise"]
    assert territory.topic_name("gone") == "gone"
    assert territory.office("utility:power").owner == "utility"
    assert [territory.office_name("commune:office", language) for language in ("vi", "en")] == [
        "Văn phòng HĐND và UBND",
        "Office of the People's Council and Committee",
    ]
    assert territory.office_name("gone:gone") == "gone:gone"
    assert territory.field_by_code["land"].name_vi == "Đất đai"
    assert "24121" in territory.neighbours_by_code["24133"]
    assert "24133" in territory.neighbours_by_code["24121"]
    with pytest.raises(KeyError):
        territory.unit("1")


def test_the_calendar_and_the_policy_are_plain_values() -> None:
    territory = pack()
    kinds = {day.day.isoformat(): day.kind for day in territory.calendar}
    assert (kinds["2026-01-02"], kinds["2026-01-10"]) == (DayKind.OFF, DayKind.WORKING)
    assert all(day.source for day in territory.calendar)
    emergency, normal = territory.policy.deadlines[0], territory.policy.deadlines[-1]
    assert (emergency.accept, emergency.resolve) == (Duration(60, working=False), Duration(1440, working=False))
    assert (normal.id, normal.when) == ("normal", {})


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    shutil.copytree(PACK, folder)
    return folder


def replace_in(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "units.csv").unlink(), r"units\.csv is missing; a territory pack needs it"),
        (lambda folder: (folder / "units.csv").write_bytes(b"\xff"), r"units\.csv is not UTF-8 \(byte 0\)"),
        (replace_in("units.csv", "area_km2", "area"), r"units\.csv, line 1: column area_km2 is missing"),
        (replace_in("units.csv", "33.77", "big"), r"units\.csv, line 2: 'area_km2' is 'big'; write a number"),
        (replace_in("units.csv", "33.77", "0"), r"units\.csv, line 2: 'area_km2' is 0; it must be above 0"),
        (replace_in("units.csv", "22045,", "22015,"), r"units\.csv, line 3: 'code' '22015' appears a second time"),
        (replace_in("units.csv", "Phường Tuy Hòa", ""), r"units\.csv, line 2: 'full_name' is empty; fill it in"),
        (replace_in("units.csv", "22045,phường,", "22045,"), r"units\.csv, line 3: the number of values differs"),
        (
            replace_in("predecessors.csv", "22015,0", "99999,0"),
            r"predecessors\.csv, line 2: 'new_code' is '99999', which units\.csv",
        ),
        (
            replace_in("predecessors.csv", "22015,0", "22015,1"),
            r"predecessors\.csv, line 2: 'split' does not agree with the 1",
        ),
        (
            replace_in("topics.csv", "commune:economy", "commune:gone"),
            r"topics\.csv, line 2: 'lead_office' is 'commune:gone'",
        ),
        (replace_in("calendar.csv", "2025-01-01", "1 Jan"), r"calendar\.csv, line 2: 'day' is '1 Jan'; write a date"),
        (replace_in("calendar.csv", "2025-01-01", ""), r"calendar\.csv, line 2: 'day' is empty"),
        (replace_in("calendar.csv", ",off,", ",holiday,"), r"line 2: 'kind' is 'holiday'; use one of off, working"),
        (
            replace_in("offices.yaml", "commune:military", "army:x"),
            r"offices\.yaml, line \d+: office id 'army:x' must be",
        ),
        (
            replace_in("offices.yaml", "province:desk", "province:desk2"),
            r"offices\.yaml, line 1: office 'province:desk' is missing",
        ),
        (replace_in("offices.yaml", "offices:", "offices: ["), r"offices\.yaml, line \d+: not valid YAML"),
        (lambda folder: (folder / "offices.yaml").write_text("- 1"), r"offices\.yaml, line 1: must be a mapping"),
        (lambda folder: (folder / "offices.yaml").write_text("offices: 1"), r"'offices' must be a list of mappings"),
        (replace_in("policy.yaml", "minutes: 60", "hours: 1"), r"policy\.yaml, line \d+: 'accept' must be"),
        (
            replace_in("policy.yaml", "minutes: 60", "minutes: 0"),
            r"policy\.yaml, line \d+: 'minutes' is 0; it must be above 0",
        ),
        (replace_in("policy.yaml", "minutes: 60", "minutes: 1.5"), r"'minutes' of 'accept' must be whole minutes"),
        (replace_in("policy.yaml", "{minutes: 60}", "60"), r"'accept' must be a mapping"),
        (
            replace_in("policy.yaml", "urgency: [emergency]", "mood: [bad]"),
            r"policy\.yaml, line \d+: condition 'mood' is unknown",
        ),
        (replace_in("policy.yaml", "[electricity,", "[electrics,"), r"condition 'topic' names 'electrics'"),
        (replace_in("policy.yaml", "urgency: [emergency]", "urgency: []"), r"'urgency' must be a list, not empty"),
        (replace_in("policy.yaml", "to: commune:office", "to: commune:x"), r"'to' is 'commune:x', which offices\.yaml"),
        (replace_in("policy.yaml", "id: courtesy", "id: legal_track"), r"'id' 'legal_track' appears a second time"),
        (
            replace_in("territory.yaml", "Asia/Ho_Chi_Minh", "Asia/Nowhere"),
            r"territory\.yaml, line \d+: 'timezone' is 'Asia/Nowhere'",
        ),
        (replace_in("territory.yaml", "monday", "mon"), r"'mon' is not a day; use monday"),
        (replace_in("territory.yaml", "07:30-11:30", "07:30"), r"interval '07:30' must look like '07:30-11:30'"),
        (replace_in("territory.yaml", "13:30-17:00", "11:30-17:00"), r"'intervals' must follow one another"),
        (
            replace_in("territory.yaml", "[2025, 2026, 2027]", "[2025, 2027]"),
            r"'calendar_years' must be years in a row",
        ),
        (replace_in("territory.yaml", "[2025, 2026, 2027]", "[soon]"), r"'calendar_years' must be a list of years"),
        (
            replace_in("territory.yaml", "former_provinces: [Đắk Lắk, Phú Yên]", ""),
            r"'former_provinces' must be a list",
        ),
    ],
)
def test_a_broken_pack_says_which_file_and_line_and_what_to_do(
    copy: Path, change: Callable[[Path], None], said: str
) -> None:
    change(copy)
    with pytest.raises(TerritoryError, match=said):
        load_territory(copy)


SPECIAL_HOURS = """
special_hours:
  - units: [24133]
    days: [monday, tuesday]
    intervals: ["07:00-11:00"]
    other_days: {saturday: ["08:00-10:00", "13:00-14:00"]}
  - days: [monday]
    intervals: ["08:00-12:00"]
    valid_from: 2026-11-01
    valid_to: 2027-02-28
"""


def append(text: str, name: str = "territory.yaml") -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8") as opened:
            opened.write(text)

    return change


def test_hours_can_differ_by_unit_by_date_and_by_day(copy: Path) -> None:
    assert pack().special_hours == ()
    append(SPECIAL_HOURS)(copy)
    own, winter = load_territory(copy).special_hours
    assert (own.units, own.valid_from, own.valid_to) == (("24133",), None, None)
    assert own.hours.days == (0, 1)
    assert own.hours.other_days == ((5, ((time(8), time(10)), (time(13), time(14)))),)
    assert winter.units == ()
    assert (winter.valid_from, winter.valid_to) == (date(2026, 11, 1), date(2027, 2, 28))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[24133]", "[1]", r"territory\.yaml, line \d+: 'units' names '1', which units\.csv does not have"),
        ("saturday", "sat", r"line \d+: 'sat' is not a day; use monday"),
        ("saturday", "monday", r"monday is in 'days' too; name a day in one of the two"),
        ("13:00-14:00", "10:00-14:00", r"'saturday' must follow one another without touching"),
        ("2027-02-28", "2026-02-28", r"'valid_to' 2026-02-28 is before 'valid_from' 2026-11-01; exchange them"),
        ("08:00-12:00", "08:00-08:59", r"a week needs at least 60 minutes of working time"),
        ("- units: [24133]\n    days", "- days", r"hours of all units for good are 'working_hours'; name 'units'"),
        (" days: [monday]", " weekdays: [monday]", r"'days' must be a list"),
    ],
)
def test_special_hours_that_cannot_be_used_say_where_and_why(copy: Path, old: str, new: str, said: str) -> None:
    assert old in SPECIAL_HOURS
    append(SPECIAL_HOURS.replace(old, new))(copy)
    with pytest.raises(TerritoryError, match=said):
        load_territory(copy)


def test_a_path_that_is_no_folder_is_told() -> None:
    with pytest.raises(TerritoryError, match="is not a folder"):
        load_territory("nowhere")


def test_rules_can_be_dated(copy: Path) -> None:
    replace_in("policy.yaml", "  - id: low\n", "  - id: low\n    valid_from: 2026-01-01\n    valid_to: 2026-12-31\n")(
        copy
    )
    low = next(rule for rule in load_territory(copy).policy.deadlines if rule.id == "low")
    assert [day.isoformat() for day in (low.valid_from, low.valid_to) if day] == ["2026-01-01", "2026-12-31"]


def test_every_row_of_the_csv_files_is_read() -> None:
    def rows(name: str) -> int:
        with (PACK / name).open(encoding="utf-8", newline="") as opened:
            return sum(1 for _ in csv.DictReader(opened))

    territory = pack()
    assert rows("aliases.csv") == len(territory.aliases)
    assert rows("calendar.csv") == len(territory.calendar)
    assert rows("predecessors.csv") == sum(len(old.new_codes) for old in territory.predecessors)


# --- places, roads, and what lies elsewhere ------------------------------------------------------------------------


def test_places_roads_and_what_lies_elsewhere_are_read() -> None:
    territory = pack()
    by_name = {spot.name: spot for spot in territory.spots}
    assert by_name["Tháp Nhạn"].unit_codes == ("22015",)
    assert by_name["Cầu Đà Rằng"].unit_codes == ("22015", "22240")
    assert (by_name["Quốc lộ 26"].kind, by_name["Lê Duẩn"].kind) == ("road", "street")
    assert ("Đà Nẵng", "thành phố") in {(place.name, place.type) for place in territory.elsewhere}
    assert "văn hóa" in territory.homonyms
    assert {alias.name for alias in territory.aliases if alias.former} >= {"Bình Ngọc", "6"}


def test_a_pack_can_do_without_them(copy: Path) -> None:
    for name in ("places.csv", "roads.csv", "elsewhere.csv"):
        (copy / name).unlink()
    territory = load_territory(copy)
    assert (territory.spots, territory.elsewhere) == ((), ())


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        ("places.csv", "Chợ lạ,landmark,99999,\n", r"'codes' names '99999', which units.csv does not have"),
        ("roads.csv", "Đường lạ,path,22015\n", r"'kind' is 'path'; use one of landmark, road, street"),
        ("elsewhere.csv", "Huế,\n", r"'type' is empty; fill it in"),
        ("aliases.csv", "Tên lạ,22015,yes,\n", r"'former' is 'yes'; write 1 for a name of before"),
    ],
)
def test_a_place_that_cannot_be_used_says_where_and_why(copy: Path, name: str, row: str, said: str) -> None:
    append(row, name)(copy)
    with pytest.raises(TerritoryError, match=rf"{name}, line \d+: {said}"):
        load_territory(copy)


def test_an_old_code_leads_to_its_only_successor_by_the_latest_that_is_said_of_it(copy: Path) -> None:
    territory = pack()
    found = [territory.successor(code) for code in ("24133", "22018", "22024", "99999")]
    assert found == ["24133", "22015", None, None]
    assert territory.successor("22225") == "22225"
    with (copy / "predecessors.csv").open("a", encoding="utf-8") as file:
        file.write("22018,xã,Nơi Khác,,,Đắk Lắk,24133,0\n")
    changed = load_territory(copy)
    assert changed.successor("22018") == "24133"
    assert [(old.name, old.district) for old in changed.predecessors if old.old_code == "22018"] == [
        ("2", "Tuy Hòa"),
        ("Nơi Khác", ""),
    ]
