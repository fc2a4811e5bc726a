"""The names of places, and where they stand in a text: as they are written first, then what was probably meant.

How names are searched for is a port (`NameIndex`): many names at once, and names a few letters away. What counts as
one of them, which readings fit and what a misspelling may be is decided here.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple, Protocol

from services.router.domain.context import (
    COMMUNE_TYPES,
    FORMER,
    STREET,
    TYPE_ENDS,
    Context,
    context_of,
    is_bound,
    type_before,
    type_behind,
)
from services.router.domain.misspelling import ODD, Traits, Window, cost_of, could_be, windows
from services.router.domain.names import (
    LOCAL_KINDS,
    MISSPELT_KINDS,
    Accents,
    Name,
    NameKind,
    of_type,
    patterns_of,
    spelt,
    without_accents,
)
from services.router.domain.spelling import Writing, fold_words, is_accented, is_word, tone, tone_key

# Nobody reads a report that names more places than this; what follows in such a text is left unread.
MOST_FOUND = 60
MOST_WINDOWS = 100
SHORTEST_MISSPELT_NAME = 4
# A text this short names a place and nothing else: "xa ea kra".
FEW_WORDS = 4
# Of longer texts nobody asks whether they are nothing but names.
LONGEST_ADDRESS = 16
# So short a name is often another one that is no unit's: "Ea Rớt" is a stream.
SHORT_MISSPELT = 6
AS_LIKELY = 0.3
TYPED_IS_WORTH = 0.5
FEWER_IS_BETTER = 0.1
LEAST_WORTH = 0.1
LESS_WORTH = {Accents.AGREE: 0.0, Accents.SOME_LEFT_OUT: 0.5, Accents.OTHERS: 1.5}


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found in a text, with every reading it can have.

    It stands at the tokens from `start` to before `end`, its type included. `typed` says that it is called a commune or
    a ward, `type_agrees` that it is one. `everyday` says that its words are ordinary ones too, `doubtful` that only its
    surroundings can make it a place, `plain` that it could be a person or a street as well, `alone` that the text is
    nothing but names of places. `edits` counts letters that were written otherwise; `respelt` says that accents were.
    `namesakes` are units that are called like the province that was read.
    """

    written: str
    readings: tuple[Name, ...]
    start: int
    end: int
    typed: bool
    type_agrees: bool
    capital: bool
    everyday: bool
    doubtful: bool
    plain: bool
    context: Context
    edits: int = 0
    respelt: bool = False
    alone: bool = False
    namesakes: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        """Whether it can say which unit."""
        return any(name.kind in LOCAL_KINDS for name in self.readings)


@dataclass(frozen=True, slots=True)
class Near:
    """The number of a name, and how many letters away it is."""

    number: int
    edits: int


class NameIndex(Protocol):
    """The search for many names at once; made of patterns (words in a row) and of names written as one word."""

    def find(self, words: Sequence[str]) -> Iterable[tuple[int, int, int]]:
        """Yield (start, end, number of the pattern) of every pattern in a text, overlapping ones too."""
        ...

    def near(self, joined: str, *, most_edits: int) -> Sequence[Near]:
        """Return the names at most so many edits away; two neighbours exchanged are one edit."""
        ...


MakeIndex = Callable[[Sequence[tuple[str, ...]], Sequence[str]], NameIndex]


@dataclass(slots=True)
class _Entry:
    """What one pattern leads to, with a type before it (`names`) and without (`bare`).

    `place_type` is given when the pattern has the type in it ("xaeakar").
    """

    names: list[Name]
    bare: list[Name]
    place_type: str | None


class _Span(NamedTuple):
    """A name at the tokens from `start` to before `end`; the outer ones include the type before or behind it."""

    start: int
    end: int
    outer_start: int
    outer_end: int
    readings: tuple[Name, ...]
    place_type: str | None
    capital: bool
    formerly: bool = False
    edits: int = 0
    accents: Accents = Accents.AGREE
    doubtful: bool = False
    namesakes: tuple[str, ...] = ()

    @property
    def typed(self) -> bool:
        """Whether it is said to be a commune or a ward."""
        return self.place_type in COMMUNE_TYPES


