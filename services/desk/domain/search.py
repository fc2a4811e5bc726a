"""Search as people type it: without accents, any order of words."""

import unicodedata

MOST_WORDS = 8
LONGEST_TYPED = 200


def fold(text: str) -> str:
    """Take accents and case away: "Đường Y Jút" becomes "duong y jut"."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words_of(typed: str) -> tuple[str, ...]:
    """Split what was typed into the words to look for, folded; at most eight."""
    return tuple(dict.fromkeys(fold(typed[:LONGEST_TYPED]).split()))[:MOST_WORDS]
