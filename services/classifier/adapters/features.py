"""Texts to sparse TF-IDF vectors: word and character n-grams, as written and without accents, in one numpy pass.

scikit-learn's text vectorisers walk every n-gram in Python. Here a whole batch is one array of code points, and every
n-gram in it a rolling 64-bit hash, so a batch costs a fixed number of numpy calls. The vocabulary is the set of hashes
seen often enough in training; any other hash is ignored.

The class is an ordinary scikit-learn transformer: it clones, fits, and goes into a `Pipeline`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self, TypeAlias
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, vstack
from sklearn.base import BaseEstimator, TransformerMixin

from services.classifier.domain.words import fold_table

Floats: TypeAlias = npt.NDArray[np.float32]
Ints: TypeAlias = npt.NDArray[np.int64]
Hashes: TypeAlias = npt.NDArray[np.uint64]

MAX_CHARS = 4000
"""What stands after this many characters does not change what a text is about."""

BATCH = 256
"""Texts in one numpy pass: more would leave the processor's cache."""

_TABLE_SIZE = 0x2000
_LONGEST_WORD = 64
_SLOT_BITS = 21
_EMPTY = -1
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Family:
    """One way to cut a text: words or characters, n at a time, as written or folded."""

    unit: str
    size: int
    folded: bool

    @property
    def name(self) -> str:
        """Return a short name, for example `char3-folded`."""
        return f"{self.unit}{self.size}-{'folded' if self.folded else 'written'}"

    @classmethod
    def named(cls, name: str) -> Self:
        """Read a name back; raises ValueError for one that is not a family's."""
        cut, _, view = name.partition("-")
        unit, size = cut[:-1], cut[-1:]
        if unit not in {"word", "char"} or not size.isdigit() or view not in {"folded", "written"}:
            msg = f"{name!r} is not the name of an n-gram family"
            raise ValueError(msg)
        return cls(unit=unit, size=int(size), folded=view == "folded")

    @property
    def block(self) -> tuple[str, bool]:
        """Return what it is normalised together with: all word or all character n-grams of one view."""
        return (self.unit, self.folded)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Every n-gram of a batch: the character it starts at, its hash, and the number of its family."""

    position: Ints
    hashed: Hashes
    family: Ints


@dataclass(frozen=True, slots=True)
class WordSpans:
    """Every word of a batch: the text it stands in and where, in characters."""

    row: Ints
    start: Ints
    end: Ints


@dataclass(frozen=True, slots=True)
class Letters:
    """A batch of texts as one row of characters; every text has a separator before it, the last one also after it.

    `row` is the number of the text that each character belongs to, `first` where each text begins.
    """

    joined: str
    raw: npt.NDArray[np.uint32]
    row: Ints
    first: Ints
    is_letter: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Lay the texts out, composed (NFC) and cut at `MAX_CHARS`."""
        composed = [normalize("NFC", text)[:MAX_CHARS] for text in texts]
        joined = f" {' '.join(composed)} "
        raw = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype=np.uint32)
        raw = np.minimum(raw, np.uint32(_TABLE_SIZE - 1))
        lengths = np.fromiter((len(text) + 1 for text in composed), dtype=np.int64, count=len(composed))
        row = np.append(np.repeat(np.arange(len(composed)), lengths), max(len(composed) - 1, 0))
        first = np.cumsum(lengths) - lengths + 1
        return cls(joined=joined, raw=raw, row=row, first=first, is_letter=_scrambled(folded=False)[raw] != 0)

    def words(self) -> WordSpans:
        """Find the words: runs of letters and digits."""
        padded = np.concatenate(([False], self.is_letter))
        start = np.flatnonzero(padded[1:] & ~padded[:-1])
        end = np.flatnonzero(padded[:-1] & ~padded[1:])
        return WordSpans(row=self.row[start], start=start, end=end)


@lru_cache(maxsize=2)
def _scrambled(*, folded: bool) -> Hashes:
    """Return one random-looking number per code point: zero for separators, one number for all digits.

    Capitals share their small letter's number; `folded` lets accented letters share the plain one's.
    """
    fold = fold_table()
    letters = np.zeros(_TABLE_SIZE, dtype=np.uint64)
    for code in range(_TABLE_SIZE - 1):
        char = chr(code)
        if char.isalnum():
            lowered = "0" if char.isdigit() else char.lower()[:1]
            letters[code] = fold.get(ord(lowered), ord(lowered)) if folded else ord(lowered)
    return np.where(letters == 0, np.uint64(0), _mixed(letters * _BASE))


