"""The search for names: an Aho-Corasick automaton over words, and names within a few letters."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import ahocorasick
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from services.router.domain.gazetteer import Near

# Words are numbered, and a number is written as two characters, each from a range of its own: the automaton looks
# through the branches of a node one by one, and hundreds of words begin names.
LOW, HIGH, BASE = 0x100, 0x200, 32
UNKNOWN = "\0\0"


class WordIndex:
    """All names of a territory, made once.

    Nearly every question for a misspelt name is about words that are none. With one letter wrong, a word and the name
    share what is left when a letter is dropped from either: a few looks into a table tell. With two letters wrong
    there are too many ways to drop them, and comparing with every name of about that length is quicker.
    """

    def __init__(self, patterns: Sequence[tuple[str, ...]], joined: Sequence[str]) -> None:
        """Number the words, so that no name is found inside a word."""
        self._written: dict[str, str] = {}
        self._automaton = ahocorasick.Automaton()
        for number, words in enumerate(patterns):
            key = "".join(map(self._number, words))
            self._automaton.add_word(key, (len(words), number))
        self._automaton.make_automaton()
        self._joined = list(joined)
        remains: dict[str, set[int]] = defaultdict(set)
        lengths: dict[int, dict[int, str]] = defaultdict(dict)
        for number, name in enumerate(self._joined):
            for left in (name, *_one_dropped(name)):
                remains[left].add(number)
            for length in range(len(name) - 2, len(name) + 3):
                lengths[length][number] = name
        self._remains = {left: tuple(sorted(numbers)) for left, numbers in remains.items()}
        self._lengths = dict(lengths)

    def find(self, words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Yield (start, end, number of the pattern) of every pattern in a text, overlapping ones too."""
        written = self._written
        row = "".join([written.get(word, UNKNOWN) for word in words])
        for last, (length, number) in self._automaton.iter(row):
            end = (last + 1) // 2
            yield end - length, end, number

    def _number(self, word: str) -> str:
        number = len(self._written)
        return self._written.setdefault(word, chr(HIGH + number // BASE) + chr(LOW + number % BASE))

    def near(self, joined: str, *, most_edits: int) -> list[Near]:
        """Return the names at most so many edits away; two neighbours exchanged are one edit."""
        if most_edits > 1:
            names = self._lengths.get(len(joined), {})
            found = extract(joined, names, scorer=OSA.distance, score_cutoff=most_edits, limit=None)
            return [Near(number, edits) for _, edits, number in found]
        remains = self._remains
        numbers = set(remains.get(joined, ()))
        if most_edits:
            for left in _one_dropped(joined):
                if left in remains:
                    numbers.update(remains[left])
        measured = ((number, OSA.distance(joined, self._joined[number])) for number in sorted(numbers))
        return [Near(number, edits) for number, edits in measured if edits <= most_edits]


def _one_dropped(word: str) -> list[str]:
    return [word[:index] + word[index + 1 :] for index in range(len(word))]
