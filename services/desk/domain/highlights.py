"""Which of the resident's words spoke for the topic, marked in the text itself."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STRONG_FROM = 0.25


@dataclass(frozen=True, slots=True)
class Highlight:
    """A part of a text, in code points, end exclusive; `weight` is its share of what spoke for the topic."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; plain where it has no weight."""

    text: str
    weight: float | None = None

    @property
    def strong(self) -> bool:
        """Whether these words alone carried much of the decision."""
        return self.weight is not None and self.weight >= STRONG_FROM


def pieces_of(text: str, highlights: Iterable[Highlight]) -> Sequence[Piece]:
    """Cut a text into plain and marked pieces, which in their order are the text again, whatever the offsets are.

    What lies beyond the text is left out, what overlaps is marked once with the sum of its weights, and a letter is
    never parted from its accents.
    """
    pieces: list[Piece] = []
    done = 0
    for mark in _apart(_inside(text, highlights)):
        if mark.start > done:
            pieces.append(Piece(text[done : mark.start]))
        pieces.append(Piece(text[mark.start : mark.end], mark.weight))
        done = mark.end
    if done < len(text):
        pieces.append(Piece(text[done:]))
    return pieces


def _inside(text: str, highlights: Iterable[Highlight]) -> Iterable[Highlight]:
    for mark in highlights:
        start, end = max(0, mark.start), min(len(text), mark.end)
        if start >= end:
            continue
        while start > 0 and _belongs_to_the_letter_before(text[start]):
            start -= 1
        while end < len(text) and _belongs_to_the_letter_before(text[end]):
            end += 1
        yield Highlight(start, end, mark.weight)


def _apart(marks: Iterable[Highlight]) -> Iterable[Highlight]:
    last: Highlight | None = None
    for mark in sorted(marks, key=lambda mark: (mark.start, mark.end)):
        if last is not None and mark.start < last.end:
            last = Highlight(last.start, max(last.end, mark.end), min(1.0, last.weight + mark.weight))
            continue
        if last is not None:
            yield last
        last = mark
    if last is not None:
        yield last


def _belongs_to_the_letter_before(character: str) -> bool:
    return unicodedata.category(character).startswith("M")
