"""How Vietnamese is spelt by people in a hurry: without accents, with the tone mark elsewhere, with odd apostrophes."""

import re
import unicodedata
from functools import lru_cache

APOSTROPHES = "'`\u2018\u2019\u02bc\u00b4\u2032"
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_COMBINING = re.compile("[\u0300-\u036f]")
_TOKEN = re.compile("[a-z0-9]+(?:'[a-z0-9]+)*")
_HIGHEST_LATIN = 0x1EFF


def _folding_table() -> dict[int, str]:
    table = {ord(mark): "'" for mark in APOSTROPHES}
    for code in range(_HIGHEST_LATIN + 1):
        letter = chr(code)
        base = "d" if letter in "đĐ" else unicodedata.normalize("NFD", letter)[0].lower()
        if letter.isalpha() and base.isascii() and base != letter:
            table[code] = base
    return table


_FOLDING = _folding_table()


def tidy(text: str) -> str:
    """Compose accents (NFC); marks that no letter can carry are dropped, so that folding keeps positions."""
    return _COMBINING.sub("", unicodedata.normalize("NFC", text))


def fold(tidied: str) -> str:
    """Drop accents and capitals letter by letter: the result is as long as the text."""
    return tidied.translate(_FOLDING)


def fold_words(text: str) -> list[str]:
    """Return the folded words, apostrophes taken out: "Ea H'leo" gives ea, hleo."""
    return Writing(text).folded


class Writing:
    """A text with its words, folded and as written."""

    __slots__ = ("_folded_text", "_places", "_text", "folded")

    def __init__(self, text: str) -> None:
        """Fold the text once; where its words stand is worked out when somebody asks."""
        self._text = tidy(text)
        self._folded_text = fold(self._text)
        self._places: list[tuple[int, int]] | None = None
        words = _TOKEN.findall(self._folded_text)
        self.folded: list[str] = [word.replace("'", "") for word in words] if "'" in self._folded_text else words

    def written(self, start: int, end: int) -> list[str]:
        """Return the words from number `start` to before `end` as they were written."""
        if self._places is None:
            self._places = [found.span() for found in _TOKEN.finditer(self._folded_text)]
        return [self._text[begin:finish] for begin, finish in self._places[start:end]]


@lru_cache(maxsize=8192)
def tone_key(word: str) -> str:
    """Spell a word so that only its letters and its tone count, not where the tone mark stands: hoà = hòa."""
    letters, tone = "", ""
    for letter in unicodedata.normalize("NFD", word.lower()):
        if letter in _TONES:
            tone = letter
        elif letter not in APOSTROPHES:
            letters += letter
    return unicodedata.normalize("NFC", letters) + tone


def has_tone(key: str) -> bool:
    """Say whether a word, as `tone_key` spells it, carries a tone mark."""
    return key[-1:] in _TONES


def is_accented(word: str) -> bool:
    """Say whether a word carries any Vietnamese accent."""
    return not word.isascii() and not all(letter.isascii() or letter in APOSTROPHES for letter in word)
