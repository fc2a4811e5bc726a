"""The territory pack of the repository, and the reference made of it."""

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from services.router.adapters.documents import build_reference, sets_of
from services.router.usecases.ports import Reference, ReferenceSet, SetKind
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
