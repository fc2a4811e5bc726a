"""One running system for all fault cases; after each it is healed, and the books must balance."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.system import System

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.faults)


@dataclass
class Keeper:
    """Keep one system for all tests, and replace one that did not come to rest: the next test is not to blame."""

    folders: pytest.TempPathFactory
    life: ExitStack = field(default_factory=ExitStack)
    system: System | None = None

    def get(self) -> System:
        """Return a system at rest."""
        if self.system is None:
            self.system = self.life.enter_context(System(self.folders.mktemp("system")))
        return self.system

    def end(self) -> None:
        """Stop it."""
        self.system = None
        self.life.close()


@pytest.fixture(scope="session")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeper]:
    """Keep the running system until the last test is done."""
    keeper = Keeper(tmp_path_factory)
    yield keeper
    keeper.end()


@pytest.fixture
def system(keeper: Keeper) -> Iterator[System]:
    """Hand out the system; afterwards accepted = cases + dead letters, nothing waits, nothing happened twice."""
    system = keeper.get()
    system.begin_test()
    yield system
    try:
        system.settle()
    except BaseException:
        keeper.end()
        raise
