"""SwitchDesks, ChangeDesk and RollBackDesks: put the desks of offices in force, on record, and take them back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.router.domain.desks import Desk, DesksError, check_desks
from services.router.domain.switches import SwitchAction
from services.router.usecases.ports import OpenReferences, ReferenceSet, ReferenceStore, SetKind
from services.router.usecases.switching import NOT_LOADED, Switched, SwitchRefusedError, note_of, way_back


class DesksChangedError(SwitchRefusedError):
    """Others changed the desks after the person looked at them."""


ReadWritten = Callable[[Mapping[str, Any]], Sequence[Desk]]
"""Read the desks of a document as they were written."""

WithDesks = Callable[[ReferenceSet, Sequence[Desk]], ReferenceSet]
"""Write a set with other desks."""


@dataclass(frozen=True, slots=True)
class SwitchDesks:
    """Put all desks of a file in force in one transaction; a running router follows, cases that were placed stay."""

    open_references: OpenReferences
    read: ReadWritten
    write: WithDesks

    async def __call__(self, desks: Sequence[Desk], *, by: str, why: str) -> Switched:
        """Switch; raises `SwitchRefusedError` for desks that cannot be used, or without a reason."""
        note = note_of(SwitchAction.SWITCH, by=by, why=why)
        async with self.open_references() as store:
            await store.lock()
            before = await desks_in_force(store)
            after = self.write(before, desks)
            await need_usable(store, after, self.read)
            return Switched(before, after, await store.activate(after, note))


@dataclass(frozen=True, slots=True)
class ChangeDesk:
    """Put one desk in the place of the one of the same office and unit; a desk that says nothing is taken away."""

    open_references: OpenReferences
    read: ReadWritten
    write: WithDesks

    async def __call__(self, desk: Desk, *, seen: str, by: str, why: str) -> Switched:
        """Change it; `seen` is the version that the person looked at: another one in force is not overwritten.

        Raises `SwitchRefusedError` for a desk that cannot be used, without a reason, or when others changed it since.
        """
        note = note_of(SwitchAction.SWITCH, by=by, why=why)
        async with self.open_references() as store:
            await store.lock()
            before = await desks_in_force(store)
            _need_seen(before, seen)
            now = list(self.read(before.document))
            places = [each.place for each in now]
            position = places.index(desk.place) if desk.place in places else len(now)
            now[position : position + 1] = [] if desk == Desk(*desk.place) else [desk]
            after = self.write(before, now)
            await need_usable(store, after, self.read)
            return Switched(before, after, await store.activate(after, note))


@dataclass(frozen=True, slots=True)
class RollBackDesks:
    """Go back to the desks that were in force before the latest switch that still stands."""

    open_references: OpenReferences
    read: ReadWritten

    async def __call__(self, *, by: str, why: str, seen: str | None = None) -> Switched:
        """Go back; `seen` is the version that the person looked at, none for whatever is in force.

        Raises `SwitchRefusedError` when there is nothing to go back to, or it no longer fits.
        """
        async with self.open_references() as store:
            await store.lock()
            before = await desks_in_force(store)
            if seen is not None:
                _need_seen(before, seen)
            after, note = await way_back(store, SetKind.OFFICES, by=by, why=why)
            if after is None:
                message = "there is nothing to go back to: no desks were in force before these"
                raise SwitchRefusedError(message)
            await need_usable(store, after, self.read)
            return Switched(before, after, await store.activate(after, note))


async def desks_in_force(store: ReferenceStore) -> ReferenceSet:
    """Return the offices and desks in force; raises `SwitchRefusedError` when no territory is loaded."""
    found = await store.active(SetKind.OFFICES)
    if found is None:
        raise SwitchRefusedError(NOT_LOADED)
    return found


def _need_seen(in_force: ReferenceSet, seen: str) -> None:
    if seen != in_force.version:
        message = "the desks were changed by somebody else meanwhile; look at them again, nothing was changed"
        raise DesksChangedError(message)


async def need_usable(store: ReferenceStore, desks: ReferenceSet, read: ReadWritten) -> None:
    """Refuse desks that cannot be used with the offices they come with and the units that are loaded."""
    units = await store.active(SetKind.UNITS)
    known = {unit["code"] for unit in units.document["units"]} if units is not None else set()
    try:
        check_desks(read(desks.document), offices={office["id"] for office in desks.document["offices"]}, units=known)
    except DesksError as error:
        raise SwitchRefusedError(str(error)) from None
