"""Find table phrases in a resident's words, however they were accented.

A phrase matches a run of whole words when every word was typed either as in the table or with no accents at all:
"chay nha" and "cháy nhà" are both the phrase "cháy nhà", but "chạy nhà" is not. A phrase of one word must be typed
as in the table: "chay" alone may be a fire, a run, a leak or a vegetarian. Where the bare word is clear enough, the
table holds it too ("không", "khong").
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self
from unicodedata import normalize

from services.classifier.domain.words import Line, line_of


@dataclass(frozen=True, slots=True)
class Found:
    """Where a phrase stands in a line, in characters: `line.written[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrases:
    """A table of phrases, indexed by the two words each begins with (or its only one)."""

    by_key: Mapping[str, tuple[Line, ...]]
    keys: frozenset[str]

    @classmethod
    def of(cls, *phrases: str) -> Self:
        """Index `phrases`."""
        by_key: dict[str, tuple[Line, ...]] = {}
        for phrase in map(line_of, phrases):
            key = " ".join(phrase.folded.split()[:2])
            by_key[key] = (*by_key.get(key, ()), phrase)
        return cls(by_key, frozenset(by_key))

    def find_in(self, line: Line) -> Iterator[Found]:
        """Yield every place of `line` where one of the phrases stands, in no promised order."""
        for key in self.keys & line.keys:
            for phrase in self.by_key[key]:
                yield from _find(phrase, line)

    def are_in(self, line: Line) -> bool:
        """Say whether any of the phrases stands in `line`."""
        return next(self.find_in(line), None) is not None


def first(found: Iterable[Found]) -> Found | None:
    """Return the one nearest the beginning, the longest if several begin there, or none."""
    return min(found, key=lambda each: (each.start, -each.end), default=None)


def around(line: Line, found: Found, *, words_before: int, words_after: int) -> tuple[Line, Line]:
    """Cut out the words just before and just after what was found."""
    before_start = _steps_back(line.folded, found.start - 1, words_before)
    after_end = _steps_on(line.folded, found.end, words_after)
    return line.part(before_start, found.start), line.part(found.end, after_end)


def _find(phrase: Line, line: Line) -> Iterator[Found]:
    start = line.folded.find(phrase.folded)
    while start >= 0:
        end = start + len(phrase.folded)
        if _typed_alike(line.written[start:end], phrase.written):
            yield Found(start=start + 1, end=end - 1)
        start = line.folded.find(phrase.folded, start + 1)


def _steps_back(folded: str, position: int, words: int) -> int:
    for _ in range(words):
        if position <= 0:
            break
        position = folded.rfind(" ", 0, position)
    return position


def _steps_on(folded: str, position: int, words: int) -> int:
    for _ in range(words):
        following = folded.find(" ", position + 1)
        if following < 0:
            break
        position = following
    return position + 1


@lru_cache(maxsize=16384)
def _typed_alike(typed: str, meant: str) -> bool:
    """Compare word by word; old and new places of a tone mark (hoà, hòa) are the same."""
    words = list(zip(typed.split(), meant.split(), strict=True))
    bare_is_enough = len(words) > 1
    return all(
        word == like or (bare_is_enough and word.isascii()) or _letters_of(word) == _letters_of(like)
        for word, like in words
    )


def _letters_of(word: str) -> list[str]:
    return sorted(normalize("NFD", word))
