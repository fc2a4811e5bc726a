"""The words of a territory pack as frozen values, and their lookups by code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Unit:
    """A commune or ward: the lowest level of government."""

    code: str
    type: str
    name: str
    full_name: str
    name_ascii: str
    former_province: str
    lat: float
    lon: float
    area_km2: float
    seat: str | None


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A commune, ward or town of before a merger, and what became of it; one of after 2025 has no district.

    A code can be that of several in turn: the last one of a pack is the latest.
    """

    old_code: str
    type: str
    name: str
    district_type: str
    district: str
    province: str
    new_codes: tuple[str, ...]

    @property
    def split(self) -> bool:
        """Whether it went to more than one unit, so that its name alone does not decide."""
        return len(self.new_codes) > 1


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name that people use for a unit; a `former` one is of something that became part of it."""

    name: str
    unit_code: str
    former: bool = False


class SpotKind(StrEnum):
    """What a name that is no unit's is the name of."""

    LANDMARK = "landmark"
    ROAD = "road"
    STREET = "street"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that people name instead of the unit, and the units in which it lies.

    Streets of one name are found in many towns: `unit_codes` are those where a main one is.
    """

    name: str
    kind: SpotKind
    unit_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A province, a city or a district outside the territory: a unit named beside it is not ours."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class TopicField:
    """A field that groups topics."""

    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the taxonomy and the office that leads on it."""

    code: str
    field: str
    lead_office: str
    name_vi: str
    name_en: str
    covers_vi: str


@dataclass(frozen=True, slots=True)
class Office:
    """An office that can be asked to act; its id is '<owner>:<office>'."""

    id: str
    name_vi: str
    name_en: str

    @property
    def owner(self) -> str:
        """Whose office it is: 'commune', 'province' or 'utility'."""
        return self.id.partition(":")[0]


@dataclass(frozen=True, slots=True)
class OfficeDesk:
    """How an office is reached in a unit (empty: wherever it is), when it works, and which office stands in for it.

    The local dates of an absence are both included; either may be open.
    """

    office: str
    unit_code: str
    phone: str | None
    email: str | None
    hours: "WorkingHours | None"
    deputy: str | None
    away_from: date | None
    away_to: date | None


