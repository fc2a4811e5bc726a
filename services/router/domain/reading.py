"""What the names in a text come to: which of them count, how they narrow each other down, and what is left open.

Every name found is told with what became of it, so that a clerk can follow.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from services.router.domain.context import Cue
from services.router.domain.gazetteer import Mention
from services.router.domain.names import COMMUNE_KINDS, LOCAL_KINDS, Name, NameKind

# How sure a name makes, by the way it is written, and what takes away from that. Measured on written-out cases
# (tests/bench/places.py); from SURE_ENOUGH on a wrong unit must be rarer than one in two hundred.
SURE_ENOUGH = 0.8
SURE_TYPED = 0.97
SURE_BARE = 0.88
SURE_UNMISTAKABLE = 0.85
SURE_LOWER_CASE = 0.75
SURE_LANDMARK = 0.9
LESS_FOR_OLD_NAME = 0.03
LESS_FOR_OTHER_READINGS = 0.2
LESS_FOR_OLD_DISTRICT = 0.2
LESS_IN_FREE_TEXT = 0.05
LESS_FOR_RESPELLING = 0.06
LESS_FOR_EDITS: Mapping[int, float] = {1: 0.12}
LESS_FOR_MOST_EDITS = 0.24
# Of so few letters a misspelt name is easily another one.
SHORT_NAME = 6
LESS_FOR_SHORT_MISSPELT = 0.1
LESS_FOR_EVERYDAY = 0.15
LESS_FOR_NUMBER = 0.15
LESS_FOR_OTHER_TYPE = 0.15
LESS_FOR_OTHER_DISTRICT = 0.2
LESS_ELSEWHERE = 0.25
LESS_FOR_CONTRADICTION = 0.2
LESS_FOR_WEAK_CONTRADICTION = 0.1
LESS_FOR_CUE: Mapping[Cue, float] = {
    Cue.PERSON: 0.3,
    Cue.VILLAGE: 0.3,
    Cue.STREET: 0.25,
    Cue.BUSINESS: 0.25,
    Cue.FEATURE: 0.2,
    Cue.LONGER_NAME: 0.3,
}
# What weighs only when names contradict each other: where somebody lives or a road leads is not where it happens.
LESS_WEIGHT_FOR_CUE: Mapping[Cue, float] = {
    Cue.LIVING: 0.3,
    Cue.TOWARDS: 0.15,
    Cue.FROM: 0.15,
    Cue.NEARBY: 0.1,
}
MORE_WEIGHT_FOR_REPEAT = 0.04
CLEARLY_MORE = 0.08
FAR_MORE = 0.25
LEAST = 0.4
# A district names at most six units; a road that runs through half the province says nothing.
MOST_OPTIONS = 8
MOST_MEANINGS = 3
AGE: Mapping[NameKind, int] = {NameKind.PREDECESSOR: 1, NameKind.EARLIER: 2}
# So far apart two parts of one address may stand: a mark, and the type of the second.
NEXT_TO = 2
REACH_OF_ELSEWHERE = 6


class Role(StrEnum):
    """What became of a name that was found."""

    DECIDES = "quyết định"
    AGREES = "phù hợp"
    NARROWS = "thu hẹp"
    CONTRADICTS = "mâu thuẫn"
    OPEN = "chưa đủ để quyết định"
    NOT_THERE = "bỏ qua: người gửi nói không phải nơi này"
    PERSON = "bỏ qua: tên người"
    EVERYDAY = "bỏ qua: từ thông thường"
    ANOTHER = "bỏ qua: có lẽ là tên khác"
    ELSEWHERE = "ngoài tỉnh"
    OF_ELSEWHERE = "bỏ qua: thuộc nơi ngoài tỉnh"


@dataclass(frozen=True, slots=True)
class Found:
    """A name found in the text, what it is the name of, and what became of it."""

    written: str
    name: Name
    units: tuple[str, ...]
    role: Role
    misspelt: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What the names in one text come to: a unit, or the units it could be, or nothing.

    `meant` is the name that a misspelt one was taken for, `against` what contradicts the unit.
    """

    unit_code: str | None
    confidence: float
    written: str
    options: tuple[str, ...]
    old_name: bool = False
    meant: str | None = None
    against: str | None = None


