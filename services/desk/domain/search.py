"""Search as people type it: without accents, any order of words."""

import unicodedata

MOST_WORDS = 8
LONGEST_TYPED = 200
CODE_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10
CODE_PREFIX_LENGTH = 2
_LOOKALIKES = str.maketrans("OILĐ", "011D")


def fold(text: str) -> str:
    """Take accents and case away: "Đường Y Jút" becomes "duong y jut"."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words_of(typed: str) -> tuple[str, ...]:
    """Split what was typed into the words to look for, folded; at most eight."""
    return tuple(dict.fromkeys(fold(typed[:LONGEST_TYPED]).split()))[:MOST_WORDS]


def code_key(typed: str) -> str | None:
    """Return what tracking codes are compared by: ten symbols, however they are typed; nothing when it is no code.

    Case, dashes, spaces and the prefix do not matter, nor O for 0, or I and L for 1.
    """
    letters = "".join(letter for letter in typed[:LONGEST_TYPED].upper() if letter.isalnum()).translate(_LOOKALIKES)
    if len(letters) == CODE_LENGTH + CODE_PREFIX_LENGTH:
        letters = letters[CODE_PREFIX_LENGTH:]
    return letters if len(letters) == CODE_LENGTH and set(letters) <= set(CODE_SYMBOLS) else None
