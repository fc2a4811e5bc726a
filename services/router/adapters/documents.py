"""Reference sets as JSON documents: from a territory pack to documents, and from documents to what the domain uses."""

from collections.abc import Mapping
from dataclasses import asdict

from services.router.adapters.boundaries import NEAR_BORDER_METRES
from services.router.adapters.boundary_documents import boundaries_of
from services.router.adapters.calendar_documents import calendar_document
from services.router.adapters.content import Document, content_version, plain
from services.router.adapters.desk_documents import desk_set, hours_and_desks
from services.router.adapters.names import places_of
from services.router.adapters.rule_documents import policy_of, policy_set
from services.router.usecases.ports import Reference, ReferenceSet, SetKind
from shared.territory import Territory


def sets_of(territory: Territory) -> list[ReferenceSet]:
    """Write a pack's reference sets; raises `PolicyError` or `DesksError` when rules or desks cannot work."""
    documents = (
        (SetKind.UNITS, territory.valid_from, _units_document(territory)),
        (SetKind.CALENDAR, territory.valid_from, calendar_document(territory)),
    )
    units, calendar = (
        ReferenceSet(kind, content_version(document), valid_from, document) for kind, valid_from, document in documents
    )
    return [units, policy_set(territory), calendar, desk_set(territory)]


def build_reference(
    sets: Mapping[SetKind, ReferenceSet], *, near_border_metres: float = NEAR_BORDER_METRES
) -> Reference:
    """Make the sets in force usable; without boundaries, generalised ones are computed from the units."""
    units, policy, calendar = sets[SetKind.UNITS], sets[SetKind.POLICY], sets[SetKind.CALENDAR]
    offices = sets.get(SetKind.OFFICES)
    calendars, zone, desks = hours_and_desks(calendar.document, offices.document if offices is not None else None)
    return Reference(
        places=places_of(units.document),
        boundaries=boundaries_of(sets.get(SetKind.BOUNDARIES), units, near_border_metres=near_border_metres),
        policy=policy_of(policy.document),
        calendars=calendars,
        zone=zone,
        units_version=units.version,
        policy_version=policy.version,
        calendar_version=calendar.version,
        desks=desks,
        offices_version=offices.version if offices is not None else None,
    )


# --- to documents --------------------------------------------------------------------------------------------------


def _units_document(territory: Territory) -> Document:
    return plain(
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
            "spots": [asdict(spot) for spot in territory.spots],
            "elsewhere": [asdict(place) for place in territory.elsewhere],
            "homonyms": territory.homonyms,
        }
    )