NOTHING = Reading(None, 0.0, "", ())


class _Candidate(NamedTuple):
    """One mention, read: the units it can mean, and how sure it makes."""

    position: int
    mention: Mention
    name: Name
    units: tuple[str, ...]
    others: tuple[str, ...]
    old_name: bool
    confidence: float
    weight: float


@dataclass(frozen=True, slots=True)
class _Areas:
    """What narrows down: old districts and provinces at their positions, and roads; and whether elsewhere is named."""

    districts: Mapping[int, frozenset[str]]
    roads: Mapping[int, frozenset[str]]
    elsewhere: bool

    @property
    def all(self) -> list[frozenset[str]]:
        return [*self.districts.values(), *self.roads.values()]


def read(mentions: Sequence[Mention], *, free: bool) -> Reading:
    """Bring the names of one text together; `free` means it was not written to say where."""
    if not mentions:
        return NOTHING
    areas = _areas(mentions)
    candidates = [
        _candidate(mentions, position, areas, free=free)
        for position in range(len(mentions))
        if _role(mentions, position, areas, free=free) is None
    ]
    if candidates:
        return _settled(candidates, mentions, areas)
    wide = _from_areas(mentions, areas)
    return wide if wide.options else _from_namesakes(mentions)


def tell(mentions: Sequence[Mention], reading: Reading, *, free: bool) -> tuple[Found, ...]:
    """Say of every name what it was taken for and what became of it in the reading."""
    areas = _areas(mentions)
    told = []
    for position, mention in enumerate(mentions):
        role = _role(mentions, position, areas, free=free)
        if role is None:
            candidate = _candidate(mentions, position, areas, free=free)
            name, units, role = candidate.name, candidate.units, _part(candidate, reading)
        else:
            name = _shown(mention)
            units = name.unit_codes
        told.append(Found(mention.written, name, units, role, misspelt=bool(mention.edits or mention.respelt)))
    return tuple(told)


def _part(candidate: _Candidate, reading: Reading) -> Role:
    if reading.unit_code is None:
        return Role.OPEN
    if reading.unit_code not in candidate.units:
        return Role.ANOTHER if _is_weak(candidate.mention) else Role.CONTRADICTS
    return Role.DECIDES if candidate.mention.written == reading.written else Role.AGREES


def _shown(mention: Mention) -> Name:
    wide = [name for name in mention.readings if name.kind not in COMMUNE_KINDS]
    return wide[0] if wide else mention.readings[0]


# --- which names count -----------------------------------------------------------------------------------------------


def _areas(mentions: Sequence[Mention]) -> _Areas:
    """Find the mentions that only narrow down others.

    A name that is a unit's and an old district's at once ("Ea Kar") narrows down when another name lies in that
    district; of two that could narrow down each other, the later one does, as addresses go from small to large.
    """
    districts: dict[int, frozenset[str]] = {}
    roads: dict[int, frozenset[str]] = {}
    for position in range(len(mentions) - 1, -1, -1):
        mention = mentions[position]
        if mention.context.cue is Cue.NOT_THERE:
            continue
        wide = [name for name in mention.readings if name.kind not in LOCAL_KINDS and name.unit_codes]
        if not wide:
            continue
        units = frozenset(code for name in wide for code in name.unit_codes)
        if all(name.kind in {NameKind.ROAD, NameKind.STREET} for name in mention.readings):
            roads[position] = units
            continue
        others = [other for index, other in enumerate(mentions) if index != position and index not in districts]
        if len(wide) == len(mention.readings) or any(_can_lie_in(other, units, mention) for other in others):
            districts[position] = units
    elsewhere = any(name.kind is NameKind.ELSEWHERE for mention in mentions for name in mention.readings)
    return _Areas(districts, roads, elsewhere)


def _can_lie_in(mention: Mention, units: frozenset[str], area: Mention) -> bool:
    if mention.readings == area.readings:
        return False
    return any(name.kind in LOCAL_KINDS and units.issuperset(name.unit_codes) for name in mention.readings)


