"""The territory pack of the repository, the reference made of it, and placements in memory."""

import os
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest

from services.router.adapters.documents import build_reference, sets_of
from services.router.usecases.ports import Placement, Reference, ReferenceSet, SetKind
from shared.events import FeedbackPlaced
from shared.territory import Territory, load_territory

ROOT = Path(__file__).parent.parent.parent
PACK = ROOT / "deploy" / "territories" / "daklak"
TUESDAY_MORNING = datetime(2026, 11, 17, 1, 30, tzinfo=UTC)  # 08:30 local


@cache
def pack() -> Territory:
    """Read the pack of the repository."""
    return load_territory(PACK)


@cache
def pack_sets() -> dict[SetKind, ReferenceSet]:
    """Write the reference sets of the pack."""
    return {reference_set.kind: reference_set for reference_set in sets_of(pack())}


@cache
def pack_reference() -> Reference:
    """Make the pack usable, with generalised boundaries."""
    return build_reference(pack_sets())


def shared_data_folder() -> Path:
    """Return the folder of the shared test data, whether it is there or not."""
    return Path(os.environ.get("LANGNGHE_TEST_DATA", ROOT.parent / "shared" / "data"))


def shared_data(name: str) -> Path:
    """Return a file of the shared test data, or skip the test and say why."""
    folder = shared_data_folder()
    if not (folder / name).is_file():
        pytest.skip(f"{name} is not in {folder}; LANGNGHE_TEST_DATA names the folder that has it")
    return folder / name


@dataclass
class FakePlacements:
    """Placements in memory, each with its first generation."""

    kept: dict[UUID, Placement] = field(default_factory=dict)
    transactions: int = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["FakePlacements"]:
        self.transactions += 1
        yield self

    async def add_missing(self, placements: Sequence[Placement]) -> Mapping[UUID, FeedbackPlaced]:
        ids = [placement.event.feedback_id for placement in placements]
        before = {one: self.kept[one].event for one in ids if one in self.kept}
        for placement in placements:
            self.kept.setdefault(placement.event.feedback_id, placement)
        return before

    async def parts_of(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, Sequence[FeedbackPlaced]]:
        return {
            one: [placement.event for placement in self.kept.values() if placement.event.part_of == one]
            for one in feedback_ids
        }

    async def newest_told(self, _: Collection[UUID]) -> Mapping[UUID, FeedbackPlaced]:
        return {}
