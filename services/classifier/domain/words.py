"""Vietnamese text as words, as written and without accents, the two side by side."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from unicodedata import combining, normalize

_WORD = re.compile(r"\w+")
_TABLE_END = 0x2000
"""Letters of every script a resident is likely to type lie below this code point."""


def _fold_char(char: str) -> str:
    if char == "đ":
        return "d"
    if char == "Đ":
        return "D"
    base = "".join(part for part in normalize("NFD", char) if not combining(part))
    return base if len(base) == 1 else char


@lru_cache(maxsize=1)
def fold_table() -> dict[int, int]:
    """Return the accent-dropping table: code point to code point, one to one, for `str.translate`."""
    folded = ((code, ord(_fold_char(chr(code)))) for code in range(0x80, _TABLE_END))
    return {code: plain for code, plain in folded if plain != code}


def fold(text: str) -> str:
    """Drop every accent: `Đường hỏng` becomes `Duong hong`; a composed (NFC) text keeps its length."""
    return normalize("NFC", text).translate(fold_table())


@dataclass(frozen=True, slots=True)
class Line:
    """A text as one line of lower-case words with a space before, between and after them.

    `folded` is `written` without accents and equally long, so a position in one is a position in the other. `keys` are
    the different words and pairs of neighbouring words of `folded`: what a table of phrases is looked up by.
    """

    written: str
    folded: str
    keys: frozenset[str]

    def part(self, start: int, end: int) -> "Line":
        """Cut out the characters from `start` to `end`, both at a space."""
        folded = self.folded[start:end]
        return Line(written=self.written[start:end], folded=folded, keys=_keys(folded.split()))


def line_of(text: str) -> Line:
    """Turn a text into its `Line`."""
    words = _WORD.findall(normalize("NFC", text).lower())
    folded = [_fold_word(word) for word in words]
    return Line(written=f" {' '.join(words)} ", folded=f" {' '.join(folded)} ", keys=_keys(folded))


def _keys(words: list[str]) -> frozenset[str]:
    return frozenset(chain(words, map(" ".join, pairwise(words))))


@lru_cache(maxsize=2**16)
def _fold_word(word: str) -> str:
    """Fold one word, which must be composed; Vietnamese has some 7,000 syllables, so most are met again."""
    return word.translate(fold_table())