def _role(mentions: Sequence[Mention], position: int, areas: _Areas, *, free: bool) -> Role | None:
    """Say what keeps a name from being one that may decide; none when nothing does."""
    mention = mentions[position]
    cue, unsure = mention.context.cue, mention.everyday or mention.doubtful
    reasons = (
        (cue is Cue.NOT_THERE, Role.NOT_THERE),
        (position in areas.districts or position in areas.roads, Role.NARROWS),
        (not mention.local or (_also_elsewhere(mention) and not _supported(mention, areas)), Role.ELSEWHERE),
        (cue is Cue.PERSON and not mention.typed and _could_be_a_person(mention), Role.PERSON),
        (_is_weak(mention) and (mention.edits or mention.respelt), Role.ANOTHER),
        (mention.edits and _is_vague(mention, areas), Role.ANOTHER),
        (free and unsure and not (mention.alone or _says_place(mention, areas)), Role.EVERYDAY),
        (areas.elsewhere and _of_elsewhere(mentions, position), Role.OF_ELSEWHERE),
    )
    return next((role for holds, role in reasons if holds), None)


def _could_be_a_person(mention: Mention) -> bool:
    return all(name.plain for name in mention.readings)


def _also_elsewhere(mention: Mention) -> bool:
    return not mention.typed and any(name.kind is NameKind.ELSEWHERE for name in mention.readings)


def _supported(mention: Mention, areas: _Areas) -> bool:
    """Whether a district named beside it has the place."""
    return any(
        units.intersection(name.unit_codes)
        for units in areas.districts.values()
        for name in mention.readings
        if name.kind in LOCAL_KINDS
    )


def _is_vague(mention: Mention, areas: _Areas) -> bool:
    """Whether a misspelt name could be so many that it is none, in the districts named beside it."""
    meanings = {name.unit_codes for name in _in_districts(mention.readings, areas)}
    return len(meanings) > MOST_MEANINGS


def _in_districts(readings: Sequence[Name], areas: _Areas) -> list[Name]:
    """Return the local names that lie in the districts named, or all of them if none does."""
    local = [name for name in readings if name.kind in LOCAL_KINDS]
    for units in areas.districts.values():
        local = [name for name in local if units.intersection(name.unit_codes)] or local
    return local


def _says_place(mention: Mention, areas: _Areas) -> bool:
    """Whether an everyday word is meant as a place all the same."""
    if mention.typed or mention.capital or areas.districts:
        return True
    if mention.context.cue in {Cue.START, Cue.TOWARDS, Cue.FROM, Cue.PEOPLE}:
        return not mention.everyday
    return mention.context.cue in {Cue.PLACE, Cue.LIVING, Cue.NEARBY}


def _of_elsewhere(mentions: Sequence[Mention], position: int) -> bool:
    """Whether a place of another province is named in the same address: "Hòa Phú, Củ Chi, TP.HCM"."""
    mention, end = mentions[position], mentions[position].end
    if position and all(name.kind is NameKind.ELSEWHERE for name in mentions[position - 1].readings):
        apart = mention.start - mentions[position - 1].end
        if apart == 0 or (apart == 1 and mention.context.cue is Cue.START):
            return True
    for mention in mentions[position + 1 :]:
        apart = mention.start - end
        # In one address nothing stands between, or a mark, or a district that nobody here knows.
        reach = REACH_OF_ELSEWHERE if mention.context.cue is Cue.START else 0
        if apart > (NEXT_TO if mention.local else reach):
            return False
        if all(name.kind is NameKind.ELSEWHERE for name in mention.readings) or _also_elsewhere(mention):
            return True
        if any(name.kind in {NameKind.DISTRICT, NameKind.PROVINCE} for name in mention.readings):
            return False
        end = mention.end
    return False


# --- how sure each makes ---------------------------------------------------------------------------------------------


