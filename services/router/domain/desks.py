"""The desks of offices: how each is reached, when it works, and who stands in while it is away."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date

from services.router.domain.clock import Hours
from services.router.domain.office import COMMUNE_OFFICE, COMMUNE_OWNED, PROVINCE_DESK, reachable_office

PROVINCE_OWNED = "province:"
EVERYWHERE = ""
"""The unit of a desk that stands for every unit without one of its own, and of the desks of the province."""
PHONE = re.compile(r"[+(]?\d[\d .()/-]{1,29}")
EMAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>.]+(\.[^@\s<>.]+)+")
LONGEST_EMAIL = 254

Place = tuple[str, str]


class DesksError(ValueError):
    """Desks cannot be used; the message names the desk and says why."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One office in one unit.

    `deputy` is the office that stands in; the local dates of an absence are both included, and either may be open.
    """

    office: str
    unit_code: str = EVERYWHERE
    phone: str | None = None
    email: str | None = None
    hours: Hours | None = None
    deputy: str | None = None
    away_from: date | None = None
    away_to: date | None = None

    @property
    def place(self) -> Place:
        """Office and unit, which name it."""
        return self.office, self.unit_code

    @property
    def has_absence(self) -> bool:
        """Whether it was, is or will be away."""
        return self.away_from is not None or self.away_to is not None

    def away_on(self, day: date) -> bool:
        """Say whether nobody is there on a local day."""
        return self.has_absence and (self.away_from or date.min) <= day <= (self.away_to or date.max)

    def filled_from(self, general: "Desk | None") -> "Desk":
        """Take from the desk that stands for every unit what this one does not say."""
        if general is None:
            return self
        own = self if self.has_absence else replace(self, away_from=general.away_from, away_to=general.away_to)
        return replace(
            own,
            phone=own.phone or general.phone,
            email=own.email or general.email,
            hours=own.hours or general.hours,
            deputy=own.deputy or general.deputy,
        )


@dataclass(frozen=True, slots=True)
class Acting:
    """The office that acts, and one sentence in Vietnamese when it stands in for another."""

    office: str
    explanation: str | None = None


@dataclass(frozen=True, slots=True)
class Desks:
    """All desks by office and unit, each complete, and the Vietnamese names of the offices."""

    by_place: Mapping[Place, Desk] = field(default_factory=dict)
    office_names: Mapping[str, str] = field(default_factory=dict)

    def of(self, office: str, unit_code: str | None) -> Desk | None:
        """Return the desk of an office in a unit, or the one that stands for every unit."""
        if not self.by_place:
            return None
        found = self.by_place.get((office, unit_code or EVERYWHERE))
        return found if found is not None else self.by_place.get((office, EVERYWHERE))

    def name(self, office: str) -> str:
        """Name an office in Vietnamese; an unknown one is shown as it is."""
        return self.office_names.get(office, office)

    def acting(self, office: str, *, unit_code: str | None, on: date) -> Acting:
        """Say who acts on a local day: the office, or along the deputies the first that is there.

        Where no deputy is left a commune's matter goes to the commune's office, everything else to the province desk,
        which is always there.
        """
        current, said, tried = office, [], {office}
        while (desk := self.of(current, unit_code)) is not None and desk.away_on(on) and current != PROVINCE_DESK:
            said.append(f"{self.name(current)} {_absence(desk)}")
            resorts = (desk.deputy, COMMUNE_OFFICE if current.startswith(COMMUNE_OWNED) else None, PROVINCE_DESK)
            reachable = (reachable_office(each, unit_code=unit_code) for each in resorts if each is not None)
            current = next((each for each in reachable if each not in tried), PROVINCE_DESK)
            tried.add(current)
        if not said:
            return Acting(office)
        return Acting(current, f"{', '.join(said)}, {self.name(current)} làm thay.")


NO_DESKS = Desks()


def _absence(desk: Desk) -> str:
    if desk.away_to is not None:
        return f"vắng đến {desk.away_to.day}/{desk.away_to.month}/{desk.away_to.year}"
    since = desk.away_from
    return f"vắng từ {since.day}/{since.month}/{since.year}" if since is not None else "vắng"


def complete_desks(desks: Iterable[Desk], office_names: Mapping[str, str]) -> Desks:
    """Lay the desks out; what a unit's desk leaves open is as the desk of the office for every unit says."""
    written = {desk.place: desk for desk in desks}
    return Desks(
        {
            (office, unit): desk.filled_from(written.get((office, EVERYWHERE)) if unit else None)
            for (office, unit), desk in written.items()
        },
        office_names,
    )


# --- checking ------------------------------------------------------------------------------------------------------


def check_desks(desks: Sequence[Desk], *, offices: AbstractSet[str], units: AbstractSet[str]) -> None:
    """Refuse unknown offices and units, contacts that are none, absences that cannot be, and deputies in a circle."""
    seen: set[Place] = set()
    for desk in desks:
        if desk.place in seen:
            _refuse(desk, "is written twice; remove one of the two")
        seen.add(desk.place)
        _check_desk(desk, offices, units)
    laid_out = complete_desks(desks, {})
    for office, unit in laid_out.by_place:
        circle = _circle(laid_out, office, unit)
        if circle:
            _refuse(Desk(office, unit), f"has a circle of deputies: {' -> '.join(circle)}; break it")


def _check_desk(desk: Desk, offices: AbstractSet[str], units: AbstractSet[str]) -> None:
    if desk.office not in offices:
        _refuse(desk, "is of an office that offices.yaml does not have; correct it or add it there")
    if desk.unit_code and desk.unit_code not in units:
        _refuse(desk, "is of a unit that units.csv does not have; correct it")
    if desk.unit_code and desk.office.startswith(PROVINCE_OWNED):
        _refuse(desk, "is of the province and has no unit; leave the unit out")
    if desk.phone is not None and not PHONE.fullmatch(desk.phone):
        _refuse(desk, f"has the phone {desk.phone!r}; write digits, such as 0262 3812 345")
    if desk.email is not None and not (EMAIL.fullmatch(desk.email) and len(desk.email) <= LONGEST_EMAIL):
        _refuse(desk, f"has the email {desk.email!r}; write an address")
    if desk.deputy is not None and desk.deputy not in offices:
        _refuse(desk, f"has the deputy {desk.deputy!r}, which offices.yaml does not have; correct it")
    if desk.away_from is not None and desk.away_to is not None and desk.away_to < desk.away_from:
        _refuse(desk, f"is away to {desk.away_to}, before it is away from {desk.away_from}; exchange them")
    if desk.has_absence and desk.office == PROVINCE_DESK:
        _refuse(desk, "cannot be away: it acts when nobody else is there")


def _circle(desks: Desks, office: str, unit: str) -> Sequence[str]:
    """Follow the deputies of an office in a unit; return the way when it comes back to where it has been."""
    way = [office]
    while (desk := desks.of(way[-1], unit)) is not None and desk.deputy is not None:
        way.append(desk.deputy)
        if desk.deputy in way[:-1]:
            return way
    return ()


def _refuse(desk: Desk, reason: str) -> None:
    where = f"{desk.office} in {desk.unit_code}" if desk.unit_code else desk.office
    message = f"the desk {where} {reason}"
    raise DesksError(message)
