"""Boundaries of changed units: of a file, the union of the old ones, earlier ones, or asked for; and the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.router.domain.succession import Succession, UnitList, succession_of
from services.router.domain.switches import Switch, SwitchAction, SwitchNote
from services.router.usecases.import_boundaries import BoundariesRefusedError, CheckedBoundaries
from services.router.usecases.ports import ReferenceSet, SetKind, StoredVersion
from services.router.usecases.redraw_boundaries import BoundariesDisagreeError, RedrawBoundaries
from services.router.usecases.switch_boundaries import need_same_units, stored_boundaries
from services.router.usecases.switching import SwitchRefusedError, way_back

SINCE = date(2027, 1, 1)
BEFORE = {"a": "Xã A", "b": "Xã B", "c": "Xã C"}


def boundaries(version: str, *codes: str) -> ReferenceSet:
    features = [{"properties": {"code": code}} for code in codes]
    return ReferenceSet(SetKind.BOUNDARIES, version, SINCE, {"features": features})


def units(*codes: str) -> ReferenceSet:
    document = {"units": [{"code": code, "full_name": f"Xã {code}"} for code in codes], "predecessors": []}
    return ReferenceSet(SetKind.UNITS, "u", SINCE, document)


@dataclass
class FakeBoundaries:
    """Sets in memory: the last of the history is in force."""

    sets: list[ReferenceSet] = field(default_factory=list)
    history: list[str | None] = field(default_factory=list)
    in_force: dict[SetKind, ReferenceSet] = field(default_factory=dict)

    async def active(self, kind: SetKind) -> ReferenceSet | None:
        return self.in_force.get(kind)

    async def find(self, kind: SetKind, version: str) -> ReferenceSet | None:
        return next((each for each in self.sets if (each.kind, each.version) == (kind, version)), None)

    async def stored(self) -> Sequence[StoredVersion]:
        now = datetime(2026, 11, 23, tzinfo=UTC)
        return [StoredVersion(each.version, 3, now, active=False) for each in self.sets]

    async def switches_of(self, kind: SetKind) -> Sequence[Switch]:
        assert kind is SetKind.BOUNDARIES
        note = SwitchNote(SwitchAction.SWITCH, "an", "x", by_hand=True)
        now = datetime(2026, 11, 23, tzinfo=UTC)
        return [Switch(number, now, note, None, version) for number, version in enumerate(self.history)]


async def check(collection: Mapping[str, Any], _units: ReferenceSet) -> CheckedBoundaries:
    if collection.get("bad"):
        raise BoundariesRefusedError(["a hole"])
    return CheckedBoundaries(collection, f"checked-{collection['name']}", 3, ())


async def unite(_drawn: Mapping[str, Any], made_of: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
    return {"name": "/".join("+".join(parts) for parts in made_of.values()), "bad": "bad" in made_of}


REDRAW = RedrawBoundaries(check, unite)


def change(names: dict[str, str], **went_to: tuple[str, ...]) -> Succession:
    return succession_of(UnitList(BEFORE, {}), UnitList(names, went_to), since=SINCE)


MERGED = change({"d": "Xã D", "c": "Xã C"}, a=("d",), b=("d",))
SPLIT = change({**BEFORE, "d": "Xã D"}, a=("a", "d"))
ENDED = change({"b": "Xã B", "c": "Xã C"})


async def redraw(
    succession: Succession | None,
    *,
    collection: Mapping[str, Any] | None = None,
    history: Sequence[str | None] = ("v",),
) -> ReferenceSet | None:
    stored = [boundaries("v", "a", "b", "c"), boundaries("older", "b", "c"), boundaries("oldest", "b", "c")]
    store = FakeBoundaries(stored, list(history))
    store.in_force = {SetKind.BOUNDARIES: stored[0]} if history else {}
    today = sorted(succession.units) if succession is not None else "abc"
    return await REDRAW(store, succession, units(*today), collection)


async def test_a_file_goes_before_everything_else() -> None:
    found = await redraw(SPLIT, collection={"name": "file"})
    assert found is not None
    assert (found.version, found.valid_from) == ("checked-file", SINCE)


async def test_joined_units_are_drawn_as_the_union_of_their_parts() -> None:
    found = await redraw(MERGED)
    assert found is not None
    assert found.version == "checked-c/a+b"


async def test_generalised_boundaries_need_no_drawing() -> None:
    assert await redraw(SPLIT, history=()) is None


async def test_boundaries_stay_when_the_units_do() -> None:
    found = await redraw(None)
    assert found is not None
    assert found.version == "v"


async def test_a_union_that_does_not_pass_the_check_asks_for_a_file() -> None:
    bad = change({"bad": "Xã D", "c": "Xã C"}, a=("bad",), b=("bad",))
    with pytest.raises(BoundariesDisagreeError, match=r"union of the old ones does not fit: a hole.*--boundaries FILE"):
        await redraw(bad)


async def test_a_split_asks_for_a_file_even_when_old_boundaries_have_the_same_codes() -> None:
    with pytest.raises(BoundariesDisagreeError, match="Xã A split up"):
        await redraw(SPLIT)


async def test_units_that_were_there_before_get_their_latest_boundaries_back() -> None:
    found = await redraw(ENDED, history=("oldest", None, "older", "gone", "v", "v"))
    assert found is not None
    assert found.version == "older"
    with pytest.raises(BoundariesDisagreeError, match="of other units than this pack"):
        await redraw(ENDED)


async def test_a_version_is_named_by_a_beginning_that_only_one_has() -> None:
    store = FakeBoundaries([boundaries("abc1", "a"), boundaries("abc2", "a")])
    found = await stored_boundaries(store, " abc2 ")
    assert found is not None
    assert found.version == "abc2"
    with pytest.raises(SwitchRefusedError, match="several stored boundaries begin with 'abc'"):
        await stored_boundaries(store, "abc")


async def test_nothing_is_switched_before_a_territory_is_loaded() -> None:
    with pytest.raises(SwitchRefusedError, match="no territory is loaded yet"):
        await need_same_units(FakeBoundaries(), None)


async def test_going_back_to_what_is_not_stored_any_more_is_refused() -> None:
    store = FakeBoundaries([boundaries("v", "a")], ["gone", "v"])
    with pytest.raises(SwitchRefusedError, match="version gone is not stored any more"):
        await way_back(store, SetKind.BOUNDARIES, by="an", why="x")