class Gazetteer:
    """All names of a territory; made once, read by everybody."""

    def __init__(self, names: Iterable[Name], make_index: MakeIndex, *, everyday_words: Iterable[str] = ()) -> None:
        """Index the names in every way they are written; a number or a very short word counts only behind its type."""
        self._everyday: dict[tuple[str, ...], list[str]] = {}
        for phrase in everyday_words:
            self._everyday[tuple(fold_words(phrase))] = [tone_key(word) for word in phrase.split()]
        entries: dict[tuple[str, ...], _Entry] = {}
        joined: dict[str, list[Name]] = {}
        for name in names:
            for words, needs_type, place_type in patterns_of(name):
                entry = entries.setdefault(words, _Entry([], [], place_type))
                if name not in entry.names:
                    entry.names.append(name)
                if not needs_type and name not in entry.bare:
                    entry.bare.append(name)
            spelling = "".join(name.folded)
            if name.kind in MISSPELT_KINDS and len(spelling) >= SHORTEST_MISSPELT_NAME:
                joined.setdefault(spelling, []).append(name)
        self._entries = list(entries.values())
        self._joined = list(joined.items())
        self._index = make_index(list(entries), list(joined))
        self._longer: dict[tuple[str, ...], set[str]] = {}
        for spelling, named in self._joined:
            for name in named:
                self._longer.setdefault(name.folded[:-1], set()).add(spelling)
        self._traits = Traits([name.folded for _, names in self._joined for name in names])

    def mentions(self, text: str, *, free: bool = True) -> list[Mention]:
        """Find the names in a text, from left to right, none inside another.

        `free` says that the text was not written to say where: misspelt names are then looked for only where a place
        is to be expected.
        """
        writing = Writing(text)
        shouted = text.isupper()
        found = list(islice(self._index.find(writing.folded), MOST_FOUND))
        exact = [span for one in found if (span := self._exact(writing, *one, shouted=shouted)) is not None]
        spans = [self._maybe_longer(writing, span) for span in _apart(exact)]
        if len(found) < MOST_FOUND:
            spans += self._misspelt(writing, spans, free=free and len(writing.folded) > FEW_WORDS, shouted=shouted)
        if not spans:
            return []
        spans.sort(key=lambda span: span.start)
        starts = frozenset(span.outer_start for span in spans)
        alone = _is_all(writing, spans)
        return [self._mention(writing, span, starts, alone=alone) for span in spans]

    def _mention(self, writing: Writing, span: _Span, starts: frozenset[int], *, alone: bool) -> Mention:
        words = tuple(writing.folded[span.start : span.end])
        # "buonho" is no ordinary word, although "buôn" and "hồ" are.
        plain = all(name.plain and (len(words) > 1 or len(name.folded) == 1) for name in span.readings)
        context = context_of(
            writing,
            span.outer_start,
            span.outer_end,
            typed=span.typed,
            capital=span.capital,
            plain=plain,
            starts=starts,
        )
        readings = span.readings
        if span.formerly or context.formerly:
            readings = tuple(name for name in readings if name.kind is not NameKind.UNIT) or readings
        return Mention(
            written=writing.stretch(span.outer_start, span.outer_end),
            readings=readings,
            start=span.outer_start,
            end=span.outer_end,
            typed=span.typed,
            type_agrees=any(name.folded_type == span.place_type for name in readings),
            capital=span.capital,
            everyday=words in self._everyday and self._is_everyday(writing, span, words),
            doubtful=span.doubtful and (plain or span.edits > 0),
            plain=plain,
            context=context,
            edits=span.edits,
            respelt=span.accents is not Accents.AGREE,
            alone=alone,
            namesakes=span.namesakes,
        )

    def _is_everyday(self, writing: Writing, span: _Span, words: tuple[str, ...]) -> bool:
        """Whether the words as they are written are everyday ones: "van hoa" may be, "vân hòa" is not."""
        written = writing.written(span.start, span.end)
        keys = [tone_key(word) for word in span.readings[0].words]
        if len(words) == len(writing.folded) and keys != self._everyday[words]:
            return False  # "van hoa" and nothing else: somebody was asked where
        return not any(map(is_accented, written)) or [tone_key(word) for word in written] == self._everyday[words]

    # --- as written ----------------------------------------------------------------------------------------------

    def _exact(self, writing: Writing, start: int, end: int, number: int, *, shouted: bool) -> _Span | None:
        """Read a pattern that was found; none when what stands around it or its accents forbid it."""
        entry = self._entries[number]
        if is_bound(writing, start):
            return None
        place_type, outer_start, outer_end, formerly = _type_around(writing, start, end, entry)
        found = writing.written(start, end)
        capital = not shouted and writing.in_capitals(start, end)
        named: Sequence[Name] = entry.bare if place_type is None else entry.names
        accents = Accents.AGREE
        if entry.place_type is None and writing.accented:
            named, accents = spelt(found, named, typed=place_type is not None, capital=capital)
        readings = of_type(named, place_type)
        if not readings and place_type == "thi xa" and not writing.accented:
            # Without accents "thì xã" looks like "thị xã".
            readings, place_type = of_type(named, "xa"), "xa"
        if not readings:
            return None
        doubtful = writing.accented and not (place_type or capital) and without_accents(found, readings)
        return _Span(
            start,
            end,
            outer_start,
            outer_end,
            tuple(readings),
            place_type,
            capital,
            formerly,
            accents=accents,
            doubtful=doubtful,
            namesakes=_local_codes(named) if place_type is None and not _is_local(readings) else (),
        )

    def _maybe_longer(self, writing: Writing, span: _Span) -> _Span:
        """See whether a name goes on with a misspelt word: "Hòa Hiệp Bắcc" is not Hòa Hiệp.

        A word that could be an ordinary one leaves both possible.
        """
        words = tuple(writing.folded[span.start : span.end])
        longer = self._longer.get(words)
        if longer is None or span.end != span.outer_end or span.end >= len(writing.folded):
            return span
        following = writing.folded[span.end]
        if not following.isalpha():
            return span
        written = writing.written(span.start, span.end + 1)
        bare = not any(map(is_accented, written))
        near = self._index.near("".join(words) + following, most_edits=1)
        spellings = [self._joined[one.number] for one in near if one.edits]
        names = [
            name
            for spelling, named in spellings
            if spelling in longer
            for name in named
            if bare or tone(written[-1]) == tone(name.words[-1])
        ]
        known = {code for name in span.readings for code in name.unit_codes}
        if not names or (len(known) == 1 and known.issuperset(code for name in names for code in name.unit_codes)):
            return span
        if self._traits[following] & ODD:
            end = span.end + 1
            return span._replace(end=end, outer_end=end, readings=tuple(names), edits=1)
        return span._replace(readings=(*span.readings, *(_demoted(name) for name in names)))

    # --- misspelt ------------------------------------------------------------------------------------------------

    def _misspelt(self, writing: Writing, exact: Sequence[_Span], *, free: bool, shouted: bool) -> list[_Span]:
        """Look for names a few letters away, behind a type or where else a place is to be expected."""
        covered = frozenset(index for span in exact for index in range(span.outer_start, span.outer_end))
        settled = any(_is_local(span.readings) and (span.typed or not span.readings[0].plain) for span in exact)
        likely = windows(writing, self._traits, covered, free=free, settled=settled, shouted=shouted)
        guesses = []
        for window in islice(likely, MOST_WINDOWS):
            found = self._index.near(window.joined, most_edits=window.most_edits(free=free))
            if found and (guess := self._guess(writing, window, found, shouted=shouted)) is not None:
                guesses.append(guess)
        guesses.sort(key=lambda guess: (guess.rank, guess.span.start - guess.span.end, guess.span.start))
        kept: list[_Span] = []
        for guess in guesses:
            if all(guess.span.end <= other.start or other.end <= guess.span.start for other in kept):
                kept.append(guess.span)
        return kept

    def _guess(self, writing: Writing, window: Window, found: Sequence[Near], *, shouted: bool) -> "_Guess | None":
        """Say which of the names near a window it may be; none when that is none."""
        written = writing.written(window.start, window.end)
        likely = [
            (cost_of(near.edits, window.joined, written, joined, name), name)
            for near in found
            for joined, names in [self._joined[near.number]]
            for name in of_type(names, window.place_type)
            if could_be(window, written, near.edits, joined, name)
        ]
        if not likely:
            return None
        best = min(cost for cost, _ in likely)
        readings = tuple(name for cost, name in likely if cost <= best + AS_LIKELY)
        span = _Span(
            window.start,
            window.end,
            window.outer_start,
            window.end,
            readings,
            window.place_type,
            not shouted and writing.in_capitals(window.start, window.end),
            window.formerly,
            edits=max(1, round(best)),
            doubtful=not window.odd_word or (window.place_type is None and len(window.joined) <= SHORT_MISSPELT),
        )
        # A strange word that is left over behind a name belongs to it, most likely.
        left_over = window.end < len(writing.folded) and self._traits[writing.folded[window.end]] & ODD
        return _Guess(best + bool(left_over), span)


