"""Where it is: in order of trust, the pin, the unit named, the place as written, the text; else the province desk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.router.domain.gazetteer import COMMUNE_KINDS, Gazetteer, Mention, Name, NameKind

MOST_ALTERNATIVES = 6

# How sure each way of finding a place is. Measured on written-out cases where that is possible; the point is the order.
SURE_PIN = 0.99
SURE_PIN_SWAPPED = 0.9
SURE_UNIT_NAMED = 0.98
SURE_UNIT_NAMED_PIN_OUTSIDE = 0.7
SURE_TYPED = 0.97
SURE_BARE = 0.88
SURE_LOWER_CASE = 0.75
LESS_FOR_OLD_NAME = 0.03
LESS_FOR_OTHER_READINGS = 0.12
LESS_FOR_OLD_DISTRICT = 0.25
LESS_IN_FREE_TEXT = 0.05
LESS_FOR_CONTRADICTION = 0.2


class How(StrEnum):
    """How the place was found, in order of trust."""

    PIN = "pin"
    UNIT_NAMED = "unit_named"
    TEXT = "text"
    PROVINCE_DESK = "province_desk"


@dataclass(frozen=True, slots=True)
class PinFinding:
    """What the boundaries say about a pin.

    `unit_code` is the unit it lies in, none when it lies outside the territory; then `nearest` is
    `distance_km` away. `neighbour` is the unit across a border so near that the pin could belong there.
    """

    unit_code: str | None
    nearest: str
    distance_km: float
    neighbour: str | None
    confidence: float
    generalised: bool
    swapped: bool = False


@dataclass(frozen=True, slots=True)
class PlaceQuestion:
    """Everything a resident gave that can say where it is."""

    pin: PinFinding | None
    unit_named: str | None
    place_text: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """A unit it could also have been."""

    unit_code: str
    confidence: float


@dataclass(frozen=True, slots=True)
class PlaceDecision:
    """The unit, or none when the province desk must decide, and why."""

    unit_code: str | None
    how: How
    confidence: float
    approximate: bool
    explanation: str
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What the names in one text come to: a unit, or the units it could be, or nothing."""

    unit_code: str | None
    confidence: float
    written: str
    options: tuple[str, ...]
    old_name: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One mention, read: the units it can mean, the most likely first."""

    mention: Mention
    units: tuple[str, ...]
    others: tuple[str, ...]
    old_name: bool
    also_district: bool


NOTHING = Reading(None, 0.0, "", ())


@dataclass(frozen=True, slots=True)
class Places:
    """The units of the territory, the old codes that still lead to one, and all names."""

    unit_names: Mapping[str, str]
    successors: Mapping[str, str]
    gazetteer: Gazetteer

    def decide(self, question: PlaceQuestion) -> PlaceDecision:
        """Decide the place from what was given; the same question always gets the same answer."""
        unit_named = question.unit_named
        place_text = question.place_text
        if unit_named is not None and unit_named not in self.unit_names:
            # An old code leads on; anything else is read as words.
            place_text = f"{unit_named}, {place_text}" if place_text else unit_named
            unit_named = self.successors.get(unit_named)
        pin = question.pin
        if pin is not None and pin.unit_code is not None:
            return self._from_pin(pin, pin.unit_code, unit_named, self._read(place_text, free=False))
        if unit_named is not None:
            return self._from_unit_named(unit_named, pin)
        place = self._read(place_text, free=False)
        text = self._read(question.text, free=True) if place.unit_code is None else NOTHING
        if pin is not None:
            return self._outside(pin, place if place.unit_code else text)
        return self._from_words(place, text)

    # --- in order of trust ---------------------------------------------------------------------------------------

    def _from_pin(self, pin: PinFinding, unit: str, unit_named: str | None, place: Reading) -> PlaceDecision:
        said = unit_named or place.unit_code
        if said is not None and said == pin.neighbour:
            return PlaceDecision(
                said,
                How.UNIT_NAMED if unit_named else How.TEXT,
                round(max(SURE_BARE, pin.confidence), 2),
                approximate=True,
                explanation=f"Ghim nằm sát ranh giới {self._name(unit)}; người gửi cho biết là {self._name(said)}.",
                alternatives=_ranked([unit], pin.confidence / 2),
            )
        confidence = min(pin.confidence, SURE_PIN_SWAPPED if pin.swapped else SURE_PIN)
        sentence = (
            f"Ghim bị đảo vĩ độ với kinh độ, sau khi đổi lại nằm trong {self._name(unit)}"
            if pin.swapped
            else f"Ghim nằm trong {self._name(unit)}"
        )
        if pin.generalised:
            sentence += " theo ranh giới khái quát"
        others = []
        if pin.neighbour is not None:
            sentence += f", sát ranh giới {self._name(pin.neighbour)}"
            others.append(pin.neighbour)
        if said is not None and said != unit:
            sentence += f", nhưng người gửi cho biết là {self._name(said)}"
            others.insert(0, said)
            confidence -= LESS_FOR_CONTRADICTION
        return PlaceDecision(
            unit,
            How.PIN,
            _rounded(confidence),
            approximate=pin.generalised or pin.neighbour is not None,
            explanation=sentence + ".",
            alternatives=_ranked(others, 1 - confidence),
        )

    def _from_unit_named(self, unit: str, pin: PinFinding | None) -> PlaceDecision:
        if pin is None:
            sentence = f"Người gửi chọn {self._name(unit)}."
            return PlaceDecision(unit, How.UNIT_NAMED, SURE_UNIT_NAMED, approximate=False, explanation=sentence)
        return PlaceDecision(
            unit,
            How.UNIT_NAMED,
            SURE_UNIT_NAMED_PIN_OUTSIDE,
            approximate=True,
            explanation=f"Người gửi chọn {self._name(unit)}, nhưng ghim nằm ngoài tỉnh.",
            alternatives=_ranked([pin.nearest] if pin.nearest != unit else [], 1 - SURE_UNIT_NAMED_PIN_OUTSIDE),
        )

    def _outside(self, pin: PinFinding, said: Reading) -> PlaceDecision:
        sentence = f"Ghim nằm ngoài tỉnh, cách {self._name(pin.nearest)} gần nhất khoảng {pin.distance_km:.0f} km"
        if said.unit_code is not None:
            sentence += f", còn lời kể nhắc đến {self._name(said.unit_code)}"
        others = [said.unit_code] if said.unit_code is not None else []
        return PlaceDecision(
            None,
            How.PROVINCE_DESK,
            0.0,
            approximate=pin.generalised,
            explanation=sentence + "; tổ điều phối của tỉnh quyết định.",
            alternatives=_ranked([*others, pin.nearest], 0.6),
        )

    def _from_words(self, place: Reading, text: Reading) -> PlaceDecision:
        found, where = (place, "Địa điểm") if place.unit_code else (text, "Nội dung")
        if found.unit_code is not None and (not place.options or found.unit_code in place.options):
            named = f"{where} nhắc đến “{found.written}”"
            unit = self._name(found.unit_code)
            return PlaceDecision(
                found.unit_code,
                How.TEXT,
                found.confidence,
                approximate=False,
                explanation=f"{named}, nay thuộc {unit}." if found.old_name else f"{named}, tức là {unit}.",
                alternatives=_ranked([code for code in found.options if code != found.unit_code], 1 - found.confidence),
            )
        options = place if place.options else text
        if options.options:
            names = " hoặc ".join(self._name(code) for code in options.options[:MOST_ALTERNATIVES])
            sentence = f"“{options.written}” có thể là {names}; tổ điều phối của tỉnh quyết định."
            return PlaceDecision(
                None,
                How.PROVINCE_DESK,
                0.0,
                approximate=False,
                explanation=sentence,
                alternatives=_ranked(options.options, 0.9),
            )
        sentence = "Không tìm thấy tên xã, phường nào; tổ điều phối của tỉnh quyết định."
        return PlaceDecision(None, How.PROVINCE_DESK, 0.0, approximate=False, explanation=sentence)

    def _name(self, code: str) -> str:
        return self.unit_names[code]

    # --- names in a text -----------------------------------------------------------------------------------------

    def _read(self, text: str | None, *, free: bool) -> Reading:
        """Bring the names of one text together; `free` means it was not written to say where."""
        mentions = self.gazetteer.mentions(text) if text else []
        if not mentions:
            return NOTHING
        hints = _hints(mentions)
        candidates = [
            _candidate(mention, hints.unit_sets)
            for index, mention in enumerate(mentions)
            if index not in hints.positions
            and not (free and mention.everyday and not (mention.typed or mention.capital or hints.unit_sets))
        ]
        if any(candidate.mention.typed for candidate in candidates):
            candidates = [candidate for candidate in candidates if candidate.mention.typed]
        if not candidates:
            return _from_hints(mentions, hints)
        return _settled(candidates, free=free)


@dataclass(frozen=True, slots=True)
class _Hints:
    """Old districts and provinces named: where they stand, and the units each can mean."""

    positions: frozenset[int]
    unit_sets: tuple[frozenset[str], ...]


def _hints(mentions: Sequence[Mention]) -> _Hints:
    """Find the mentions that only narrow down others.

    A name that is a unit's and an old district's at once ("Ea Kar") narrows down when another name lies in that
    district; of two that could narrow down each other, the later one does, as addresses go from small to large.
    """
    positions: list[int] = []
    unit_sets: list[frozenset[str]] = []
    for index in range(len(mentions) - 1, -1, -1):
        areas = [name for name in mentions[index].readings if name.kind not in COMMUNE_KINDS]
        if not areas:
            continue
        units = frozenset(code for area in areas for code in area.unit_codes)
        others = [mention for other, mention in enumerate(mentions) if other != index and other not in positions]
        only_area = len(areas) == len(mentions[index].readings)
        if only_area or any(_can_lie_in(other, units, mentions[index]) for other in others):
            positions.append(index)
            unit_sets.append(units)
    return _Hints(frozenset(positions), tuple(unit_sets))


def _can_lie_in(mention: Mention, units: frozenset[str], area: Mention) -> bool:
    if mention.readings == area.readings:
        return False
    return any(name.kind in COMMUNE_KINDS and units.issuperset(name.unit_codes) for name in mention.readings)


def _candidate(mention: Mention, unit_sets: Sequence[frozenset[str]]) -> _Candidate:
    """Read one mention: by the districts named beside it, then today's units before old names."""
    readings = [name for name in mention.readings if name.kind in COMMUNE_KINDS]
    also_district = len(readings) < len(mention.readings)
    for units in unit_sets:
        readings = [name for name in readings if units.intersection(name.unit_codes)] or readings
    today = _units(name for name in readings if name.kind is not NameKind.PREDECESSOR)
    before = _units(name for name in readings if name.kind is NameKind.PREDECESSOR)
    units_meant = today or before
    elsewhere = [area for area in mention.readings if area.kind is NameKind.DISTRICT]
    others = [code for code in (*before, *_units(elsewhere)) if code not in units_meant]
    return _Candidate(
        mention=mention,
        units=tuple(units_meant),
        others=tuple(dict.fromkeys(others)),
        old_name=not today,
        also_district=also_district and not mention.typed,
    )


