"""Reference sets as JSON documents: from a territory pack to documents, and from documents to what the domain uses."""

from collections.abc import Mapping
from dataclasses import asdict
from zoneinfo import ZoneInfo

from services.router.adapters.boundaries import NEAR_BORDER_METRES, GeneralisedBoundaries, RealBoundaries
from services.router.adapters.calendar_documents import calendar_document, calendars_of
from services.router.adapters.content import Document, content_version, plain
from services.router.adapters.names import places_of
from services.router.adapters.rule_documents import policy_of, policy_set
from services.router.usecases.ports import Boundaries, Reference, ReferenceSet, SetKind
from shared.territory import Territory


def sets_of(territory: Territory) -> list[ReferenceSet]:
    """Write a pack's reference sets; raises `PolicyError` when its policy cannot work."""
    documents = (
        (SetKind.UNITS, territory.valid_from, _units_document(territory)),
        (SetKind.CALENDAR, territory.valid_from, calendar_document(territory)),
    )
    units, calendar = (
        ReferenceSet(kind, content_version(document), valid_from, document) for kind, valid_from, document in documents
    )
    return [units, policy_set(territory), calendar]


def build_reference(
    sets: Mapping[SetKind, ReferenceSet], *, near_border_metres: float = NEAR_BORDER_METRES
) -> Reference:
    """Make the sets in force usable; without boundaries, generalised ones are computed from the units."""
    units, policy, calendar = sets[SetKind.UNITS], sets[SetKind.POLICY], sets[SetKind.CALENDAR]
    real = sets.get(SetKind.BOUNDARIES)
    boundaries: Boundaries = (
        RealBoundaries(real.document, version=real.version, near_border_metres=near_border_metres)
        if real is not None
        else GeneralisedBoundaries(units.document["units"], version=f"generalised-{units.version}")
    )
    return Reference(
        places=places_of(units.document),
        boundaries=boundaries,
        policy=policy_of(policy.document),
        calendars=calendars_of(calendar.document),
        zone=ZoneInfo(calendar.document["timezone"]),
        units_version=units.version,
        policy_version=policy.version,
        calendar_version=calendar.version,
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
