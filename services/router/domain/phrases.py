"""Words in a text, as a rule names them: whole words, in any case, with the accents they are written with or none.

"chó dại" is found in "CHÓ DẠI cắn người" and, because that text has no accent at all, in "cho dai can nguoi"; it is
not found in "cho dài hạn", which has accents and other ones.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+")
_TONES = ("̀", "́", "̉", "̃", "̣")
# Where the tone of an open syllable is written is a matter of habit: hoà and hòa are one word.
_HABITS = tuple(
    (unicodedata.normalize("NFC", f"{first}{last}{tone} "), unicodedata.normalize("NFC", f"{first}{tone}{last} "))
    for first, last in ("oa", "oe", "uy")
    for tone in _TONES
)


def fold(text: str) -> str:
    """Write a text as its words in small letters, one blank around each; nothing else is left."""
    composed = unicodedata.normalize("NFC", text).casefold()
    folded = f" {' '.join(_WORD.findall(composed))} "
    if not folded.isascii():
        for habit, ours in _HABITS:
            folded = folded.replace(habit, ours)
    return folded


def _bare(folded: str) -> str:
    letters = unicodedata.normalize("NFD", folded.replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@dataclass(frozen=True, slots=True)
class Phrase:
    """One or more words in a row, folded, as written and without accents."""

    said: str
    accented: str
    bare: str

    def stands_in(self, folded: str) -> bool:
        """Say whether a folded text has it."""
        return self.accented in folded or (folded.isascii() and self.bare in folded)

    def within(self, other: "Phrase") -> bool:
        """Say whether every text that has `other` has this one too."""
        return self.accented in other.accented and self.bare in other.bare


def phrase(said: str) -> Phrase:
    """Read a phrase; raises ValueError when it has no word."""
    folded = fold(said)
    if not folded.strip():
        message = f"{said!r} has no word in it"
        raise ValueError(message)
    return Phrase(said, folded, _bare(folded))


def any_stands_in(phrases: Iterable[Phrase], folded: str) -> bool:
    """Say whether a folded text has any of the phrases."""
    for each in phrases:  # noqa: SIM110 asked for every feedback: a generator costs twice
        if each.stands_in(folded):
            return True
    return False
