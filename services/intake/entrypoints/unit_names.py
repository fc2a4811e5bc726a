"""Find the unit somebody means by typing its code or today's name."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar


def folded(name: str) -> str:
    """Reduce a name to what is typed without care: lower case, no diacritics, no punctuation."""
    letters = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d").lower())
    letters = letters.replace("'", "").replace("’", "")
    return " ".join("".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c)).split())


class NamedUnit(Protocol):
    """What is needed of a unit to find it by name."""

    @property
    def code(self) -> str:
        """The official code."""

    @property
    def name(self) -> str:
        """The bare name."""

    @property
    def full_name(self) -> str:
        """The name with its type."""


Named = TypeVar("Named", bound=NamedUnit)


def unit_finder(units: Iterable[Named]) -> Callable[[str], Named | None]:
    """Return the lookup: by code, full name or bare name, accents optional; nothing when unknown or ambiguous."""
    by_code: dict[str, Named] = {}
    by_name: dict[str, Named | None] = {}
    for unit in units:
        by_code[unit.code] = unit
        for name in {folded(unit.full_name), folded(unit.name)}:
            # A name that two units share decides nothing.
            by_name[name] = None if name in by_name else unit

    def find(typed: str) -> Named | None:
        return by_code.get(typed.strip()) or by_name.get(folded(typed))

    return find
