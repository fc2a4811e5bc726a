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

from shared.events import Channel, Kind, Urgency
from shared.territory.model import (
    Alias,
    CalendarDay,
    DayKind,
    DeadlineRule,
    Duration,
    Elsewhere,
    Office,
    OfficeDesk,
    OfficeRule,
    Policy,
    Predecessor,
    SpecialHours,
    Spot,
    SpotKind,
    Territory,
    Topic,
    TopicField,
    Unit,
    WorkingHours,
)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OWNERS = ("commune", "province", "utility")
CONDITIONS = ("kind", "topic", "field", "urgency", "channel", "unit", "needs_review", "time", "words")
# The conditions whose values are the same in every territory; "off" is outside the working hours of the unit.
CLOSED_CONDITIONS: Mapping[str, Sequence[str]] = {
    "kind": tuple(Kind),
    "urgency": tuple(Urgency),
    "channel": tuple(Channel),
    "needs_review": ("true", "false"),
    "time": ("working", "off"),
}
RULE_ENTRIES = frozenset({"id", "when", "valid_from", "valid_to", "note"})
DESK_ENTRIES = frozenset({"office", "unit", "phone", "email", "hours", "deputy", "away_from", "away_to"})
POLICY_ENTRIES = frozenset({"version", "valid_from", "offices", "deadlines", "split_second_matter", "waiting"})
LONGEST_WORDS = 100
LEAD = "lead"
MOST_OFFICES = 5
PROVINCE_DESK = "province:desk"
COMMUNE_OFFICE = "commune:office"
LONGEST_MINUTES = 400 * 24 * 60
SHORTEST_WEEK_MINUTES = 60

Value = TypeVar("Value")


class TerritoryError(Exception):
    """A pack cannot be used; the message says which file and line, and what to do.

    `line` and `problem` are the same apart, where it is known on which line it is.
    """

    def __init__(self, message: str, *, line: int | None = None, problem: str | None = None) -> None:
        """Keep all three."""
        super().__init__(message)
        self.line = line
        self.problem = problem or message


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place in a file of the pack."""

    path: Path
    line: int

    def fail(self, problem: str) -> NoReturn:
        message = f"{self.path}, line {self.line}: {problem}"
        raise TerritoryError(message, line=self.line, problem=problem)


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
        aliases=tuple(_alias(row, units) for row in _rows(folder / "aliases.csv", "alias,code")),
        neighbours=_neighbours(folder / "neighbours.csv", units),
        fields=tuple(fields.values()),
        topics=tuple(topics.values()),
        offices=tuple(offices.values()),
        calendar=tuple(_unique(_rows(folder / "calendar.csv", "day,kind,name_vi"), "day", _calendar_day).values()),
        policy=_policy(
            _yaml(folder / "policy.yaml"), {"topic": topics, "field": fields, "unit": units}, offices=offices
        ),
        special_hours=_special_hours(head, units),
        spots=tuple(
            _spot(row, units)
            for name in ("places.csv", "roads.csv")
            for row in _optional_rows(folder / name, "name,kind,codes")
        ),
        elsewhere=tuple(
            Elsewhere(name=row.text("name"), type=row.text("type"))
            for row in _optional_rows(folder / "elsewhere.csv", "name,type")
        ),
        homonyms=head.strings("homonyms") if "homonyms" in head.values else (),
        desks=read_desks(folder / "desks.yaml") if (folder / "desks.yaml").exists() else (),
    )


def read_policy(path: Path | str, territory: Territory) -> Policy:
    """Read rules from a file of their own, for a territory; raises `TerritoryError` for the first thing wrong."""
    return read_policy_text(_read(Path(path)), territory, name=str(path))


def read_policy_text(text: str, territory: Territory, *, name: str) -> Policy:
    """Read rules from their text, called `name` in what is said of it; raises `TerritoryError` likewise."""
    codes = {"topic": territory.topic_by_code, "field": territory.field_by_code, "unit": territory.unit_by_code}
    return _policy(_yaml_text(Path(name), text), codes, offices=territory.office_by_id)


def read_desks(path: Path | str) -> tuple[OfficeDesk, ...]:
    """Read the desks of offices from a file; raises `TerritoryError` for what cannot be read.

    Whether offices and units are known is for those to say who know them.
    """
    head = _yaml(Path(path))
    _need_known_entries(head, frozenset({"desks"}), of="file of desks")
    return tuple(map(_desk, head.entries("desks"))) if head.values.get("desks") != [] else ()


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


def _optional_rows(path: Path, columns: str) -> Iterator[_Entry]:
    return _rows(path, columns) if path.exists() else iter(())


class _LineLoader(yaml.SafeLoader):
    """A safe loader that leaves dates as text, notes the line of every mapping and knows no aliases.

    A few aliases of aliases are enough to say more than fits into memory.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse what stands for something written elsewhere."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "an alias (*); write out what it stands for", mark)
        return super().compose_node(parent, index)


