"""Vietnamese text as words: as typed and as meant, with and without accents."""

import re
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import combining, normalize

_WORD = re.compile(r"\w+")
_TABLE_END = 0x2000
"""Letters of every script a resident is likely to type lie below this code point."""

_DRAWN_OUT = re.compile(r"([^\W\d])\1{2,}")
"""A letter typed three times or more: nobody spells so, everybody cries so ("cứuuu")."""

SPELLINGS = {
    "không": "k ko hok hông hổng khg kô kh",
    "được": "dc đc dk đk đuọc",
    "với": "vs zới",
    "rồi": "r rùi ròi gòi",
    "người": "ng mn ngừi nguời",
    "nước": "nc nuớc nuco nứoc",
    "đang": "đag dag đg",
    "vô": "zô dô",
    "vào": "zào",
    "làm": "lm",
    "nhiều": "nhìu",
    "trong": "trg",
    "chết": "chít chjet",
    "cứu": "cuú cíu cúu",
    "cháy": "cháj cahy chya",
    "giật": "giut",
    "ngập": "ngâp nagp",
    "gấp": "gâp",
    "em": "e",
    "chồng": "ck",
    "vợ": "vk",
    "quá": "wá wa qá",
    "muốn": "mún mun",
}
"""Words as they are meant, and how they are typed in messages, in dialect or in haste."""

ANY_NUMBER = "0"
"""What every number means, so that "0 người" in a table is any number of people."""

KEPT_NUMBERS = frozenset({"112", "113", "114", "115"})
"""Numbers to call in need, which mean themselves."""


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


_MEANT = {typed: meant for meant, spellings in SPELLINGS.items() for typed in spellings.split()}


@dataclass(frozen=True, slots=True)
class Line:
    """A text as lower-case words, as typed and as meant (`SPELLINGS`); the two are equally long."""

    typed: tuple[str, ...]
    meant: tuple[str, ...]

    def quote(self, start: int, end: int) -> str:
        """Give the resident's own words from position `start` to before `end`."""
        return " ".join(self.typed[start:end])


def line_of(text: str) -> Line:
    """Turn a text into its `Line`."""
    typed = _WORD.findall(normalize("NFC", text).lower())
    return Line(typed=tuple(typed), meant=tuple(map(_understand, typed)))


@lru_cache(maxsize=2**16)
def _understand(word: str) -> str:
    """Return what a composed word means; Vietnamese has some 7,000 syllables, so most are met again.

    Without accents two u are spelling, as in "cuu"; no other letter is met twice where it is drawn out.
    """
    if word.isdecimal() and word not in KEPT_NUMBERS:
        return ANY_NUMBER
    shortened = _DRAWN_OUT.sub(r"\1\1" if word.isascii() and "uuu" in word else r"\1", word)
    return _MEANT.get(shortened, shortened)
