"""Boundaries of a reference set made usable, checked beside the event loop, and drawn anew when units become one."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import shapely
from anyio import to_thread
from shapely.geometry import mapping, shape

from services.router.adapters.boundaries import NEAR_BORDER_METRES, GeneralisedBoundaries, RealBoundaries
from services.router.adapters.boundary_check import BoundaryCheck
from services.router.adapters.content import Document
from services.router.usecases.import_boundaries import CheckedBoundaries, RunCheck
from services.router.usecases.ports import Boundaries, ReferenceSet


def boundaries_of(
    real: ReferenceSet | None, units: ReferenceSet, *, near_border_metres: float = NEAR_BORDER_METRES
) -> Boundaries:
    """Make boundaries usable; without any, generalised ones are computed from the units."""
    if real is not None:
        return RealBoundaries(real.document, version=real.version, near_border_metres=near_border_metres)
    return GeneralisedBoundaries(units.document["units"], version=f"generalised-{units.version}")


async def build_boundaries(
    real: ReferenceSet | None, units: ReferenceSet, *, near_border_metres: float = NEAR_BORDER_METRES
) -> Boundaries:
    """Do the same in a thread: polygons take a second to prepare."""
    return await to_thread.run_sync(partial(boundaries_of, real, units, near_border_metres=near_border_metres))


def in_thread(check: BoundaryCheck) -> RunCheck:
    """Let a check run beside the event loop."""

    async def run(collection: Mapping[str, Any], units: ReferenceSet) -> CheckedBoundaries:
        return await to_thread.run_sync(check, collection, units)

    return run


async def unite(drawn: Document, made_of: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
    """Draw each unit as the union of those it is made of, in a thread."""
    return await to_thread.run_sync(partial(united, drawn, made_of))


def united(drawn: Document, made_of: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
    """Return a FeatureCollection with one feature for each unit: the union of the polygons it is made of."""
    geometries = {feature["properties"]["code"]: feature["geometry"] for feature in drawn["features"]}
    features = []
    for code, parts in made_of.items():
        geometry = geometries[parts[0]]
        if len(parts) > 1:
            geometry = mapping(shapely.unary_union([shape(geometries[part]) for part in parts]))
        features.append({"type": "Feature", "properties": {"code": code}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}
