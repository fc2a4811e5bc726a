"""How Vietnamese is spelt by people in a hurry: without accents, with the tone mark elsewhere, with odd apostrophes."""

import re
import unicodedata
from functools import lru_cache

APOSTROPHES = "'`\u2018\u2019\u02bc\u00b4\u2032"
FULL_STOP = "."
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_COMBINING = re.compile("[\u0300-\u036f]")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_HIGHEST_LATIN = 0x1EFF
_ONSET = "b|ch|c|d|gh|gi|g|h|kh|k|l|m|ngh|ng|nh|n|ph|qu|r|s|th|tr|t|v|x"
_CLOSED = "a|e|i|o|u|y|ie|ye|uo|oa|oe|ue|uy|uye|ua|oo"
_OPEN = (
    "a|e|i|o|u|y|ai|ao|au|ay|eo|eu|ia|ieu|iu|oa|oai|oao|oay|oe|oeo|oi|ua|uao|uau|uay|ue|ueu|ui|uo|uoi|uou|uu|uy|uya|"
    "uyu|yeu"
)
# "k" stands before e, i and y only, and then "c" does not: so "kang" and "kar" are foreign, "kinh" is not.
_SYLLABLE = re.compile(rf"(?!k[aou])(?!c[eiy])(?:{_ONSET})?(?:(?:{_CLOSED})(?:ch|c|m|ng|nh|n|p|t)|{_OPEN})")
_SOUNDS = str.maketrans({"k": "c", "q": "c", "y": "i", "z": "d", "w": "u", "j": "i"})


def _folding_table() -> dict[int, str]:
    table = {ord(mark): "'" for mark in APOSTROPHES}
    for code in range(_HIGHEST_LATIN + 1):
        letter = chr(code)
        base = "d" if letter in "đĐ" else unicodedata.normalize("NFD", letter)[0].lower()
        if letter.isalpha() and base.isascii() and base != letter:
            table[code] = base
    return table


_FOLDING = _folding_table()


def _token(letter: str, apostrophe: str) -> re.Pattern[str]:
    # Words, and the marks that no name reaches across; a full stop inside "ql.14" is none of them.
    return re.compile(rf"[{letter}]+(?:[{apostrophe}][{letter}]+)*|,+|;+|:+|!+|\?+|\(+|\)+|\n+|\.+(?=\s|$)")


_TOKEN = _token("a-z0-9", "'")
# The same tokens before folding: every letter that is folded to one of those.
_WRITTEN_TOKEN = _token(
    "".join(letter for letter in map(chr, range(_HIGHEST_LATIN + 1)) if letter.translate(_FOLDING) in _PLAIN),
    APOSTROPHES,
)


def tidy(text: str) -> str:
    """Compose accents (NFC); marks that no letter can carry are dropped, so that folding keeps positions."""
    return _COMBINING.sub("", unicodedata.normalize("NFC", text))


def fold(tidied: str) -> str:
    """Drop accents and capitals letter by letter: the result is as long as the text."""
    return tidied.translate(_FOLDING)


def fold_words(text: str) -> list[str]:
    """Return the folded words, apostrophes taken out: "Ea H'leo" gives ea, hleo."""
    return [word for word in Writing(text).folded if is_word(word)]


def is_word(token: str) -> bool:
    """Tell a word from a mark."""
    return token[0].isalnum()


class Writing:
    """A text as tokens, folded and as written: its words, and between them the marks that no name reaches across."""

    __slots__ = ("_folded_text", "_text", "_written", "accented", "folded")

    def __init__(self, text: str) -> None:
        """Fold the text once; how its words were written is worked out when somebody asks."""
        self._text = tidy(text)
        self._folded_text = fold(self._text)
        self._written: list[str] | None = None
        tokens: list[str] = _TOKEN.findall(self._folded_text)
        self.folded = [token.replace("'", "") for token in tokens] if "'" in self._folded_text else tokens
        self.accented = is_accented(self._text)

    @property
    def words(self) -> list[str]:
        """The tokens as they were written."""
        if self._written is None:
            self._written = _WRITTEN_TOKEN.findall(self._text)
        return self._written

    def written(self, start: int, end: int) -> list[str]:
        """Return the tokens from number `start` to before `end` as they were written."""
        return self.words[start:end]

    def stretch(self, start: int, end: int) -> str:
        """Return the tokens from number `start` to before `end` as one piece of text."""
        return "".join(word if not is_word(word) else f" {word}" for word in self.words[start:end]).strip()

    def in_capitals(self, start: int, end: int) -> bool:
        """Whether every one of these tokens begins with a capital or a digit."""
        return all(word[0].isupper() or word[0].isdigit() for word in self.words[start:end])

    def says(self, index: int, phrase: "Phrase") -> bool:
        """Whether these words begin at a token; in a text with accents those must agree."""
        end = index + len(phrase.folded)
        if index < 0 or self.folded[index:end] != phrase.folded:
            return False
        return not self.accented or [tone_key(word) for word in self.words[index:end]] == phrase.keys


class Phrase:
    """Words to look for in a text, taken apart once."""

    __slots__ = ("folded", "keys")

    def __init__(self, words: str) -> None:
        """Take the words as they are written with all accents."""
        self.folded = fold_words(words)
        self.keys = [tone_key(word) for word in words.split()]


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


def tone(word: str) -> str:
    """Return the tone mark of a word, nothing for the level tone."""
    key = tone_key(word)
    return key[-1] if has_tone(key) else ""


def is_accented(word: str) -> bool:
    """Say whether a word carries any Vietnamese accent."""
    return not word.isascii() and not all(letter.isascii() or letter in APOSTROPHES for letter in word)


@lru_cache(maxsize=8192)
def is_syllable(folded: str) -> bool:
    """Say whether a folded word could be Vietnamese at all: "hoa" and "thnh" are told apart, and "krong" from both."""
    return _SYLLABLE.fullmatch(folded) is not None


def sound(joined: str) -> str:
    """Spell what sounds alike alike: k and c, y and i, w and u."""
    return joined.translate(_SOUNDS)