def _mapping_with_line(loader: _LineLoader, node: yaml.MappingNode) -> dict[str, Any]:
    mapping: dict[str, Any] = {str(key): value for key, value in loader.construct_mapping(node, deep=True).items()}
    mapping[""] = node.start_mark.line + 1
    return mapping


def _date_as_text(loader: _LineLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_LineLoader.add_constructor("tag:yaml.org,2002:map", _mapping_with_line)
_LineLoader.add_constructor("tag:yaml.org,2002:timestamp", _date_as_text)


def _yaml(path: Path) -> _Entry:
    return _yaml_text(path, _read(path))


def _yaml_text(path: Path, text: str) -> _Entry:
    try:
        value = yaml.load(text, _LineLoader)  # noqa: S506 the loader is a safe one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        _Spot(path, line).fail(f"not valid YAML: {error.problem}; correct the line")
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        _Spot(path, line).fail("not valid YAML: a character that no text has; remove it")
    except RecursionError:
        _Spot(path, 1).fail("not valid YAML: nested too deep; write it flat")
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
    found: dict[tuple[str, str, str], tuple[_Entry, list[str]]] = {}
    columns = "old_code,type,name,district_type,district,province,new_code,split"
    for row in _rows(path, columns):
        _, new_codes = found.setdefault((row.text("old_code"), row.text("type"), row.text("name")), (row, []))
        new_codes.append(row.reference("new_code", units, "units.csv"))
    for row, new_codes in found.values():
        if (row.text("split") == "1") != (len(new_codes) > 1):
            row.spot.fail(f"'split' does not agree with the {len(new_codes)} new unit(s) listed; correct one of them")
    return tuple(
        Predecessor(
            old_code=old_code,
            type=row.text("type"),
            name=row.text("name"),
            district_type=row.optional_text("district_type") or "",
            district=row.optional_text("district") or "",
            province=row.text("province"),
            new_codes=tuple(sorted(new_codes)),
        )
        for (old_code, _, _), (row, new_codes) in found.items()
    )


def _alias(row: _Entry, units: Mapping[str, Unit]) -> Alias:
    former = row.optional_text("former")
    if former not in {None, "0", "1"}:
        row.spot.fail(f"'former' is {former!r}; write 1 for a name of before, or leave it empty")
    return Alias(row.text("alias"), row.reference("code", units, "units.csv"), former=former == "1")


def _spot(row: _Entry, units: Mapping[str, Unit]) -> Spot:
    codes = tuple(code.strip() for code in row.text("codes").split(";"))
    for code in codes:
        if code not in units:
            row.spot.fail(f"'codes' names {code!r}, which units.csv does not have; correct it or add it there")
    return Spot(row.text("name"), SpotKind(row.one_of("kind", tuple(SpotKind))), codes)


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
    days = sorted({_weekday(entry, day) for day in entry.strings("days")})
    other_days = []
    if "other_days" in entry.values:
        others = entry.mapping("other_days")
        other_days = [(_weekday(others, day), _intervals(others, day)) for day in others.values]
        if both := sorted({WEEKDAYS[day] for day, _ in other_days if day in days}):
            others.spot.fail(f"{', '.join(both)} is in 'days' too; name a day in one of the two")
    intervals = _intervals(entry, "intervals")
    week = [interval for _ in days for interval in intervals] + [one for _, day in other_days for one in day]
    if sum((e.hour - s.hour) * 60 + e.minute - s.minute for s, e in week) < SHORTEST_WEEK_MINUTES:
        entry.spot.fail(f"a week needs at least {SHORTEST_WEEK_MINUTES} minutes of working time; correct 'intervals'")
    return WorkingHours(tuple(days), intervals, tuple(sorted(other_days)))


def _special_hours(head: _Entry, units: Mapping[str, Unit]) -> tuple[SpecialHours, ...]:
    if "special_hours" not in head.values:
        return ()
    return tuple(_special(entry, units) for entry in head.entries("special_hours"))


def _special(entry: _Entry, units: Mapping[str, Unit]) -> SpecialHours:
    codes = entry.strings("units") if "units" in entry.values else ()
    for code in codes:
        if code not in units:
            entry.spot.fail(f"'units' names {code!r}, which units.csv does not have; correct it or add it there")
    valid_from, valid_to = _days(entry)
    if not codes and not valid_from and not valid_to:
        entry.spot.fail("hours of all units for good are 'working_hours'; name 'units', 'valid_from' or 'valid_to'")
    return SpecialHours(codes, _working_hours(entry), valid_from, valid_to)


def _weekday(entry: _Entry, day: str) -> int:
    if day not in WEEKDAYS:
        entry.spot.fail(f"{day!r} is not a day; use {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(day)


def _intervals(entry: _Entry, name: str) -> tuple[tuple[time, time], ...]:
    intervals = tuple(_interval(entry, text) for text in entry.strings(name))
    ends = [moment for interval in intervals for moment in interval]
    if ends != sorted(set(ends)):
        entry.spot.fail(f"'{name}' must follow one another without touching, the earliest first")
    return intervals


def _interval(entry: _Entry, text: str) -> tuple[time, time]:
    start, _, end = text.partition("-")
    try:
        return time.fromisoformat(start.strip()), time.fromisoformat(end.strip())
    except ValueError:
        entry.spot.fail(f"interval {text!r} must look like '07:30-11:30'")


# --- desks of offices ----------------------------------------------------------------------------------------------


def _desk(entry: _Entry) -> OfficeDesk:
    _need_known_entries(entry, DESK_ENTRIES, of="desk")
    for name in ("office", "unit", "phone", "email", "deputy"):
        if not isinstance(entry.values.get(name, ""), str):
            entry.spot.fail(f"'{name}' is {entry.values[name]!r}; put it in quotes")
    hours = entry.mapping("hours") if "hours" in entry.values else None
    if hours is not None:
        _need_known_entries(hours, frozenset({"days", "intervals", "other_days"}), of="week")
    return OfficeDesk(
        office=entry.text("office"),
        unit_code=entry.optional_text("unit") or "",
        phone=entry.optional_text("phone"),
        email=entry.optional_text("email"),
        hours=_working_hours(hours) if hours is not None else None,
        deputy=entry.optional_text("deputy"),
        away_from=entry.optional_day("away_from"),
        away_to=entry.optional_day("away_to"),
    )


# --- policy --------------------------------------------------------------------------------------------------------


def _policy(head: _Entry, codes: Mapping[str, Mapping[str, object]], *, offices: Mapping[str, Office]) -> Policy:
    _need_known_entries(head, POLICY_ENTRIES, of="policy")
    return Policy(
        version=head.text("version"),
        valid_from=head.day("valid_from"),
        offices=tuple(
            _unique(head.entries("offices"), "id", lambda entry: _office_rule(entry, codes, offices)).values()
        ),
        deadlines=tuple(_unique(head.entries("deadlines"), "id", lambda entry: _deadline_rule(entry, codes)).values()),
        split_second_matter=_split(head),
        waiting_limit=_waiting_limit(head),
    )


def _waiting_limit(head: _Entry) -> Duration | None:
    if "waiting" not in head.values:
        return None
    waiting = head.mapping("waiting")
    if set(waiting.values) != {"limit"}:
        waiting.spot.fail("'waiting' must say its limit: {limit: {working_minutes: n}}")
    return _duration(waiting, "limit")


def _split(head: _Entry) -> bool:
    split = head.values.get("split_second_matter", False)
    if not isinstance(split, bool):
        head.spot.fail(f"'split_second_matter' is {split!r}; write true or false")
    return split


def _office_rule(entry: _Entry, codes: Mapping[str, Mapping[str, object]], offices: Mapping[str, Office]) -> OfficeRule:
    _need_known_entries(entry, RULE_ENTRIES | {"to"})
    valid_from, valid_to = _days(entry)
    return OfficeRule(
        id=entry.text("id"),
        when=_conditions(entry, codes),
        office=_to(entry, offices),
        valid_from=valid_from,
        valid_to=valid_to,
        note=entry.optional_text("note"),
    )


def _to(entry: _Entry, offices: Mapping[str, Office]) -> str | tuple[str | None, ...] | None:
    several = isinstance(entry.values.get("to"), list)
    names = entry.strings("to") if several else (entry.text("to"),)
    for name in names:
        if name != LEAD and name not in offices:
            entry.spot.fail(f"'to' is {name!r}, which offices.yaml does not have; correct it or add it there")
    if len(names) != len(set(names)):
        entry.spot.fail("'to' names an office twice; name each once, the one that leads first")
    if len(names) > MOST_OFFICES:
        entry.spot.fail(f"'to' names {len(names)} offices; name at most {MOST_OFFICES}")
    meant = tuple(None if name == LEAD else name for name in names)
    return meant if len(meant) > 1 else meant[0]


def _deadline_rule(entry: _Entry, codes: Mapping[str, Mapping[str, object]]) -> DeadlineRule:
    _need_known_entries(entry, RULE_ENTRIES | {"accept", "resolve"})
    valid_from, valid_to = _days(entry)
    return DeadlineRule(
        id=entry.text("id"),
        when=_conditions(entry, codes),
        accept=_duration(entry, "accept"),
        resolve=_duration(entry, "resolve"),
        valid_from=valid_from,
        valid_to=valid_to,
        note=entry.optional_text("note"),
    )


def _need_known_entries(entry: _Entry, known: frozenset[str], *, of: str = "rule") -> None:
    for name in entry.values:
        if name not in known:
            entry.spot.fail(f"a {of} has no {name!r}; use {', '.join(sorted(known))}")


def _days(entry: _Entry) -> tuple[date | None, date | None]:
    valid_from, valid_to = entry.optional_day("valid_from"), entry.optional_day("valid_to")
    if valid_from and valid_to and valid_to < valid_from:
        entry.spot.fail(f"'valid_to' {valid_to} is before 'valid_from' {valid_from}; exchange them")
    return valid_from, valid_to


def _conditions(entry: _Entry, codes: Mapping[str, Mapping[str, object]]) -> dict[str, tuple[str, ...]]:
    if "when" not in entry.values:
        return {}
    when = entry.mapping("when")
    conditions = {}
    for name in when.values:
        if name not in CONDITIONS:
            when.spot.fail(f"condition {name!r} is unknown; use {', '.join(CONDITIONS)}")
        values = tuple(_as_meant(name, value) for value in when.strings(name))
        if name == "words" and any(isinstance(value, bool) for value in when.values[name]):
            when.spot.fail("condition 'words' has a value that YAML reads as yes or no; put it in quotes")
        for value in values:
            if name in codes and value not in codes[name]:
                when.spot.fail(f"condition {name!r} names {value!r}, which the territory does not have; correct it")
            if name in CLOSED_CONDITIONS and value not in CLOSED_CONDITIONS[name]:
                when.spot.fail(f"condition {name!r} names {value!r}; use {', '.join(CLOSED_CONDITIONS[name])}")
            if name == "words" and not (any(letter.isalnum() for letter in value) and len(value) <= LONGEST_WORDS):
                when.spot.fail(f"condition 'words' names {value!r}; write words, at most {LONGEST_WORDS} characters")
        conditions[name] = values
    return conditions


def _as_meant(name: str, value: str) -> str:
    """Undo what YAML makes of true and of an off without quotes."""
    if name == "time" and value == str(False):
        return "off"
    return value.lower() if name == "needs_review" else value


def _duration(entry: _Entry, name: str) -> Duration:
    duration = entry.mapping(name)
    if set(duration.values) not in ({"minutes"}, {"working_minutes"}):
        duration.spot.fail(f"'{name}' must be {{minutes: n}} (round the clock) or {{working_minutes: n}}")
    unit = next(iter(duration.values))
    minutes = duration.number(unit, above=0, below=LONGEST_MINUTES)
    if minutes != int(minutes):
        duration.spot.fail(f"'{unit}' of '{name}' must be whole minutes")
    return Duration(minutes=int(minutes), working=unit == "working_minutes")
