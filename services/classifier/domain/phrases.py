"""Tables of phrases, and signs made of them: what to look for in a resident's words, however they were accented.

A phrase matches a run of whole words when every word was typed either as in the table or with no accents at all:
"chay nha" and "cháy nhà" are both the phrase "cháy nhà", but "chạy nhà" is not. A phrase of one word must be typed
as in the table: "chay" alone may be a fire, a run, a leak or a vegetarian. Where the bare word is clear enough, the
table holds it too ("không, khong"), or is `plain` as a whole; where even a longer phrase means something else without
its accents, it stands there with a "=" ("=tự vẫn", for "tu van" is advice). "0" is any number.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, product
from operator import contains
from typing import NamedTuple, Self
from unicodedata import normalize

from services.classifier.domain.words import Line, fold, line_of

Typed = frozenset[str]
"""All the ways a word may be typed."""

_TONES = frozenset(
    "\N{COMBINING GRAVE ACCENT}\N{COMBINING ACUTE ACCENT}\N{COMBINING TILDE}\N{COMBINING HOOK ABOVE}"
    "\N{COMBINING DOT BELOW}"
)
_VOWELS = frozenset("aeiouy")

LONGEST = 4
"""How far a phrase may reach beyond one of its words."""


class Found(NamedTuple):
    """Where a phrase stands in a line, in words: from `start` to before `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """A table of phrases: those of one word, and the longer ones by the pair they begin with and what follows it."""

    words: frozenset[str]
    pairs: Mapping[tuple[str, str], tuple[tuple[Typed, ...], ...]]
    phrases: tuple[tuple[Typed, ...], ...]

    @classmethod
    def of(cls, *lists: str, plain: bool = False) -> Self:
        """Read the phrases of `lists`, each separated by commas; `plain` lets one-word phrases go without accents."""
        texts = dict.fromkeys(map(str.strip, ",".join(lists).split(",")))
        phrases = tuple(_ways_to_type_phrase(text, plain=plain) for text in texts)
        words = frozenset(chain.from_iterable(phrase[0] for phrase in phrases if len(phrase) == 1))
        pairs: defaultdict[tuple[str, str], tuple[tuple[Typed, ...], ...]] = defaultdict(tuple)
        for one, two, *rest in (phrase for phrase in phrases if len(phrase) > 1):
            for pair in product(one, two):
                pairs[pair] += (tuple(rest),)
        return cls(words, dict(pairs), phrases)

    def find_in(self, words: Sequence[str]) -> Iterator[Found]:
        """Yield every place of `words` where one of the phrases stands, first those of one word."""
        for start, word in enumerate(words):
            if word in self.words:
                yield Found(start, start + 1)
        for start, pair in enumerate(pairwise(words)):
            if pair in self.pairs:
                for rest in self.pairs[pair]:
                    end = start + 2 + len(rest)
                    if not rest or _is_typed(rest, words[start + 2 : end]):
                        yield Found(start, end)

    def are_in(self, words: Sequence[str]) -> bool:
        """Say whether any of the phrases stands in `words`."""
        if not self.words.isdisjoint(words):
            return True
        if self.pairs.keys().isdisjoint(pairwise(words)):
            return False
        return next(self.find_in(words), None) is not None


@dataclass(frozen=True, slots=True, eq=False)
class Sign:
    """Something to look for: one of `words`, with one of each table of `near` among so many words beside it."""

    words: Phrases
    near: tuple[tuple[Phrases, int], ...] = ()

    def find_in(self, line: Line, places: Iterable[Found]) -> Iterator[Found]:
        """Yield those of the places of `words` which have the company they need."""
        for found in places:
            if all(is_near(line, found, table, before=within, after=within) for table, within in self.near):
                yield found


@dataclass(frozen=True, slots=True)
class Doubt:
    """Words that undo a sign: among so many `before` it or so many `after` it."""

    words: Phrases
    before: int = 0
    after: int = 0

    def undoes(self, line: Line, found: Found) -> bool:
        """Say whether such words stand beside what was found."""
        return is_near(line, found, self.words, before=self.before, after=self.after)


@dataclass(frozen=True, slots=True)
class Watch:
    """Tables to look for in all lines: most are passed over at a glance, having no word and no pair that tells."""

    telling_words: frozenset[str]
    telling_pairs: frozenset[tuple[str, str]]
    by_word: Mapping[str, tuple[Phrases, ...]]
    by_pair: Mapping[tuple[str, str], tuple[tuple[Phrases, tuple[Typed, ...]], ...]]

    @classmethod
    def of(cls, signs: Iterable[Sign]) -> Self:
        """Prepare to look for the words of `signs`."""
        tables = list(dict.fromkeys(sign.words for sign in signs))
        by_word: defaultdict[str, tuple[Phrases, ...]] = defaultdict(tuple)
        by_pair: defaultdict[tuple[str, str], tuple[tuple[Phrases, tuple[Typed, ...]], ...]] = defaultdict(tuple)
        for table in tables:
            for word in table.words:
                by_word[word] += (table,)
            for pair, rests in table.pairs.items():
                by_pair[pair] += tuple((table, rest) for rest in rests)
        long = (phrase for table in tables for phrase in table.phrases if len(phrase) > 1)
        telling_pairs = frozenset(chain.from_iterable(product(*_rarest_pair(phrase)) for phrase in long))
        return cls(frozenset(by_word), telling_pairs, dict(by_word), dict(by_pair))

    def passes_over(self, line: Line) -> bool:
        """Say whether `line` surely holds none of the tables."""
        return self.telling_words.isdisjoint(line.meant) and self.telling_pairs.isdisjoint(pairwise(line.meant))

    def find_in(self, line: Line) -> Mapping[Phrases, Sequence[Found]]:
        """Find every place of every phrase, by table."""
        places: defaultdict[Phrases, list[Found]] = defaultdict(list)
        words = line.meant
        for start, word in enumerate(words):
            if word in self.by_word:
                for table in self.by_word[word]:
                    places[table].append(Found(start, start + 1))
        for start, pair in enumerate(pairwise(words)):
            if pair in self.by_pair:
                for table, rest in self.by_pair[pair]:
                    end = start + 2 + len(rest)
                    if not rest or _is_typed(rest, words[start + 2 : end]):
                        places[table].append(Found(start, end))
        return places


def is_near(line: Line, found: Found, table: Phrases, *, before: int, after: int) -> bool:
    """Say whether a phrase of `table` stands among so many words before what was found, or so many after it."""
    start, end = max(found.start - before, 0), found.end + after
    if not table.are_in(line.meant[start:end]):
        return False
    return table.are_in(line.meant[start : found.start]) or table.are_in(line.meant[found.end : end])


def is_part_of(line: Line, found: Found, table: Phrases) -> bool:
    """Say whether a phrase of `table` stands on one of the words found."""
    start = max(found.start - LONGEST, 0)
    around = line.meant[start : found.end + LONGEST]
    return table.are_in(around) and any(
        each.start + start < found.end and found.start < each.end + start for each in table.find_in(around)
    )


def _is_typed(phrase: tuple[Typed, ...], words: Sequence[str]) -> bool:
    return len(words) == len(phrase) and all(map(contains, phrase, words))


def _rarest_pair(phrase: tuple[Typed, ...]) -> tuple[Typed, Typed]:
    """Return the two neighbouring words of a phrase that are met least: none of `EVERYDAY`, and likely long."""
    return max(
        reversed(list(pairwise(phrase))),
        key=lambda pair: (
            EVERYDAY.pairs.keys().isdisjoint(product(*pair)),
            len(max(pair[0], key=len) + max(pair[1], key=len)),
        ),
    )


def _ways_to_type_phrase(text: str, *, plain: bool) -> tuple[Typed, ...]:
    words = line_of(text).meant
    bare = not text.startswith("=") and (plain or len(words) > 1)
    return tuple(_ways_to_type(word, bare=bare) for word in words)


def _ways_to_type(word: str, *, bare: bool) -> Typed:
    """Return the word with its tone mark on any of its letters (hoà, hòa), and without accents if `bare`."""
    letters = normalize("NFD", word)
    tone = "".join(letter for letter in letters if letter in _TONES)
    toneless = normalize("NFC", "".join(letter for letter in letters if letter not in _TONES))
    vowels = (at + 1 for at, letter in enumerate(toneless) if fold(letter) in _VOWELS)
    moved = (normalize("NFC", toneless[:after] + tone + toneless[after:]) for after in vowels)
    return frozenset({word, *moved, *([fold(word)] if bare else [])})


EVERYDAY = Phrases.of(
    """không có, không ai, không biết, không thấy, không được, không còn, không nghe, không dám, chưa có, chưa thấy,
    có người, có xe, cho người, người bị, bị người, bà con, con bà, ba con, chúng tôi, chúng em, tụi em, tụi tui,
    gia đình, đình tôi, con tôi, nhà tôi, trong nhà, vào nhà, ra ngoài, giữa đường, đường dây, cấp cứu, chữa cháy,
    cứu hộ, tai nạn, tài xế, bệnh nhân, liên tục, nguy hiểm, hành lang"""
)
"""Pairs of words too common to tell a line by."""