@lru_cache(maxsize=1)
def _powers() -> Hashes:
    exponents = np.ones(_LONGEST_WORD, dtype=np.uint64)
    exponents[1:] = _BASE
    return np.cumprod(exponents, dtype=np.uint64)


def _mixed(hashes: Hashes) -> Hashes:
    hashes = (hashes ^ (hashes >> _HALF)) * _MIX
    return hashes ^ (hashes >> _HALF)


def _seeded(hashes: Hashes, family: Family) -> Hashes:
    seed = np.uint64((family.size * 4 + (family.unit == "word") * 2 + family.folded + 1) * 0x632BE59BD9B4E019 % 2**64)
    return _mixed(hashes + seed)


def _char_grams(letters: Letters, scrambled: Hashes, sizes: Sequence[int]) -> dict[int, tuple[Ints, Hashes]]:
    """Hash every run of n characters inside a word and its two neighbouring separators, for each n asked."""
    is_letter, powers = letters.is_letter, _powers()
    found: dict[int, tuple[Ints, Hashes]] = {}
    rolling = scrambled[:-1] + scrambled[1:] * powers[1]
    inside = is_letter[:-1] | is_letter[1:]
    for size in range(2, max(sizes, default=1) + 1):
        if size in sizes:
            position = np.flatnonzero(inside)
            found[size] = (position, rolling[position])
        rolling = rolling[:-1] + scrambled[size:] * powers[size]
        inside = inside[:-1] & is_letter[size - 1 : -1]
    return found


def _word_hashes(scrambled: Hashes, spans: WordSpans) -> Hashes:
    lengths = np.minimum(spans.end - spans.start, _LONGEST_WORD)
    offsets = np.cumsum(lengths) - lengths
    within = np.arange(int(lengths.sum())) - np.repeat(offsets, lengths)
    terms = scrambled[np.repeat(spans.start, lengths) + within] * _powers()[within]
    return _mixed(np.add.reduceat(terms, offsets)) if len(offsets) else np.empty(0, dtype=np.uint64)


def _word_grams(words: Hashes, spans: WordSpans, size: int) -> tuple[Ints, Hashes]:
    """Hash every run of n words of one text; the position is that of the first word."""
    count = len(words) - size + 1
    if count < 1:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint64)
    hashed = words[:count].copy()
    for step in range(1, size):
        hashed = hashed * _BASE + words[step : count + step]
    together = spans.row[:count] == spans.row[size - 1 :]
    return spans.start[:count][together], hashed[together]


def ngrams(letters: Letters, families: Sequence[Family]) -> Occurrences:
    """Hash every n-gram of a batch, family by family."""
    spans = letters.words()
    positions: list[Ints] = []
    hashes: list[Hashes] = []
    numbers: list[Ints] = []
    for folded in (False, True):
        wanted = [family for family in families if family.folded == folded]
        if not wanted:
            continue
        scrambled = _scrambled(folded=folded)[letters.raw]
        words = _word_hashes(scrambled, spans)
        chars = _char_grams(letters, scrambled, [family.size for family in wanted if family.unit == "char"])
        for family in wanted:
            position, hashed = chars[family.size] if family.unit == "char" else _word_grams(words, spans, family.size)
            positions.append(position)
            hashes.append(_seeded(hashed, family))
            numbers.append(np.full(len(position), families.index(family)))
    return Occurrences(
        position=np.concatenate(positions), hashed=np.concatenate(hashes), family=np.concatenate(numbers)
    )


@dataclass(frozen=True, slots=True)
class Vectors:
    """A batch as a matrix (texts x features), and every known n-gram of it: where it starts, its column, its weight.

    `unknown` is the share of each text's n-grams that training never met.
    """

    matrix: csr_matrix
    letters: Letters
    position: Ints
    column: Ints
    weight: Floats
    unknown: Floats

    @property
    def known(self) -> Floats:
        """Return how many different n-grams of each text are in the vocabulary."""
        return np.asarray(np.diff(self.matrix.indptr), dtype=np.float32)


