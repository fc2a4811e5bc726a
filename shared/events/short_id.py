"""The name of a case that a person can read out: K3F-92Q-XA7, made from the feedback id."""

from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
LENGTH = 9
_BITS_EACH = 5
_BITS_A_DIGIT = 4
_GROUP = 3
# The last bits: the first ones of a version 7 id are a time, alike for everything sent in the same minute.
_MASK = (1 << (LENGTH * _BITS_EACH)) - 1
_READ_AS = str.maketrans("ILO", "110", " -")


def short_id(feedback_id: UUID) -> str:
    """Name a case, for example K3F-92Q-XA7."""
    bits = feedback_id.int & _MASK
    letters = "".join(ALPHABET[bits >> shift & 31] for shift in range((LENGTH - 1) * _BITS_EACH, -1, -_BITS_EACH))
    return "-".join(letters[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))


def endings_of(name: str) -> list[str]:
    """List how feedback ids of this name may end, as the last letters of their text: what a query can compare."""
    bits = 0
    for letter in name.replace("-", ""):
        bits = bits << _BITS_EACH | ALPHABET.index(letter)
    free = -LENGTH * _BITS_EACH % _BITS_A_DIGIT
    return [f"{bits | other << LENGTH * _BITS_EACH:012x}" for other in range(1 << free)]


def read_short_id(typed: str) -> str | None:
    """Read a name as people type it, in any case and grouping; nothing when it cannot be one."""
    letters = typed.upper().translate(_READ_AS)
    if len(letters) != LENGTH or not set(letters) <= set(ALPHABET):
        return None
    return "-".join(letters[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))
