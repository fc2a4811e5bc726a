"""Desks of offices as JSON documents and as YAML: of a pack, of a file, and as the domain uses them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from services.router.adapters.calendar_documents import calendars_of, hours_document, special_days_of, week_of
from services.router.adapters.content import Document, content_version, plain
from services.router.domain.clock import Calendars, Hours, WorkingCalendar, make_calendar
from services.router.domain.desks import NO_DESKS, Desk, Desks, Place, check_desks, complete_desks
from services.router.usecases.ports import ReferenceSet, SetKind
from shared.territory import OfficeDesk, Territory
from shared.territory.reader import WEEKDAYS


def desk_set(territory: Territory, written: Sequence[OfficeDesk] | None = None) -> ReferenceSet:
    """Write the offices of a pack with its desks, or with those of a file; raises `DesksError`."""
    desks = territory.desks if written is None else written
    document = plain(
        {
            "offices": [
                {"id": office.id, "name_vi": office.name_vi, "name_en": office.name_en} for office in territory.offices
            ],
            "desks": [_written(desk) for desk in desks],
        }
    )
    check_desks(written_desks(document), offices=territory.office_by_id.keys(), units=territory.unit_by_code.keys())
    return ReferenceSet(SetKind.OFFICES, content_version(document), territory.valid_from, document)


def _written(desk: OfficeDesk) -> Document:
    hours = hours_document(desk.hours) if desk.hours is not None else None
    return _only_said(desk, hours)


def _only_said(desk: OfficeDesk | Desk, hours: Document | None) -> Document:
    said = {
        "office": desk.office,
        "unit": desk.unit_code,
        "phone": desk.phone,
        "email": desk.email,
        "hours": hours,
        "deputy": desk.deputy,
        "away_from": desk.away_from,
        "away_to": desk.away_to,
    }
    return {name: value for name, value in said.items() if value is not None and value != ""}


def written_desks(document: Document) -> list[Desk]:
    """Read the desks of a document as they were written; those of units are not filled from the general ones."""
    return [
        Desk(
            office=desk["office"],
            unit_code=desk.get("unit", ""),
            phone=desk.get("phone"),
            email=desk.get("email"),
            hours=week_of(desk["hours"]) if "hours" in desk else None,
            deputy=desk.get("deputy"),
            away_from=_day(desk.get("away_from")),
            away_to=_day(desk.get("away_to")),
        )
        for desk in document["desks"]
    ]


def desks_of(document: Document) -> Desks:
    """Make a document usable."""
    names = {office["id"]: office["name_vi"] for office in document["offices"]}
    return complete_desks(written_desks(document), names)


def desk_calendars(calendar: Document, desks: Desks) -> dict[Place, WorkingCalendar]:
    """Lay out a calendar for every desk with hours of its own; desks with the same hours share one."""
    days = {special.day: special.works for special in special_days_of(calendar)}
    years, zone = calendar["years"], ZoneInfo(calendar["timezone"])
    made: list[tuple[Hours, WorkingCalendar]] = []
    found: dict[Place, WorkingCalendar] = {}
    for place, desk in desks.by_place.items():
        if desk.hours is None:
            continue
        laid_out = next((each for hours, each in made if hours == desk.hours), None)
        if laid_out is None:
            laid_out = make_calendar(
                zone=zone, hours=(desk.hours,), days=days, first_year=years[0], last_year=years[-1]
            )
            made.append((desk.hours, laid_out))
        found[place] = laid_out
    return found


def hours_and_desks(calendar: Document, offices: Document | None) -> tuple[Calendars, ZoneInfo, Desks]:
    """Make a calendar usable together with the desks of offices, if there are any."""
    desks = desks_of(offices) if offices is not None else NO_DESKS
    calendars = replace(calendars_of(calendar), by_office=desk_calendars(calendar, desks))
    return calendars, ZoneInfo(calendar["timezone"]), desks


# --- changing ------------------------------------------------------------------------------------------------------


def with_desks(in_force: ReferenceSet, desks: Sequence[Desk]) -> ReferenceSet:
    """Return the offices in force with other desks; whether they can be used is not looked at."""
    written = [_only_said(desk, _week_document(desk.hours) if desk.hours is not None else None) for desk in desks]
    document = plain({**in_force.document, "desks": written})
    return ReferenceSet(SetKind.OFFICES, content_version(document), in_force.valid_from, document)


def keep_switched_desks(pack: ReferenceSet, in_force: ReferenceSet, territory: Territory) -> ReferenceSet:
    """Keep desks that a person switched to when a pack is loaded; the offices are the pack's.

    Desks of units that the pack does not have (any more) are closed. Raises `DesksError` when the desks name an office
    that the pack does not have.
    """
    known = territory.unit_by_code.keys()
    desks = [desk for desk in in_force.document["desks"] if desk.get("unit", "") in {"", *known}]
    document = plain({**pack.document, "desks": desks})
    check_desks(written_desks(document), offices=territory.office_by_id.keys(), units=known)
    return ReferenceSet(SetKind.OFFICES, content_version(document), in_force.valid_from, document)


# --- for people ----------------------------------------------------------------------------------------------------


def desks_yaml(document: Document) -> str:
    """Write the desks of a document as the YAML of a pack."""
    desks = [{**desk, **({"hours": _hours_words(desk["hours"])} if "hours" in desk else {})} for desk in
             document["desks"]]  # fmt: skip
    return yaml.safe_dump({"desks": desks}, allow_unicode=True, sort_keys=False, width=120)


def _hours_words(hours: Mapping[str, Any]) -> Document:
    others = {WEEKDAYS[int(day)]: _interval_words(texts) for day, texts in hours.get("other_days", {}).items()}
    return {
        "days": [WEEKDAYS[day] for day in hours["weekdays"]],
        "intervals": _interval_words(hours["intervals"]),
        **({"other_days": others} if others else {}),
    }


def _interval_words(texts: Sequence[Sequence[str]]) -> list[str]:
    return ["-".join(interval) for interval in texts]


def _week_document(hours: Hours) -> Document:
    texts = {
        day: [[opens.isoformat("minutes"), closes.isoformat("minutes")] for opens, closes in intervals]
        for day, intervals in [(-1, hours.intervals), *sorted(hours.other_days.items())]
    }
    others = {str(day): intervals for day, intervals in texts.items() if day >= 0}
    return {
        "weekdays": sorted(hours.weekdays),
        "intervals": texts[-1],
        **({"other_days": others} if others else {}),
    }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
