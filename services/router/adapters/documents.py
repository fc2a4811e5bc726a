"""Reference sets as JSON documents: from a territory pack to documents, and from documents to what the domain uses."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson

from services.router.adapters.boundaries import GeneralisedBoundaries, RealBoundaries
from services.router.domain.clock import Duration, WorkingCalendar, make_calendar
from services.router.domain.gazetteer import Gazetteer, Name, NameKind
from services.router.domain.place import Places
from services.router.domain.rules import Policy, Rule, Terms, check_policy
from services.router.usecases.ports import Boundaries, Reference, ReferenceSet, SetKind
from shared.territory import Territory

VERSION_LENGTH = 16
Document = Mapping[str, Any]
Outcome = TypeVar("Outcome")


def content_version(document: Document) -> str:
    """Name a document by a hash of its content: equal content, equal version."""
    canonical = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()[:VERSION_LENGTH]


def sets_of(territory: Territory) -> list[ReferenceSet]:
    """Write a pack's reference sets; raises `PolicyError` when its policy cannot work."""
    policy = _plain(
        {
            "label": territory.policy.version,
            "offices": [asdict(rule) for rule in territory.policy.offices],
            "deadlines": [asdict(rule) for rule in territory.policy.deadlines],
            "topics": [
                {"code": topic.code, "field": topic.field, "lead_office": topic.lead_office}
                for topic in territory.topics
            ],
        }
    )
    check_policy(_policy(policy))
    documents = (
        (SetKind.UNITS, territory.valid_from, _units_document(territory)),
        (SetKind.POLICY, territory.policy.valid_from, policy),
        (SetKind.CALENDAR, territory.valid_from, _calendar_document(territory)),
    )
    return [
        ReferenceSet(kind, content_version(document), valid_from, document) for kind, valid_from, document in documents
    ]


def build_reference(sets: Mapping[SetKind, ReferenceSet]) -> Reference:
    """Make the sets in force usable; without boundaries, generalised ones are computed from the units."""
    units, policy, calendar = sets[SetKind.UNITS], sets[SetKind.POLICY], sets[SetKind.CALENDAR]
    real = sets.get(SetKind.BOUNDARIES)
    boundaries: Boundaries = (
        RealBoundaries(real.document, version=real.version)
        if real is not None
        else GeneralisedBoundaries(units.document["units"], version=f"generalised-{units.version}")
    )
    return Reference(
        places=_places(units.document),
        boundaries=boundaries,
        policy=_policy(policy.document),
        calendar=_calendar(calendar.document),
        zone=ZoneInfo(calendar.document["timezone"]),
        units_version=units.version,
        policy_version=policy.version,
        calendar_version=calendar.version,
    )


# --- to documents --------------------------------------------------------------------------------------------------


def _units_document(territory: Territory) -> Document:
    return _plain(
        {
            "label": territory.version,
            "name": territory.short_name_vi,
            "former_provinces": territory.former_provinces,
            "everyday_words": territory.everyday_words,
            "units": [
                {
                    "code": unit.code,
                    "type": unit.type,
                    "name": unit.name,
                    "full_name": unit.full_name,
                    "former_province": unit.former_province,
                    "lat": unit.lat,
                    "lon": unit.lon,
                    "area_km2": unit.area_km2,
                }
                for unit in territory.units
            ],
            "predecessors": [asdict(predecessor) for predecessor in territory.predecessors],
            "aliases": [asdict(alias) for alias in territory.aliases],
            "neighbours": territory.neighbours,
        }
    )


def _calendar_document(territory: Territory) -> Document:
    return _plain(
        {
            "timezone": territory.timezone,
            "years": territory.calendar_years,
            "weekdays": territory.working_hours.days,
            "intervals": [
                [opens.isoformat("minutes"), closes.isoformat("minutes")]
                for opens, closes in territory.working_hours.intervals
            ],
            "days": [asdict(day) for day in territory.calendar],
        }
    )


def _plain(document: Document) -> Document:
    plain: Document = orjson.loads(orjson.dumps(document))
    return plain


# --- from documents ------------------------------------------------------------------------------------------------


def _places(document: Document) -> Places:
    return Places(
        unit_names={unit["code"]: unit["full_name"] for unit in document["units"]},
        successors={old["old_code"]: old["new_codes"][0] for old in document["predecessors"] if not _split(old)},
        gazetteer=Gazetteer(_names(document), everyday_words=document["everyday_words"]),
    )


def _split(predecessor: Mapping[str, Any]) -> bool:
    return len(predecessor["new_codes"]) > 1


def _names(document: Document) -> list[Name]:
    units = document["units"]
    names = [Name(unit["name"], NameKind.UNIT, unit["type"], (unit["code"],)) for unit in units]
    types = {unit["code"]: unit["type"] for unit in units}
    names += [
        Name(alias["name"], NameKind.ALIAS, types[alias["unit_code"]], (alias["unit_code"],))
        for alias in document["aliases"]
    ]
    districts: dict[tuple[str, str], set[str]] = defaultdict(set)
    provinces: dict[str, set[str]] = defaultdict(set)
    for old in document["predecessors"]:
        names.append(Name(old["name"], NameKind.PREDECESSOR, old["type"], tuple(old["new_codes"])))
        districts[old["district_type"], old["district"]].update(old["new_codes"])
    for unit in units:
        provinces[unit["former_province"]].add(unit["code"])
    # The province of today is called like one of its former parts; its name says nothing about the unit.
    provinces[document["name"]] = set(types)
    names += [
        Name(name, NameKind.DISTRICT, district_type, tuple(sorted(codes)))
        for (district_type, name), codes in districts.items()
    ]
    names += [Name(name, NameKind.PROVINCE, "tỉnh", tuple(sorted(codes))) for name, codes in provinces.items()]
    return names


def _policy(document: Document) -> Policy:
    return Policy(
        offices=tuple(_rule(rule, lambda rule: rule["office"]) for rule in document["offices"]),
        deadlines=tuple(
            _rule(rule, lambda rule: Terms(Duration(**rule["accept"]), Duration(**rule["resolve"])))
            for rule in document["deadlines"]
        ),
        lead_by_topic={topic["code"]: topic["lead_office"] for topic in document["topics"]},
        field_by_topic={topic["code"]: topic["field"] for topic in document["topics"]},
    )


def _rule(rule: Mapping[str, Any], outcome: Callable[[Mapping[str, Any]], Outcome]) -> Rule[Outcome]:
    return Rule(
        id=rule["id"],
        when=tuple((name, frozenset(values)) for name, values in rule["when"].items()),
        outcome=outcome(rule),
        valid_from=_day(rule["valid_from"]),
        valid_to=_day(rule["valid_to"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _calendar(document: Document) -> WorkingCalendar:
    return make_calendar(
        zone=ZoneInfo(document["timezone"]),
        weekdays=frozenset(document["weekdays"]),
        intervals=tuple(
            (time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in document["intervals"]
        ),
        days={date.fromisoformat(day["day"]): day["kind"] == "working" for day in document["days"]},
        first_year=document["years"][0],
        last_year=document["years"][-1],
    )