class DayKind(StrEnum):
    """How a day differs from an ordinary one of its week."""

    OFF = "off"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A public holiday, a swapped day off or a make-up working day."""

    day: date
    kind: DayKind
    name_vi: str
    name_en: str
    source: str


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The ordinary week: weekdays (Monday is 0) and half-open intervals of the day.

    `other_days` are weekdays with intervals of their own, such as a Saturday morning.
    """

    days: tuple[int, ...]
    intervals: tuple[tuple[time, time], ...]
    other_days: tuple[tuple[int, tuple[tuple[time, time], ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class SpecialHours:
    """Hours that differ from the ordinary ones: of some units or of all (no unit named), for some time or for good."""

    units: tuple[str, ...]
    hours: WorkingHours
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of minutes, of working time or round the clock."""

    minutes: int
    working: bool


@dataclass(frozen=True, slots=True)
class OfficeRule:
    """Under these conditions this office acts; None means the office that leads on the topic.

    Of several offices the first leads, and each other one gets a part of the report.
    """

    id: str
    when: Mapping[str, tuple[str, ...]]
    office: str | tuple[str | None, ...] | None
    valid_from: date | None
    valid_to: date | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """Under these conditions there is this much time to accept and to resolve."""

    id: str
    when: Mapping[str, tuple[str, ...]]
    accept: Duration
    resolve: Duration
    valid_from: date | None
    valid_to: date | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Two ordered lists of rules.

    `valid_from` is recorded with it and delays nothing: a policy is in force once it is loaded. Rules have dates of
    their own, which do decide. With `split_second_matter`, another matter that a report speaks of becomes a part of its
    own when it belongs to another office. `waiting_limit` is how long the clock stands at most while a resident is
    asked; None leaves that to the router.
    """

    version: str
    valid_from: date
    offices: tuple[OfficeRule, ...]
    deadlines: tuple[DeadlineRule, ...]
    split_second_matter: bool = False
    waiting_limit: Duration | None = None


@dataclass(frozen=True)
class Territory:
    """Everything a pack says. Lookups raise KeyError for a code the territory does not have.

    `valid_from` is recorded with units and calendar and delays nothing: a pack is in force once it is loaded.
    """

    id: str
    version: str
    valid_from: date
    name_vi: str
    name_en: str
    short_name_vi: str
    timezone: str
    working_hours: WorkingHours
    calendar_years: tuple[int, ...]
    former_provinces: tuple[str, ...]
    everyday_words: tuple[str, ...]
    units: tuple[Unit, ...]
    predecessors: tuple[Predecessor, ...]
    aliases: tuple[Alias, ...]
    neighbours: tuple[tuple[str, str], ...]
    fields: tuple[TopicField, ...]
    topics: tuple[Topic, ...]
    offices: tuple[Office, ...]
    calendar: tuple[CalendarDay, ...]
    policy: Policy
    special_hours: tuple[SpecialHours, ...] = ()
    spots: tuple[Spot, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    homonyms: tuple[str, ...] = ()
    desks: tuple[OfficeDesk, ...] = ()

    @cached_property
    def unit_by_code(self) -> Mapping[str, Unit]:
        """All units by code."""
        return MappingProxyType({unit.code: unit for unit in self.units})

    @cached_property
    def topic_by_code(self) -> Mapping[str, Topic]:
        """All topics by code."""
        return MappingProxyType({topic.code: topic for topic in self.topics})

    @cached_property
    def field_by_code(self) -> Mapping[str, TopicField]:
        """All fields by code."""
        return MappingProxyType({field.code: field for field in self.fields})

    @cached_property
    def office_by_id(self) -> Mapping[str, Office]:
        """All offices by id."""
        return MappingProxyType({office.id: office for office in self.offices})

    @cached_property
    def neighbours_by_code(self) -> Mapping[str, tuple[str, ...]]:
        """The codes of the units that share a border with a unit, sorted."""
        found: dict[str, list[str]] = {unit.code: [] for unit in self.units}
        for one, other in self.neighbours:
            found[one].append(other)
            found[other].append(one)
        return MappingProxyType({code: tuple(sorted(others)) for code, others in found.items()})

    @cached_property
    def predecessors_by_unit(self) -> Mapping[str, tuple[Predecessor, ...]]:
        """What each unit was made of."""
        found: dict[str, list[Predecessor]] = {unit.code: [] for unit in self.units}
        for predecessor in self.predecessors:
            for code in predecessor.new_codes:
                found[code].append(predecessor)
        return MappingProxyType({code: tuple(old) for code, old in found.items()})

    @cached_property
    def _latest_predecessor(self) -> Mapping[str, Predecessor]:
        return {predecessor.old_code: predecessor for predecessor in self.predecessors}

    def successor(self, code: str) -> str | None:
        """Return the unit that stands for a code today: its own, or the only one that an old unit went to.

        None for a code nobody knows, and for a unit that was split: its code alone does not decide.
        """
        if code in self.unit_by_code:
            return code
        predecessor = self._latest_predecessor.get(code)
        return predecessor.new_codes[0] if predecessor is not None and not predecessor.split else None

    def unit(self, code: str) -> Unit:
        """Look a unit up."""
        return self.unit_by_code[code]

    def topic(self, code: str) -> Topic:
        """Look a topic up."""
        return self.topic_by_code[code]

    def office(self, office_id: str) -> Office:
        """Look an office up."""
        return self.office_by_id[office_id]

    def unit_name(self, code: str | None, *, missing: str = "") -> str:
        """Name a unit as on its letterhead ("Phường Tân Lập"); an unknown code is shown as it is."""
        if code is None:
            return missing
        unit = self.unit_by_code.get(code)
        return unit.full_name if unit else code

    def topic_name(self, code: str, language: str = "vi") -> str:
        """Name a topic in 'vi' or 'en'; an unknown code is shown as it is."""
        topic = self.topic_by_code.get(code)
        return (topic.name_en if language == "en" else topic.name_vi) if topic else code

    def office_name(self, office_id: str, language: str = "vi") -> str:
        """Name an office in 'vi' or 'en'; an unknown id is shown as it is."""
        office = self.office_by_id.get(office_id)
        return (office.name_en if language == "en" else office.name_vi) if office else office_id
