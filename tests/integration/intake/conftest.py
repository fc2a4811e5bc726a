"""Intake's schema in a database of the test's own."""

from pathlib import Path

import pytest

from services.intake.main import MIGRATIONS


@pytest.fixture
def migrations() -> tuple[Path, ...]:
    return (MIGRATIONS,)
