"""The units of reference sets, as the domain compares them."""

from collections.abc import Mapping
from typing import Any

from services.router.domain.succession import Succession, UnitList, succession_of
from services.router.usecases.ports import ReferenceSet, ReferenceStore, SetKind


def unit_list(units: ReferenceSet) -> UnitList:
    """Read the units of a set; of several old units with one code, the last is the latest."""
    document: Mapping[str, Any] = units.document
    return UnitList(
        names={unit["code"]: unit["full_name"] for unit in document["units"]},
        successors={old["old_code"]: tuple(old["new_codes"]) for old in document["predecessors"]},
        valid_from=units.valid_from,
    )


async def succession_to_today(store: ReferenceStore) -> Succession | None:
    """Say what became of all units that ever were; None when no territory is loaded.

    A unit that is there is split only when the latest change said so: the codes of old are reused.
    """
    in_force = await store.active(SetKind.UNITS)
    if in_force is None:
        return None
    names: dict[str, str] = {}
    successors: Mapping[str, tuple[str, ...]] = {}
    valid_from = in_force.valid_from
    for switch in await store.switches_of(SetKind.UNITS):
        known = await store.find(SetKind.UNITS, switch.version) if switch.version is not None else None
        if known is not None and known.version != in_force.version:
            older = unit_list(known)
            names.update(older.names)
            successors, valid_from = older.successors, older.valid_from
    return succession_of(UnitList(names, successors, valid_from), unit_list(in_force), since=in_force.valid_from)