def _units(names: Iterable[Name]) -> list[str]:
    return list(dict.fromkeys(code for name in names for code in name.unit_codes))


def _settled(candidates: Sequence[_Candidate], *, free: bool) -> Reading:
    """Let the candidates agree on one unit; when they do not, all of them are options."""
    common = set(candidates[0].units).intersection(*(candidate.units for candidate in candidates[1:]))
    first = candidates[0]
    if len(common) != 1:
        options = dict.fromkeys(code for candidate in candidates for code in candidate.units)
        return Reading(None, 0.0, ", ".join(dict.fromkeys(c.mention.written for c in candidates)), tuple(options))
    unit = common.pop()
    best = min(candidates, key=lambda candidate: (len(candidate.units), candidates.index(candidate)))
    others = [code for code in (*best.others, *first.others) if code != unit]
    return Reading(
        unit,
        _confidence(best, free=free),
        best.mention.written,
        tuple(dict.fromkeys((unit, *others))),
        old_name=best.old_name,
    )


def _confidence(candidate: _Candidate, *, free: bool) -> float:
    mention = candidate.mention
    confidence = SURE_TYPED if mention.typed else SURE_BARE if mention.capital else SURE_LOWER_CASE
    if candidate.old_name:
        confidence -= LESS_FOR_OLD_NAME
    if candidate.also_district:
        confidence -= LESS_FOR_OLD_DISTRICT
    elif candidate.others:
        confidence -= LESS_FOR_OTHER_READINGS
    if free:
        confidence -= LESS_IN_FREE_TEXT
    return _rounded(confidence)


def _from_hints(mentions: Sequence[Mention], hints: _Hints) -> Reading:
    """Only districts or provinces were named: their units are the options, unless that is no help."""
    positions = sorted(hints.positions)
    smallest = min(hints.unit_sets, key=len, default=frozenset())
    written = ", ".join(dict.fromkeys(mentions[index].written for index in positions))
    if not smallest or any(name.kind is NameKind.PROVINCE for name in mentions[positions[0]].readings):
        return NOTHING
    return Reading(None, 0.0, written, tuple(sorted(smallest)))


def _ranked(codes: Sequence[str], share: float) -> tuple[Alternative, ...]:
    """Give several units equal parts of what is left of certainty."""
    unique = list(dict.fromkeys(codes))[:MOST_ALTERNATIVES]
    return tuple(Alternative(code, _rounded(share / len(unique))) for code in unique)


def _rounded(confidence: float) -> float:
    return round(min(max(confidence, 0.0), 1.0), 2)