def _candidate(mentions: Sequence[Mention], position: int, areas: _Areas, *, free: bool) -> _Candidate:
    """Read one mention: by the districts and roads named beside it, then today's units before old names."""
    mention = mentions[position]
    readings = _in_districts(mention.readings, areas)
    meant = _likeliest(readings)
    # Of several names as far away from a misspelt one, none is nearer for being today's.
    several = mention.edits and len({name.folded for name in readings}) > 1
    units_meant = _units(readings if several else meant)
    districts = [name for name in mention.readings if name.kind is NameKind.DISTRICT]
    for units in areas.all:
        # "đường Nguyễn Văn Cừ, BMT": not the ward of that name, but where the street is in the old city.
        around = [] if mention.typed else _units(districts)
        units_meant = _within(units_meant, units) or _within(around, units) or units_meant
    others = [code for code in _units([*readings, *districts]) if code not in units_meant]
    old_name = meant[0].kind in AGE
    confidence = _confidence(
        mention,
        meant[0],
        free=free,
        old_name=old_name,
        also_district=bool(districts) and not mention.typed,
        other_readings=any(code not in units_meant for code in _units(readings)),
        elsewhere=_speaks_of_elsewhere(mentions, areas),
    )
    return _Candidate(
        position=position,
        mention=mention,
        name=meant[0],
        units=tuple(units_meant),
        others=tuple(others),
        old_name=old_name,
        confidence=confidence,
        weight=confidence - LESS_WEIGHT_FOR_CUE.get(mention.context.cue, 0.0),
    )


def _within(codes: Iterable[str], units: frozenset[str]) -> list[str]:
    return [code for code in codes if code in units]


def _confidence(
    mention: Mention,
    name: Name,
    *,
    free: bool,
    old_name: bool,
    also_district: bool,
    other_readings: bool,
    elsewhere: bool,
) -> float:
    cue = mention.context.cue
    could_be_else = not mention.typed and (mention.plain or cue in {Cue.FEATURE, Cue.PERSON})
    less = (
        (old_name, LESS_FOR_OLD_NAME),
        (also_district, LESS_FOR_OLD_DISTRICT),
        (other_readings and not also_district, LESS_FOR_OTHER_READINGS),
        (free and not mention.alone, LESS_IN_FREE_TEXT),
        (mention.respelt, LESS_FOR_RESPELLING),
        ((mention.doubtful and not mention.alone) or (mention.everyday and not mention.typed), LESS_FOR_EVERYDAY),
        (mention.typed and not mention.type_agrees, LESS_FOR_OTHER_TYPE),
        (name.text.isdigit(), LESS_FOR_NUMBER),
        (elsewhere and mention.plain, LESS_ELSEWHERE),
        (could_be_else, LESS_FOR_CUE.get(cue, 0.0)),
        (mention.edits, LESS_FOR_EDITS.get(mention.edits, LESS_FOR_MOST_EDITS)),
        (mention.edits and len("".join(name.folded)) <= SHORT_NAME, LESS_FOR_SHORT_MISSPELT),
    )
    return _as_written(mention, name) - sum(amount for holds, amount in less if holds)


def _as_written(mention: Mention, name: Name) -> float:
    """Say how sure a name makes by the way it is written, and nothing else."""
    if mention.typed:
        return SURE_TYPED
    if name.kind is NameKind.LANDMARK:
        return SURE_LANDMARK
    if mention.capital:
        return SURE_BARE
    return SURE_LOWER_CASE if mention.plain else SURE_UNMISTAKABLE


def _speaks_of_elsewhere(mentions: Sequence[Mention], areas: _Areas) -> bool:
    """Whether another province is named, and nothing of this one beside it."""
    if areas.districts or not areas.elsewhere:
        return False
    return any(all(name.kind is NameKind.ELSEWHERE for name in mention.readings) for mention in mentions)


def _likeliest(readings: Sequence[Name]) -> list[Name]:
    """Prefer what is called so today to what was until the merger, and that to what was gone by then."""
    latest = min(AGE.get(name.kind, 0) for name in readings)
    return [name for name in readings if AGE.get(name.kind, 0) == latest]


def _units(names: Iterable[Name]) -> list[str]:
    return list(dict.fromkeys(code for name in names for code in name.unit_codes))


# --- how they come together ------------------------------------------------------------------------------------------


