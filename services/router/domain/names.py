"""Names of places: what they are the names of, how they are written, and which of several is meant by a spelling."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.router.domain.context import COMMUNE_TYPES
from services.router.domain.spelling import (
    Writing,
    fold,
    fold_words,
    has_tone,
    is_accented,
    is_syllable,
    is_word,
    tone_key,
)

SHORTEST_JOINED = 4
SHORTEST_ALONE = 4
SHORTEST_BEHIND_LETTER = 5
ROMAN = {"1": "i", "2": "ii", "3": "iii"}


class NameKind(StrEnum):
    """What a name is the name of."""

    UNIT = "unit"
    ALIAS = "alias"
    PREDECESSOR = "predecessor"
    EARLIER = "earlier"
    LANDMARK = "landmark"
    ROAD = "road"
    STREET = "street"
    DISTRICT = "district"
    PROVINCE = "province"
    ELSEWHERE = "elsewhere"


COMMUNE_KINDS = frozenset({NameKind.UNIT, NameKind.ALIAS, NameKind.PREDECESSOR, NameKind.EARLIER})
# Names that can say which unit; the others only narrow down.
LOCAL_KINDS = COMMUNE_KINDS | {NameKind.LANDMARK}
# Names that are looked for under misspellings too. A misspelt street could be any street.
MISSPELT_KINDS = LOCAL_KINDS | {NameKind.DISTRICT}


@dataclass(frozen=True, slots=True)
class Name:
    """A name, its type ("xã", "huyện", ...) and the units it leads to: one, or several when it does not decide.

    `plain` says that it looks like ordinary Vietnamese, so that it could also be a person or a street.
    """

    text: str
    kind: NameKind
    type: str
    unit_codes: tuple[str, ...]
    words: tuple[str, ...] = field(init=False, repr=False, compare=False)
    folded: tuple[str, ...] = field(init=False, repr=False, compare=False)
    folded_type: str = field(init=False, repr=False, compare=False)
    plain: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the name apart once."""
        words = tuple(word for word in Writing(self.text).words if is_word(word))
        folded = tuple(fold_words(self.text))
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "folded", folded)
        object.__setattr__(self, "folded_type", " ".join(fold_words(self.type)))
        object.__setattr__(self, "plain", all(is_syllable(word) or word.isdigit() for word in folded))


class Accents(StrEnum):
    """How the accents of a name were written."""

    AGREE = "agree"
    SOME_LEFT_OUT = "some_left_out"
    OTHERS = "others"


# --- how names are written -------------------------------------------------------------------------------------------


def patterns_of(name: Name) -> Iterator[tuple[tuple[str, ...], bool, str | None]]:
    """Yield the ways a name is written: its words, whether they need a type before them, and the type inside them."""
    if not name.folded:
        return
    if len(name.folded) == 1 and name.text.isdigit():
        yield from _numbers(name)
        return
    yield name.folded, _needs_type(name), None
    if name.folded[-1] in ROMAN:
        *words, number = name.folded
        yield (*words, ROMAN[number]), False, None
        yield (*words[:-1], words[-1] + number), False, None
    apart = tuple(piece for word in name.words for piece in fold(word).split("'") if piece)
    if apart != name.folded:
        yield apart, False, None
    if name.kind in MISSPELT_KINDS:
        yield from _in_one_word(name)


def _numbers(name: Name) -> Iterator[tuple[tuple[str, ...], bool, str | None]]:
    """Yield "4", "04", "phuong4", "p04": a number is a name behind its type only."""
    for digits in (name.text, f"0{name.text}"):
        yield (digits,), True, None
        for prefix in _JOINED_TYPES.get(name.folded_type, ()):
            yield (prefix + digits,), False, name.folded_type


def _needs_type(name: Name) -> bool:
    """Whether a name counts only behind its type.

    A street's name is a person's too, and what a district elsewhere is called is a name of many things.
    """
    if name.kind is NameKind.STREET or (name.kind is NameKind.ELSEWHERE and name.folded_type in _SMALL_TYPES):
        return True
    short = len(name.folded) == 1 and len(name.folded[0]) < SHORTEST_ALONE
    return short and not (name.text.isupper() or name.kind in _SHORT_KINDS)