class HashedNgrams(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """TF-IDF over hashed n-grams: sublinear counts, each block (words or characters, of one view) of length one.

    `min_df` is the number of texts that must hold an n-gram for it to count, as in scikit-learn's vectorisers.
    After `fit`: `hashes_` (uint64, one per feature), `idf_` (float32, inverse document frequency) and `family_` (int8,
    the place in `families` of each feature's family).
    """

    def __init__(self, families: Sequence[str], min_df: int) -> None:
        """Remember the families (see `Family.named`) and the least document frequency."""
        self.families = families
        self.min_df = min_df

    def fit(self, texts: Sequence[str], _labels: object = None) -> Self:
        """Learn the vocabulary and the document frequencies of `texts`."""
        families = [Family.named(name) for name in self.families]
        seen: list[Hashes] = []
        kinds: list[npt.NDArray[np.int8]] = []
        for start in range(0, len(texts), BATCH):
            letters = Letters.of(texts[start : start + BATCH])
            found = ngrams(letters, families)
            row = letters.row[found.position].astype(np.uint64)
            _, first = np.unique(found.hashed + row * _MIX, return_index=True)
            seen.append(found.hashed[first])
            kinds.append(found.family[first].astype(np.int8))
        hashed, first, frequency = np.unique(np.concatenate(seen), return_index=True, return_counts=True)
        kept = frequency >= self.min_df
        inverse = np.log((1 + len(texts)) / (1 + frequency[kept])) + 1
        return self.with_vocabulary(
            hashes=hashed[kept], idf=inverse.astype(np.float32), family=np.concatenate(kinds)[first[kept]]
        )

    def with_vocabulary(self, *, hashes: Hashes, idf: Floats, family: npt.NDArray[np.int8]) -> Self:
        """Take over a vocabulary that was learned before."""
        self.hashes_, self.idf_, self.family_ = hashes, idf, family
        self._families = [Family.named(name) for name in self.families]
        blocks = sorted({known.block for known in self._families})
        block_of_family = np.array([blocks.index(known.block) for known in self._families], dtype=np.int64)
        self._block = block_of_family[family]
        self._block_count = len(blocks)
        self._slots = np.full(2**_SLOT_BITS, _EMPTY, dtype=np.int32)
        self._slots[_slot_of(hashes)] = np.arange(len(hashes), dtype=np.int32)
        return self

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Turn texts into a float32 matrix, one row per text; a text of unknown words only gives an empty row."""
        if not len(texts):
            return csr_matrix((0, len(self.hashes_)), dtype=np.float32)
        parts = [self.vectors(texts[start : start + BATCH]).matrix for start in range(0, len(texts), BATCH)]
        return vstack(parts, format="csr", dtype=np.float32)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Turn one batch of texts into a matrix and keep where each feature was seen."""
        letters = Letters.of(texts)
        found = ngrams(letters, self._families)
        column = self._slots[_slot_of(found.hashed)]
        known = np.flatnonzero(column >= 0)
        known = known[self.hashes_[column[known]] == found.hashed[known]]
        met = np.bincount(letters.row[found.position[known]], minlength=len(texts))
        of = np.bincount(letters.row[found.position], minlength=len(texts))
        unknown = (1 - met / np.maximum(of, 1)).astype(np.float32)
        column, position = column[known].astype(np.int64), found.position[known]
        row = letters.row[position]
        width = len(self.hashes_)

        keys = np.sort(row * width + column)
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        count = np.diff(np.append(first, len(keys)))
        text, feature = np.divmod(keys[first], max(width, 1))
        values = (1 + np.log(count, dtype=np.float32)) * self.idf_[feature]
        block = text * self._block_count + self._block[feature]
        squares = np.bincount(block, weights=values * values, minlength=len(texts) * self._block_count)
        lengths = np.sqrt(np.maximum(squares, np.finfo(np.float32).tiny)).astype(np.float32)
        pointers = np.zeros(len(texts) + 1, dtype=np.int32)
        np.cumsum(np.bincount(text, minlength=len(texts)), out=pointers[1:])
        matrix = csr_matrix((values / lengths[block], feature.astype(np.int32), pointers), shape=(len(texts), width))
        weight = self.idf_[column] / lengths[row * self._block_count + self._block[column]]
        return Vectors(matrix=matrix, letters=letters, position=position, column=column, weight=weight, unknown=unknown)

    def are_pairs(self, columns: Ints) -> npt.NDArray[np.bool_]:
        """Say which columns are pairs of words."""
        pairs = np.array([family.unit == "word" and family.size > 1 for family in self._families])
        return pairs[self.family_[columns]]

    def __sklearn_is_fitted__(self) -> bool:
        """Say whether there is a vocabulary."""
        return hasattr(self, "hashes_")


def _slot_of(hashes: Hashes) -> Ints:
    return (hashes >> np.uint64(64 - _SLOT_BITS)).astype(np.int64)
