"""When units change: which go, come, become one or are split, and where the open cases of each go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.router.domain.place import Alternative, How, PinFinding, PlaceDecision

SURE_FORMER = 0.95
UNDECIDED_SHARE = 0.9


class Fate(StrEnum):
    """What becomes of a unit."""

    JOINED = "joined"
    """It goes over to one other unit, whole."""
    SPLIT = "split"
    """It goes to several units; it may be one of them itself."""
    ENDED = "ended"
    """It is gone, and nobody says what became of it."""


@dataclass(frozen=True, slots=True)
class UnitList:
    """The units of one version by code, with their names, and what old codes went to (the latest meaning of each).

    `valid_from` is the date that the version gives.
    """

    names: Mapping[str, str]
    successors: Mapping[str, tuple[str, ...]]
    valid_from: date = date.min


@dataclass(frozen=True, slots=True)
class Succession:
    """What changes from one version of the units to the next.

    `successors` has the units whose cases cannot simply stay: those that are gone, and those that keep their code but
    gave a part away. `names` knows old and new units.
    """

    successors: Mapping[str, tuple[str, ...]]
    new: tuple[str, ...]
    units: frozenset[str]
    names: Mapping[str, str]
    since: date

    def fate(self, code: str) -> Fate:
        """Say what becomes of a unit that does not simply stay."""
        successors = self.successors[code]
        if not successors:
            return Fate.ENDED
        return Fate.JOINED if len(successors) == 1 else Fate.SPLIT

    @property
    def merged(self) -> Mapping[str, tuple[str, ...]]:
        """The units that others go over to whole, each with those others."""
        found: dict[str, list[str]] = {}
        for code, successors in sorted(self.successors.items()):
            if self.fate(code) is Fate.JOINED:
                found.setdefault(successors[0], []).append(code)
        return {unit: tuple(codes) for unit, codes in sorted(found.items())}

    def name(self, code: str) -> str:
        """Name a unit of before or after."""
        return self.names.get(code, code)


def succession_of(before: UnitList, after: UnitList, *, since: date) -> Succession:
    """Compare two versions of the units; `since` is the date that the later one gives.

    A unit that stays is split when the later version says that its code went to others too, and the earlier one did
    not say so: the codes of before a merger are often those of units of after it. For the same reason what is said
    otherwise with the same date, and of no new unit, is a correction of what happened long ago, and moves nothing.
    """
    successors: dict[str, tuple[str, ...]] = {}
    for code in sorted(before.names):
        went_to = after.successors.get(code, ())
        gave_away = bool(went_to) and went_to not in ((code,), before.successors.get(code))
        gave_away = gave_away and (since > before.valid_from or not before.names.keys() >= set(went_to))
        if code not in after.names or gave_away:
            successors[code] = went_to
    return Succession(
        successors=successors,
        new=tuple(sorted(after.names.keys() - before.names.keys())),
        units=frozenset(after.names),
        names={**before.names, **after.names},
        since=since,
    )


# --- the cases -----------------------------------------------------------------------------------------------------


class MovedBy(StrEnum):
    """What decides where an open case goes."""

    SUCCESSOR = "successor"
    FORMER = "former"
    PIN = "pin"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class OpenCase:
    """What is known of an open case: its unit, the one it was in before units last changed, and how it was found."""

    unit_code: str
    former_unit: str | None
    pin: PinFinding | None
    how: How
    confidence: float
    approximate: bool
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """Where a case goes, and what decided it; `place` has no unit when the province desk must decide."""

    moved_by: MovedBy
    place: PlaceDecision


def decide_move(case: OpenCase, succession: Succession) -> Move:
    """Decide where a case of a unit that does not simply stay goes; the same case always gets the same answer.

    In order of trust: the only successor; the unit from which the case came when units changed before, if there is
    one again (a change that is taken back); the pin, if it lies in a successor; else the province desk asks.
    """
    successors = succession.successors[case.unit_code]
    possible = successors or tuple(sorted(succession.units))
    if len(successors) == 1:
        return Move(MovedBy.SUCCESSOR, _whole(case, successors[0], succession))
    if case.former_unit is not None and case.former_unit in possible:
        return Move(MovedBy.FORMER, _back(case.unit_code, case.former_unit, succession))
    if case.pin is not None and case.pin.unit_code is not None and case.pin.unit_code in possible:
        return Move(MovedBy.PIN, _by_pin(case.unit_code, case.pin, case.pin.unit_code, possible, succession))
    return Move(MovedBy.NOTHING, _undecided(case.unit_code, succession))


def _whole(case: OpenCase, unit: str, succession: Succession) -> PlaceDecision:
    sentence = f"{succession.name(case.unit_code)} đã nhập vào {succession.name(unit)} {_since(succession)}"
    others = tuple(
        Alternative(other.unit_code, other.confidence)
        for other in case.alternatives
        if other.unit_code in succession.units and other.unit_code != unit
    )
    return PlaceDecision(
        unit,
        case.how,
        case.confidence,
        approximate=case.approximate,
        explanation=sentence + "; vụ việc chuyển theo.",
        alternatives=others,
    )


def _back(gone: str, unit: str, succession: Succession) -> PlaceDecision:
    sentence = (
        f"Thay đổi đơn vị đã được rút lại, {succession.name(gone)} không còn; vụ việc trở về {succession.name(unit)}, "
        "nơi đã thụ lý trước đó."
    )
    return PlaceDecision(unit, How.UNIT_NAMED, SURE_FORMER, approximate=False, explanation=sentence)


def _by_pin(gone: str, pin: PinFinding, unit: str, possible: Sequence[str], succession: Succession) -> PlaceDecision:
    sentence = f"{_was_split(gone, succession)}; ghim nằm trong {succession.name(unit)}"
    if pin.generalised:
        sentence += " theo ranh giới khái quát"
    others = [pin.neighbour] if pin.neighbour is not None and pin.neighbour in possible else []
    if others:
        sentence += f", sát ranh giới {succession.name(others[0])}"
    return PlaceDecision(
        unit,
        How.PIN,
        pin.confidence,
        approximate=pin.generalised or pin.neighbour is not None,
        explanation=sentence + ", vụ việc chuyển về đó.",
        alternatives=_equally(others, 1 - pin.confidence),
    )


def _undecided(gone: str, succession: Succession) -> PlaceDecision:
    successors, name = succession.successors[gone], succession.name(gone)
    ask = "Việc xảy ra ở xã, phường nào?"
    if successors:
        names = " hoặc ".join(succession.name(code) for code in successors)
        stays = gone in successors
        split_off = f"Một phần {name} đã tách ra. Việc xảy ra ở {names}?"
        ask = split_off if stays else f"“{name}” trước đây, nay là {names}?"
    return PlaceDecision(
        None,
        How.PROVINCE_DESK,
        0.0,
        approximate=False,
        explanation=f"{_was_split(gone, succession)}; tổ điều phối của tỉnh quyết định.",
        alternatives=_equally(successors, UNDECIDED_SHARE),
        ask=ask,
    )


def _was_split(gone: str, succession: Succession) -> str:
    name, since, successors = succession.name(gone), _since(succession), succession.successors[gone]
    if not successors:
        return f"{name} không còn {since}"
    if gone in successors:
        others = ", ".join(succession.name(code) for code in successors if code != gone)
        return f"Một phần {name} đã chuyển về {others} {since}"
    return f"{name} đã chia về {', '.join(succession.name(code) for code in successors)} {since}"


def _since(succession: Succession) -> str:
    day = succession.since
    return f"từ {day.day}/{day.month}/{day.year}"


# --- the boundaries ------------------------------------------------------------------------------------------------


def drawn_anew(succession: Succession, drawn: Sequence[str]) -> Mapping[str, tuple[str, ...]] | None:
    """Say of which drawn units each unit of after is made; None when the old borders do not tell.

    They tell when every unit that does not stay goes over to one other whole, and nothing else is new.
    """
    made: dict[str, list[str]] = {}
    for code in drawn:
        target = _target(code, succession)
        if target is None:
            return None
        made.setdefault(target, []).append(code)
    if made.keys() != succession.units:
        return None
    return {code: tuple(parts) for code, parts in sorted(made.items())}


def _target(code: str, succession: Succession) -> str | None:
    if code not in succession.successors:
        return code
    return succession.successors[code][0] if succession.fate(code) is Fate.JOINED else None


def _equally(codes: Sequence[str], share: float) -> tuple[Alternative, ...]:
    return tuple(Alternative(code, round(share / len(codes), 2)) for code in codes)
