"""Read a territory pack from its folder; whatever is wrong is said with file, line and what to do."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import yaml

from shared.territory.model import (
    Alias,
    CalendarDay,
    DayKind,
    DeadlineRule,
    Duration,
    Office,
    OfficeRule,
    Policy,
    Predecessor,
    Territory,
    Topic,
    TopicField,
    Unit,
    WorkingHours,
)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OWNERS = ("commune", "province", "utility")
CONDITIONS = ("kind", "topic", "field", "urgency", "channel", "unit", "needs_review")
LEAD = "lead"
PROVINCE_DESK = "province:desk"
COMMUNE_OFFICE = "commune:office"
LONGEST_MINUTES = 400 * 24 * 60

Value = TypeVar("Value")


class TerritoryError(Exception):
    """A pack cannot be used; the message says which file and line, and what to do."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place in a file of the pack."""

    path: Path
    line: int

    def fail(self, problem: str) -> NoReturn:
        message = f"{self.path}, line {self.line}: {problem}"
        raise TerritoryError(message)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One row of a CSV file or one mapping of a YAML file, with where it stands."""

    spot: _Spot
    values: Mapping[str, Any]

    def optional_text(self, name: str) -> str | None:
        value = self.values.get(name)
        return str(value).strip() or None if value is not None else None

    def text(self, name: str) -> str:
        return self.optional_text(name) or self.spot.fail(f"'{name}' is empty; fill it in")

    def number(self, name: str, *, above: float, below: float) -> float:
        text = self.text(name)
        try:
            number = float(text)
        except ValueError:
            self.spot.fail(f"'{name}' is {text!r}; write a number")
        if not above < number < below:
            self.spot.fail(f"'{name}' is {text}; it must be above {above:g} and below {below:g}")
        return number

    def day(self, name: str) -> date:
        return self.optional_day(name) or self.spot.fail(f"'{name}' is empty; write a date such as 2026-01-02")

    def optional_day(self, name: str) -> date | None:
        text = self.optional_text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.spot.fail(f"'{name}' is {text!r}; write a date such as 2026-01-02")

    def one_of(self, name: str, known: Sequence[str]) -> str:
        text = self.text(name)
        if text not in known:
            self.spot.fail(f"'{name}' is {text!r}; use one of {', '.join(known)}")
        return text

    def reference(self, name: str, known: Mapping[str, object], defined_in: str) -> str:
        text = self.text(name)
        if text not in known:
            self.spot.fail(f"'{name}' is {text!r}, which {defined_in} does not have; correct it or add it there")
        return text

    def entries(self, name: str) -> list["_Entry"]:
        value = self.values.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            self.spot.fail(f"'{name}' must be a list of mappings, not empty")
        return [_entry(self.spot.path, item) for item in value]

    def strings(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name)
        if not isinstance(value, list) or not value:
            self.spot.fail(f"'{name}' must be a list, not empty")
        return tuple(str(item) for item in value)

    def mapping(self, name: str) -> "_Entry":
        value = self.values.get(name)
        if not isinstance(value, dict):
            self.spot.fail(f"'{name}' must be a mapping")
        return _entry(self.spot.path, value)


def load_territory(path: Path | str) -> Territory:
    """Read the pack in folder `path`; raises `TerritoryError` for the first thing that is wrong."""
    folder = Path(path)
    if not folder.is_dir():
        message = (
            f"{folder} is not a folder; give the folder of a territory pack, for example deploy/territories/daklak"
        )
        raise TerritoryError(message)
    head = _yaml(folder / "territory.yaml")
    units = _unique(_rows(folder / "units.csv", "code,type,name,full_name,lat,lon,area_km2"), "code", _unit)
    fields = _unique(head.entries("fields"), "code", _field)
    offices = _unique(_yaml(folder / "offices.yaml").entries("offices"), "id", _office)
    _need_offices(folder / "offices.yaml", offices)
    topics = _unique(
        _rows(folder / "topics.csv", "code,field,lead_office,name_vi,name_en,covers_vi"),
        "code",
        lambda row: _topic(row, fields, offices),
    )
    return Territory(
        id=head.text("id"),
        version=head.text("version"),
        valid_from=head.day("valid_from"),
        name_vi=head.text("name_vi"),
        name_en=head.text("name_en"),
        short_name_vi=head.text("short_name_vi"),
        timezone=_timezone(head),
        working_hours=_working_hours(head.mapping("working_hours")),
        calendar_years=_years(head),
        former_provinces=head.strings("former_provinces"),
        everyday_words=head.strings("everyday_words"),
        units=tuple(units.values()),
        predecessors=_predecessors(folder / "predecessors.csv", units),
        aliases=tuple(
            Alias(name=row.text("alias"), unit_code=row.reference("code", units, "units.csv"))
            for row in _rows(folder / "aliases.csv", "alias,code")
        ),
        neighbours=_neighbours(folder / "neighbours.csv", units),
        fields=tuple(fields.values()),
        topics=tuple(topics.values()),
        offices=tuple(offices.values()),
        calendar=tuple(_unique(_rows(folder / "calendar.csv", "day,kind,name_vi"), "day", _calendar_day).values()),
        policy=_policy(
            _yaml(folder / "policy.yaml"), {"topic": topics, "field": fields, "unit": units}, offices=offices
        ),
    )


# --- files ---------------------------------------------------------------------------------------------------------


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message = f"{path} is missing; a territory pack needs it"
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror}); check its permissions"
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8"
    raise TerritoryError(message)


def _rows(path: Path, columns: str) -> Iterator[_Entry]:
    reader = csv.DictReader(io.StringIO(_read(path), newline=""))
    missing = [column for column in columns.split(",") if column not in (reader.fieldnames or ())]
    if missing:
        _Spot(path, 1).fail(f"column {', '.join(missing)} is missing; the first line must name the columns")
    for row in reader:
        spot = _Spot(path, reader.line_num)
        if None in row or None in row.values():
            spot.fail("the number of values differs from the first line; check commas and quotes")
        yield _Entry(spot, row)


class _LineLoader(yaml.SafeLoader):
    """A safe loader that leaves dates as text and notes the line of every mapping."""


def _mapping_with_line(loader: _LineLoader, node: yaml.MappingNode) -> dict[str, Any]:
    mapping: dict[str, Any] = {str(key): value for key, value in loader.construct_mapping(node, deep=True).items()}
    mapping[""] = node.start_mark.line + 1
    return mapping


def _date_as_text(loader: _LineLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_LineLoader.add_constructor("tag:yaml.org,2002:map", _mapping_with_line)
_LineLoader.add_constructor("tag:yaml.org,2002:timestamp", _date_as_text)


def _yaml(path: Path) -> _Entry:
    try:
        value = yaml.load(_read(path), _LineLoader)  # noqa: S506 the loader is a safe one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        _Spot(path, line).fail(f"not valid YAML: {error.problem}; correct the line")
    if not isinstance(value, dict):
        _Spot(path, 1).fail("must be a mapping of names to values")
    return _entry(path, value)


def _entry(path: Path, mapping: Mapping[str, Any]) -> _Entry:
    return _Entry(_Spot(path, mapping[""]), {name: value for name, value in mapping.items() if name})


def _unique(
    entries: Iterator[_Entry] | Sequence[_Entry], key: str, make: Callable[[_Entry], Value]
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for entry in entries:
        name = entry.text(key)
        if name in found:
            entry.spot.fail(f"'{key}' {name!r} appears a second time; remove one of the two")
        found[name] = make(entry)
    return found


# --- values --------------------------------------------------------------------------------------------------------


def _unit(row: _Entry) -> Unit:
    return Unit(
        code=row.text("code"),
        type=row.text("type"),
        name=row.text("name"),
        full_name=row.text("full_name"),
        name_ascii=row.text("name_ascii"),
        former_province=row.text("former_province"),
        lat=row.number("lat", above=-90, below=90),
        lon=row.number("lon", above=-180, below=180),
        area_km2=row.number("area_km2", above=0, below=1e6),
        seat=row.optional_text("seat"),
    )


def _predecessors(path: Path, units: Mapping[str, Unit]) -> tuple[Predecessor, ...]:
    found: dict[str, tuple[_Entry, list[str]]] = {}
    columns = "old_code,type,name,district_type,district,province,new_code,split"
    for row in _rows(path, columns):
        _, new_codes = found.setdefault(row.text("old_code"), (row, []))
        new_codes.append(row.reference("new_code", units, "units.csv"))
    for row, new_codes in found.values():
        if (row.text("split") == "1") != (len(new_codes) > 1):
            row.spot.fail(f"'split' does not agree with the {len(new_codes)} new unit(s) listed; correct one of them")
    return tuple(
        Predecessor(
            old_code=old_code,
            type=row.text("type"),
            name=row.text("name"),
            district_type=row.text("district_type"),
            district=row.text("district"),
            province=row.text("province"),
            new_codes=tuple(sorted(new_codes)),
        )
        for old_code, (row, new_codes) in found.items()
    )


def _neighbours(path: Path, units: Mapping[str, Unit]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (row.reference("code_a", units, "units.csv"), row.reference("code_b", units, "units.csv"))
        for row in _rows(path, "code_a,code_b")
    )


def _field(entry: _Entry) -> TopicField:
    return TopicField(code=entry.text("code"), name_vi=entry.text("name_vi"), name_en=entry.text("name_en"))


def _office(entry: _Entry) -> Office:
    office = Office(id=entry.text("id"), name_vi=entry.text("name_vi"), name_en=entry.text("name_en"))
    if office.owner not in OWNERS or not office.id.partition(":")[2]:
        entry.spot.fail(f"office id {office.id!r} must be '<owner>:<office>' with owner one of {', '.join(OWNERS)}")
    return office


def _need_offices(path: Path, offices: Mapping[str, Office]) -> None:
    for needed in (COMMUNE_OFFICE, PROVINCE_DESK):
        if needed not in offices:
            _Spot(path, 1).fail(f"office '{needed}' is missing; what no rule can decide goes there")


def _topic(row: _Entry, fields: Mapping[str, TopicField], offices: Mapping[str, Office]) -> Topic:
    return Topic(
        code=row.text("code"),
        field=row.reference("field", fields, "territory.yaml"),
        lead_office=row.reference("lead_office", offices, "offices.yaml"),
        name_vi=row.text("name_vi"),
        name_en=row.text("name_en"),
        covers_vi=row.text("covers_vi"),
    )


def _calendar_day(row: _Entry) -> CalendarDay:
    return CalendarDay(
        day=row.day("day"),
        kind=DayKind(row.one_of("kind", tuple(DayKind))),
        name_vi=row.text("name_vi"),
        name_en=row.optional_text("name_en") or row.text("name_vi"),
        source=row.optional_text("source") or "",
    )


def _timezone(head: _Entry) -> str:
    name = head.text("timezone")
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        head.spot.fail(f"'timezone' is {name!r}; write a name of the IANA time zone database such as Asia/Ho_Chi_Minh")
    return name


def _years(head: _Entry) -> tuple[int, ...]:
    try:
        years = tuple(int(year) for year in head.strings("calendar_years"))
    except ValueError:
        head.spot.fail("'calendar_years' must be a list of years such as [2025, 2026]")
    if years != tuple(range(years[0], years[0] + len(years))):
        head.spot.fail("'calendar_years' must be years in a row, the earliest first")
    return years


def _working_hours(entry: _Entry) -> WorkingHours:
    days = entry.strings("days")
    for day in days:
        if day not in WEEKDAYS:
            entry.spot.fail(f"{day!r} is not a day; use {', '.join(WEEKDAYS)}")
    intervals = tuple(_interval(entry, text) for text in entry.strings("intervals"))
    ends = [moment for interval in intervals for moment in interval]
    if ends != sorted(set(ends)):
        entry.spot.fail("'intervals' must follow one another without touching, the earliest first")
    return WorkingHours(days=tuple(sorted(WEEKDAYS.index(day) for day in set(days))), intervals=intervals)


def _interval(entry: _Entry, text: str) -> tuple[time, time]:
    start, _, end = text.partition("-")
    try:
        return time.fromisoformat(start.strip()), time.fromisoformat(end.strip())
    except ValueError:
        entry.spot.fail(f"interval {text!r} must look like '07:30-11:30'")


# --- policy --------------------------------------------------------------------------------------------------------


def _policy(head: _Entry, codes: Mapping[str, Mapping[str, object]], *, offices: Mapping[str, Office]) -> Policy:
    return Policy(
        version=head.text("version"),
        valid_from=head.day("valid_from"),
        offices=tuple(
            _unique(head.entries("offices"), "id", lambda entry: _office_rule(entry, codes, offices)).values()
        ),
        deadlines=tuple(_unique(head.entries("deadlines"), "id", lambda entry: _deadline_rule(entry, codes)).values()),
    )


def _office_rule(entry: _Entry, codes: Mapping[str, Mapping[str, object]], offices: Mapping[str, Office]) -> OfficeRule:
    office = None if entry.text("to") == LEAD else entry.reference("to", offices, "offices.yaml")
    return OfficeRule(
        id=entry.text("id"),
        when=_conditions(entry, codes),
        office=office,
        valid_from=entry.optional_day("valid_from"),
        valid_to=entry.optional_day("valid_to"),
    )


def _deadline_rule(entry: _Entry, codes: Mapping[str, Mapping[str, object]]) -> DeadlineRule:
    return DeadlineRule(
        id=entry.text("id"),
        when=_conditions(entry, codes),
        accept=_duration(entry, "accept"),
        resolve=_duration(entry, "resolve"),
        valid_from=entry.optional_day("valid_from"),
        valid_to=entry.optional_day("valid_to"),
    )


def _conditions(entry: _Entry, codes: Mapping[str, Mapping[str, object]]) -> dict[str, tuple[str, ...]]:
    if "when" not in entry.values:
        return {}
    when = entry.mapping("when")
    conditions = {}
    for name in when.values:
        if name not in CONDITIONS:
            when.spot.fail(f"condition {name!r} is unknown; use {', '.join(CONDITIONS)}")
        values = tuple(value.lower() if name == "needs_review" else value for value in when.strings(name))
        for value in values:
            if name in codes and value not in codes[name]:
                when.spot.fail(f"condition {name!r} names {value!r}, which the territory does not have; correct it")
        conditions[name] = values
    return conditions


def _duration(entry: _Entry, name: str) -> Duration:
    duration = entry.mapping(name)
    if set(duration.values) not in ({"minutes"}, {"working_minutes"}):
        duration.spot.fail(f"'{name}' must be {{minutes: n}} (round the clock) or {{working_minutes: n}}")
    unit = next(iter(duration.values))
    minutes = duration.number(unit, above=0, below=LONGEST_MINUTES)
    if minutes != int(minutes):
        duration.spot.fail(f"'{unit}' of '{name}' must be whole minutes")
    return Duration(minutes=int(minutes), working=unit == "working_minutes")