def _settled(candidates: Sequence[_Candidate], mentions: Sequence[Mention], areas: _Areas) -> Reading:
    """Let the strongest candidate decide with those that agree; the others are told as contradiction."""
    # A village or a company called like another commune is no contradiction.
    candidates = [one for one in candidates if not _is_weak(one.mention)] or candidates
    weights = _weights(candidates)
    ranked = sorted(candidates, key=lambda one: (-weights[one.position], one.position))
    units = set(ranked[0].units)
    agreeing, against = ranked[:1], []
    for candidate in ranked[1:]:
        common = units.intersection(candidate.units)
        if common:
            units = common
            agreeing.append(candidate)
        else:
            against.append(candidate)
    lead = weights[ranked[0].position] - max((weights[one.position] for one in against), default=0.0)
    if len(units) != 1 or (against and lead < CLEARLY_MORE):
        codes = (code for one in (*agreeing, *against) for code in one.units if against or code in units)
        written = dict.fromkeys(one.mention.written for one in (*agreeing, *against))
        return Reading(None, 0.0, ", ".join(written), tuple(dict.fromkeys(codes)))
    unit = units.pop()
    best = min(agreeing, key=lambda one: (len(one.units), -one.confidence, one.position))
    confidence, opposed = best.confidence, [one.mention.written for one in against]
    if against:
        confidence -= LESS_FOR_WEAK_CONTRADICTION if lead >= FAR_MORE else LESS_FOR_CONTRADICTION
    district = _other_district(mentions, best, areas, unit)
    if district is not None:
        confidence -= LESS_FOR_OTHER_DISTRICT
        opposed.append(district.written)
    options = [unit, *(code for one in (*agreeing, *against) for code in (*one.others, *one.units))]
    return Reading(
        unit if confidence >= LEAST else None,
        _rounded(confidence) if confidence >= LEAST else 0.0,
        best.mention.written,
        tuple(dict.fromkeys(options)),
        old_name=best.old_name,
        meant=best.name.text if best.mention.edits or best.mention.respelt else None,
        against=", ".join(dict.fromkeys(opposed)) or None,
    )


def _is_weak(mention: Mention) -> bool:
    return mention.plain and not mention.typed and mention.context.cue in LESS_FOR_CUE


def _weights(candidates: Sequence[_Candidate]) -> dict[int, float]:
    """Weigh names against each other; one said again weighs a little more."""
    said = Counter(candidate.units for candidate in candidates)
    return {one.position: one.weight + min(said[one.units] - 1, 2) * MORE_WEIGHT_FOR_REPEAT for one in candidates}


def _other_district(mentions: Sequence[Mention], best: _Candidate, areas: _Areas, unit: str) -> Mention | None:
    """Return the district that stands right behind the name and does not have the unit."""
    if not areas.districts or any(unit in units for units in areas.districts.values()):
        return None
    for position in sorted(areas.districts):
        mention = mentions[position]
        if 0 <= mention.start - best.mention.end <= NEXT_TO and mention.context.cue in {Cue.NONE, Cue.START, Cue.PLACE}:
            return mention
    return None


def _from_areas(mentions: Sequence[Mention], areas: _Areas) -> Reading:
    """Only districts, provinces or roads were named: their units are the options, unless that is no help."""
    sets = sorted(areas.all, key=len)
    common = sets[0] if sets else frozenset[str]()
    for units in sets[1:]:
        common = common & units or common
    if not common or len(common) > MOST_OPTIONS:
        return NOTHING
    positions = sorted((*areas.districts, *areas.roads))
    written = dict.fromkeys(mentions[position].written for position in positions)
    # As the names list them: of an old district's units the one that is called like it comes first.
    listed = (code for position in positions for name in mentions[position].readings for code in name.unit_codes)
    return Reading(None, 0.0, ", ".join(written), tuple(dict.fromkeys(code for code in listed if code in common)))


def _from_namesakes(mentions: Sequence[Mention]) -> Reading:
    """Nothing but a province was named, this one or another: a unit called the same is worth the question."""
    for mention in mentions:
        if mention.context.cue in {Cue.NOT_THERE, Cue.PERSON}:
            continue
        local = (name for name in mention.readings if name.kind in LOCAL_KINDS and _also_elsewhere(mention))
        codes = mention.namesakes or tuple(_units(local))
        if 0 < len(codes) <= MOST_OPTIONS:
            return Reading(None, 0.0, mention.written, codes)
    return NOTHING


def _rounded(confidence: float) -> float:
    return round(min(max(confidence, 0.0), 1.0), 2)