class _Guess(NamedTuple):
    """What a window may be; the lowest rank is the best guess."""

    rank: float
    span: _Span


def _type_around(writing: Writing, start: int, end: int, entry: _Entry) -> tuple[str | None, int, int, bool]:
    """Return the type of a name, from where to where the two stand, and whether it is told to be an old one."""
    if entry.place_type is not None:
        return entry.place_type, start, end, False
    place_type, outer_start, formerly = type_before(writing, start)
    outer_end = end
    if place_type is None:
        place_type, outer_end = type_behind(writing, end)
    if place_type == STREET and not any(name.kind is NameKind.STREET for name in entry.names):
        # "đường Ea Kar" may lead there: that it is a street's name is only something that speaks against it.
        return None, start, end, False
    return place_type, outer_start, outer_end, formerly


def _is_all(writing: Writing, spans: Sequence[_Span]) -> bool:
    """Whether there is nothing but names, types and marks."""
    if len(writing.folded) > LONGEST_ADDRESS:
        return False
    covered = {index for span in spans for index in range(span.outer_start, span.outer_end)}
    rest = (word for index, word in enumerate(writing.folded) if index not in covered)
    return all(not is_word(word) or word in TYPE_ENDS or word == FORMER for word in rest)


def _is_local(readings: Iterable[Name]) -> bool:
    return any(name.kind in LOCAL_KINDS for name in readings)


def _local_codes(readings: Iterable[Name]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for name in readings if name.kind in LOCAL_KINDS for code in name.unit_codes))


def _demoted(name: Name) -> Name:
    """Return a name as one that may be meant, but less likely than others."""
    return replace(name, kind=NameKind.EARLIER)


def _apart(spans: Sequence[_Span]) -> list[_Span]:
    """Choose among overlapping names those that together cover most words, the fewer the better."""
    if len(spans) < 2:  # noqa: PLR2004 one cannot overlap
        return list(spans)
    ordered = sorted(spans, key=lambda span: (span.end, -span.start))
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    ends = [span.end for span in ordered]
    for index, span in enumerate(ordered):
        before = bisect_right(ends, span.start, 0, index)
        worth, chosen = best[before]
        with_it = (worth + _worth(span), (*chosen, index))
        best.append(max(best[index], with_it, key=lambda found: found[0]))
    return [ordered[index] for index in best[-1][1]]


def _worth(span: _Span) -> float:
    worth = span.end - span.start + TYPED_IS_WORTH * span.typed - FEWER_IS_BETTER - LESS_WORTH[span.accents]
    return max(worth, LEAST_WORTH)
