"""DryRunUnits: say what a pack changes in the units and where open cases would go; nothing is changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.router.domain.replay import Group
from services.router.domain.succession import MovedBy, Succession, succession_of
from services.router.usecases.dry_run_boundaries import BuildBoundaries
from services.router.usecases.move_open_cases import PAGE, decide_moves, must_move
from services.router.usecases.ports import OpenTerritory, ReferenceSet, SetKind
from services.router.usecases.redraw_boundaries import BoundariesDisagreeError, RedrawBoundaries
from services.router.usecases.switching import NOT_LOADED, SwitchRefusedError
from services.router.usecases.unit_lists import unit_list

Way = tuple[str, str | None, MovedBy]
"""The unit of before, that of after (None is the province desk), and what decides."""


@dataclass(slots=True)
class UnitsDryRun:
    """What a change of units would do.

    `boundaries` is the version that would be in force, None for generalised ones; `boundaries_missing` says why a file
    is needed, and pins are not looked up then.
    """

    succession: Succession
    boundaries: str | None = None
    boundaries_missing: str | None = None
    open_cases: int = 0
    moves: dict[Way, Group] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DryRunUnits:
    """Compare a pack's units with those in force and decide every open case, as loading the pack would."""

    open_territory: OpenTerritory
    redraw: RedrawBoundaries
    build: BuildBoundaries

    async def __call__(self, units: ReferenceSet, *, boundaries: Mapping[str, Any] | None = None) -> UnitsDryRun:
        """Return what would change; raises `SwitchRefusedError` when no territory is loaded.

        Raises `BoundariesRefusedError` for boundaries that do not fit the pack.
        """
        async with self.open_territory() as store:
            before = await store.active(SetKind.UNITS)
            if before is None:
                raise SwitchRefusedError(NOT_LOADED)
            succession = succession_of(unit_list(before), unit_list(units), since=units.valid_from)
            found = UnitsDryRun(succession)
            usable = None
            try:
                drawn = await self.redraw(store, succession, units, boundaries)
                found.boundaries = drawn.version if drawn is not None else None
                usable = await self.build(drawn, units)
            except BoundariesDisagreeError as error:
                found.boundaries_missing = str(error)
            after = None
            while succession.successors:
                page = await store.newest_open(limit=PAGE, after=after, units=succession.successors.keys())
                if not page:
                    break
                after = page[-1].feedback_id
                waiting = [case for case in page if must_move(case, succession, units.version)]
                found.open_cases += len(waiting)
                for case, move in await decide_moves(waiting, store, succession, usable):
                    way = (case.unit_code or "", move.place.unit_code, move.moved_by)
                    found.moves.setdefault(way, Group()).add(case.feedback_id)
        return found