def _in_one_word(name: Name) -> Iterator[tuple[tuple[str, ...], bool, str | None]]:
    """Yield "eakar", "xaeakar" and "xeakar"; what could be an ordinary word needs its type: "phuong tuan" is Tự An."""
    joined = "".join(name.folded)
    if len(name.folded) > 1:
        yield (joined,), len(joined) < SHORTEST_JOINED or is_syllable(joined), None
    for place_type in COMMUNE_TYPES if name.kind in COMMUNE_KINDS else (name.folded_type,):
        for prefix in _JOINED_TYPES.get(place_type, ()):
            if len(prefix) > 1 or (len(joined) >= SHORTEST_BEHIND_LETTER and not is_syllable(prefix + joined)):
                yield (prefix + joined,), False, place_type


_SHORT_KINDS = frozenset({NameKind.ALIAS, NameKind.ROAD, NameKind.ELSEWHERE})
_SMALL_TYPES = frozenset({"quan", "huyen"})
# How a type is written in one word with its name: "phuong4", "xaeakar", "tpbmt".
_JOINED_TYPES: Mapping[str, tuple[str, ...]] = {
    "xa": ("xa", "x"),
    "phuong": ("phuong", "p", "f", "ward"),
    "thi tran": ("thitran", "tt"),
    "huyen": ("huyen", "h"),
    "thi xa": ("thixa", "tx"),
    "thanh pho": ("thanhpho", "tp"),
    "quan": ("quan", "q"),
}


# --- which names a spelling means ------------------------------------------------------------------------------------


def spelt(found: Sequence[str], names: Sequence[Name], *, typed: bool, capital: bool) -> tuple[Sequence[Name], Accents]:
    """Return the names whose accents agree with what was written; failing these, those that were meant all the same.

    Where accents were left out altogether any name fits.
    """
    if not any(map(is_accented, found)):
        return names, Accents.AGREE
    fitting = [name for name in names if _same_accents(found, name, lenient=capital)]
    if fitting:
        return fitting, Accents.AGREE
    fitting = [name for name in names if (typed or capital or not name.plain) and _some_left_out(found, name)]
    if fitting:
        return fitting, Accents.SOME_LEFT_OUT
    # Nothing but a misplaced accent on a name that cannot be anything else, or that is said to be one.
    return [
        name for name in names if typed or not name.plain or (capital and _wrong_words(found, name) <= 1)
    ], Accents.OTHERS


def without_accents(found: Sequence[str], readings: Sequence[Name]) -> bool:
    """Whether accents are missing on words that could be ordinary ones as they are written."""
    keys = [tone_key(word) for word in found]
    return all(name.plain and keys != [tone_key(word) for word in name.words] for name in readings)


def _same_accents(found: Sequence[str], name: Name, *, lenient: bool) -> bool:
    """Compare accents where they were written.

    A word without its ă, ê, ô, ơ or ư inside an accented name is forgiven when the name is in capitals ("Xã Ea Khal").
    """
    expected = name.words
    if len(expected) != len(found):
        return tone_key("".join(expected)) == tone_key("".join(found))
    return all(
        tone_key(word) == (right := tone_key(wanted)) or (lenient and not is_accented(word) and not has_tone(right))
        for word, wanted in zip(found, expected, strict=True)
    )


def _some_left_out(found: Sequence[str], name: Name) -> bool:
    return len(found) == len(name.words) and all(
        not is_accented(word) or tone_key(word) == tone_key(wanted)
        for word, wanted in zip(found, name.words, strict=True)
    )


def _wrong_words(found: Sequence[str], name: Name) -> int:
    if len(found) != len(name.words):
        return len(found)
    return sum(tone_key(word) != tone_key(wanted) for word, wanted in zip(found, name.words, strict=True))


def of_type(readings: Sequence[Name], place_type: str | None) -> list[Name]:
    """Keep what the type before the name allows; people mix up xã, phường and thị trấn, but not those and huyện."""
    if place_type is None:
        # The province's own name says nothing about the ward that is called the same.
        return [name for name in readings if name.kind is NameKind.PROVINCE] or list(readings)
    exact = [name for name in readings if name.folded_type == place_type]
    if place_type in COMMUNE_TYPES:
        exact = exact or [name for name in readings if name.kind in COMMUNE_KINDS]
    # Of other provinces it is known only that they are elsewhere, not what they are made of.
    return exact or [name for name in readings if name.kind is NameKind.ELSEWHERE]
