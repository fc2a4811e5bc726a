"""What every switch has in common, whatever is switched: a reason on record, and the way back."""

from dataclasses import dataclass

from services.router.domain.switches import SwitchAction, SwitchNote, in_effect, one_before
from services.router.usecases.ports import ReferenceSet, ReferenceStore, SetKind

LONGEST_NOTE = 1000
NOT_LOADED = "no territory is loaded yet; run `langnghe territory load` first"


class SwitchRefusedError(Exception):
    """What is in force stays; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Switched:
    """What was in force and what is now, None being that no set of the kind is, and whether anything changed."""

    before: ReferenceSet | None
    after: ReferenceSet | None
    changed: bool


def note_of(action: SwitchAction, *, by: str, why: str, by_hand: bool = True) -> SwitchNote:
    """Write down who and why; raises `SwitchRefusedError` when one is missing or too long to keep."""
    return SwitchNote(action, said("who", by), said("why", why), by_hand)


def said(name: str, words: str) -> str:
    """Return words that stay on record; raises `SwitchRefusedError` when there are none or too many."""
    words = words.strip()
    if not words or len(words) > LONGEST_NOTE or "\0" in words:
        message = f"say {name} in 1 to {LONGEST_NOTE} characters: it stays on record"
        raise SwitchRefusedError(message)
    return words


async def put_in_force(store: ReferenceStore, kind: SetKind, target: ReferenceSet | None, note: SwitchNote) -> bool:
    """Put a set in force, or none of its kind; return whether anything changed."""
    return await (store.deactivate(kind, note) if target is None else store.activate(target, note))


async def way_back(
    store: ReferenceStore, kind: SetKind, *, by: str, why: str
) -> tuple[ReferenceSet | None, SwitchNote]:
    """Return what was in force before the latest switch that still stands, None for no set, and the note for it.

    Raises `SwitchRefusedError` when nothing was switched, or what was in force is not stored any more.
    """
    switches = await store.switches_of(kind)
    if not in_effect(switches):
        message = "there is nothing to go back to: nothing was switched"
        raise SwitchRefusedError(message)
    target = one_before(switches)
    note = note_of(SwitchAction.ROLLBACK, by=by, why=why, by_hand=target.note.by_hand if target is not None else True)
    if target is None or target.version is None:
        return None, note
    found = await store.find(kind, target.version)
    if found is None:
        message = f"version {target.version} is not stored any more; switch to its file instead"
        raise SwitchRefusedError(message)
    return found, note
