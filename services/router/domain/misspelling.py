"""Names that are written wrong: where in a text one may be, and which name it may be."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from services.router.domain.context import (
    BETWEEN,
    EXPECTING_ENDS,
    STREET_ENDS,
    TYPE_ENDS,
    Cue,
    cue_before,
    type_before,
    types_a_name,
)
from services.router.domain.names import Name
from services.router.domain.spelling import (
    Writing,
    fold,
    is_accented,
    is_syllable,
    is_word,
    sound,
    tone,
    tone_key,
)

# Misspelt names are looked for in the first pages of a long text, and not without end there.
MOST_TOKENS = 3000
MOST_ANCHORS = 200
MOST_TRAITS = 50_000
# Words in a row: as many as names have, and one more when a word was torn apart.
LONGEST_WINDOW = 4
LONGEST_JOINED = 18
# Letters, without spaces.
SHORTEST_MISSPELT = 4
SHORTEST_MISSPELT_UNTYPED = 6
SHORTEST_ALONE_MISSPELT = 5
LENGTH_FOR_TWO_EDITS = 8
LENGTH_FOR_TWO_EDITS_UNTYPED = 10
# What brings one of several names as far away nearer.
SAME_SOUND = 0.5
SAME_WORD = 0.1


class Window(NamedTuple):
    """A few tokens in a row that may be a misspelt name.

    `odd_word` says that one of them is no Vietnamese word, `foreign` that the first is one and begins names ("Ea ...").
    """

    start: int
    end: int
    outer_start: int
    joined: str
    place_type: str | None
    formerly: bool
    odd_word: bool
    foreign: bool

    def most_edits(self, *, free: bool) -> int:
        """Allow more letters in longer names, and fewer where no type says that there is one."""
        size = len(self.joined)
        if self.place_type is not None or not free:
            return 1 if size < LENGTH_FOR_TWO_EDITS else 2
        if size < SHORTEST_MISSPELT_UNTYPED - self.foreign:
            return 0
        return 1 if size < LENGTH_FOR_TWO_EDITS_UNTYPED or self.end == self.start + 1 else 2


# --- where one may be ------------------------------------------------------------------------------------------------


# What is known of a word, as bits.
ODD, BEFORE_NAMES, BEHIND_TYPES, BETWEEN_TYPES, FIRST = 1, 2, 4, 8, 16


class Traits(dict[str, int]):
    """What is known of a folded word, worked out when it is first met.

    The bits: it is no Vietnamese word, a name may follow it, a type may end with it, it may stand between a type and
    its name; from the fifth on, names have it as their first, second, ... word.
    """

    def __init__(self, names: Iterable[Sequence[str]]) -> None:
        """Note in which places of names words stand."""
        super().__init__()
        self._places: dict[str, int] = {}
        for words in names:
            for place, word in enumerate(words[:LONGEST_WINDOW]):
                self._places[word] = self._places.get(word, 0) | FIRST << place

    def __missing__(self, word: str) -> int:
        """Work the traits of a word out, and keep them."""
        traits = self._places.get(word, 0)
        traits |= ODD * (is_word(word) and not word.isdigit() and not is_syllable(word))
        traits |= BEFORE_NAMES * (word in _BEFORE_NAMES)
        traits |= BEHIND_TYPES * (word in _BEHIND_TYPES) | BETWEEN_TYPES * (word in BETWEEN)
        if len(self) < MOST_TRAITS:
            self[word] = traits
        return traits


def windows(
    writing: Writing, known: Traits, covered: frozenset[int], *, free: bool, settled: bool, shouted: bool
) -> Iterator[Window]:
    """Yield what may be a misspelt name: behind a type, where a place is to be expected, strange words, capitals.

    `covered` are the tokens that belong to names already. Once a name was found that cannot be much else (`settled`),
    only others with a type are worth a look. Where no type says that there is a name, one of several words must be one
    that names have in this place, and all but one if none of them is strange.
    """
    traits = list(map(known.__getitem__, writing.folded[:MOST_TOKENS]))
    for start in _anchors(writing, traits, free=free, settled=settled, shouted=shouted)[:MOST_ANCHORS]:
        word = writing.folded[start]
        # "xa bong" is no misspelt "ea bong", "đường Xuân" no "Đồng Xuân".
        is_type = (traits[start] & BEHIND_TYPES or word in STREET_ENDS) and not traits[start] & FIRST
        if start in covered or is_type or not is_word(word):
            continue
        place_type, outer_start, formerly = None, start, False
        if start and traits[start - 1] & (BEHIND_TYPES | BETWEEN_TYPES) and types_a_name(writing, start):
            place_type, outer_start, formerly = type_before(writing, start)
        elif settled:
            continue
        foreign = bool(traits[start] & FIRST and traits[start] & ODD)
        likely = not free or place_type is not None
        for end, joined, odd_word in _sizes(writing, traits, covered, start, likely=likely):
            if not (likely or odd_word or _in_a_named_place(writing, start, end, shouted=shouted)):
                break
            yield Window(start, end, outer_start, joined, place_type, formerly, odd_word, foreign)
            if end == start + 1 and place_type is None:
                yield from _with_type_inside(start, joined)


def _with_type_inside(start: int, word: str) -> Iterator[Window]:
    """Take "xadacphoi" for a type and a misspelt name in one word."""
    for prefix, place_type in (("xa", "xa"), ("phuong", "phuong"), ("thitran", "thi tran")):
        name = word.removeprefix(prefix)
        if name != word and len(name) >= SHORTEST_ALONE_MISSPELT:
            yield Window(start, start + 1, start, name, place_type, formerly=False, odd_word=True, foreign=False)


def _sizes(
    writing: Writing, traits: Sequence[int], covered: frozenset[int], start: int, *, likely: bool
) -> Iterator[tuple[int, str, bool]]:
    """Yield the ends of windows from `start` on that have enough of a name, written as one word, and if it is odd."""
    joined, odd_word, fitting = "", False, 0
    for size, end in enumerate(range(start + 1, min(start + LONGEST_WINDOW, len(traits)) + 1), start=1):
        word = writing.folded[end - 1]
        joined += word
        if end - 1 in covered or not is_word(word) or len(joined) > LONGEST_JOINED:
            return
        fitting += bool(traits[end - 1] & FIRST << size - 1)
        odd_word = odd_word or bool(traits[end - 1] & ODD)
        if size == LONGEST_WINDOW and not odd_word:
            return
        needed = 0 if likely else 1 if odd_word else size - 1
        # One word is a name written together, unless it is the beginning of one: "krong".
        fit = odd_word and not fitting if size == 1 else fitting >= needed
        if fit and len(joined) >= SHORTEST_MISSPELT:
            yield end, joined, odd_word


def _in_a_named_place(writing: Writing, start: int, end: int, *, shouted: bool) -> bool:
    """Whether words that are ordinary ones stand in capitals where a place is to be expected."""
    return cue_before(writing, start) in _PLACE_CUES and not shouted and writing.in_capitals(start, end)


def _anchors(writing: Writing, traits: Sequence[int], *, free: bool, settled: bool, shouted: bool) -> Sequence[int]:
    """Return the tokens at which a misspelt name may begin."""
    if not (free or settled):
        return range(len(traits))
    last, anchors = len(traits) - 1, []
    before = between = 0
    for index, word in enumerate(traits):
        if before & BEHIND_TYPES or (before & BETWEEN_TYPES and between & BEHIND_TYPES):
            anchors.append(index)
        elif not settled:
            after = traits[index + 1] if index < last else 0
            if word & FIRST or after & FIRST << 1:
                hinted = word & ODD or after & ODD or before & BEFORE_NAMES
                # Two words in capitals that no name has are somebody's.
                if hinted or (after and not shouted and _two_capitals(writing.words, index)):
                    anchors.append(index)
            elif word & ODD and len(writing.folded[index]) >= SHORTEST_ALONE_MISSPELT:
                anchors.append(index)
        before, between = word, before
    return anchors


def _two_capitals(words: Sequence[str], index: int) -> bool:
    return words[index][0].isupper() and words[index + 1][0].isupper()


# Streets are not looked for under misspellings.
_BEHIND_TYPES = (TYPE_ENDS - STREET_ENDS) | {"cu", "pho"}
_BEFORE_NAMES = _BEHIND_TYPES | EXPECTING_ENDS
_PLACE_CUES = frozenset({Cue.PLACE, Cue.LIVING, Cue.PEOPLE, Cue.NEARBY})


# --- which name it may be --------------------------------------------------------------------------------------------


def could_be(window: Window, written: Sequence[str], edits: int, joined: str, name: Name) -> bool:
    """Whether a misspelling is one of this name, which is `joined` when it is written as one word.

    Numbers are never misspelt. Words are joined or torn apart by mistake only where that leaves no Vietnamese word.
    What has the name's very letters was refused for its accents already. Where nothing but Vietnamese words were
    written they are more likely another name: then one letter in one word may be wrong, and its tone must be that of
    the name, or lost behind a type.
    """
    if _digits(window.joined) != _digits(joined):
        return False
    if len(written) != len(name.folded):
        alike = len(written) > 1 or window.joined[0] == name.folded[0][0]
        return window.odd_word and alike and abs(len(written) - len(name.folded)) <= 1
    if edits == 0:
        return False
    return window.odd_word or (edits == 1 and name.plain and _one_word_differs(window, written, name))


def _one_word_differs(window: Window, written: Sequence[str], name: Name) -> bool:
    accented = any(map(is_accented, written))
    differing = [
        (word, wanted)
        for word, wanted in zip(written, name.words, strict=True)
        if (tone_key(word) != tone_key(wanted) if accented else fold(word) != fold(wanted))
    ]
    if len(differing) != 1 or not accented:
        return len(differing) == 1
    word, wanted = differing[0]
    # Behind a type a letter may have been lost with the tone mark on it: "phường Xuân Đi".
    return tone(word) == tone(wanted) or (window.place_type is not None and not tone(word))


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def cost_of(edits: int, window: str, written: Sequence[str], joined: str, name: Name) -> float:
    """Say how far a name is from what was written; letters that sound alike and words that agree bring it nearer."""
    same = len({tone_key(word) for word in written} & {tone_key(word) for word in name.words})
    return edits - SAME_SOUND * (edits > 0 and sound(window) == sound(joined)) - SAME_WORD * same
