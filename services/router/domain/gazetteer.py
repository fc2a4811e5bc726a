"""The names of places, and where they stand in a text: exact multi-word search, the longest name first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.router.domain.spelling import Writing, fold_words, has_tone, is_accented, tone_key

SHORTEST_JOINED = 4
SHORTEST_ALONE = 4


class NameKind(StrEnum):
    """What a name is the name of."""

    UNIT = "unit"
    ALIAS = "alias"
    PREDECESSOR = "predecessor"
    DISTRICT = "district"
    PROVINCE = "province"


COMMUNE_KINDS = frozenset({NameKind.UNIT, NameKind.ALIAS, NameKind.PREDECESSOR})

# What people write before a name, folded, the longest first, and the type it means.
TYPE_WORDS: Mapping[tuple[str, ...], str] = {
    ("thi", "tran"): "thi tran",
    ("thi", "xa"): "thi xa",
    ("thanh", "pho"): "thanh pho",
    ("phuong",): "phuong",
    ("p",): "phuong",
    ("f",): "phuong",
    ("xa",): "xa",
    ("x",): "xa",
    ("tt",): "thi tran",
    ("tx",): "thi xa",
    ("tp",): "thanh pho",
    ("huyen",): "huyen",
    ("h",): "huyen",
    ("tinh",): "tinh",
}
COMMUNE_TYPES = frozenset({"xa", "phuong", "thi tran"})
FORMERLY = "cu"


@dataclass(frozen=True, slots=True)
class Name:
    """A name, its type ("xã", "huyện", ...) and the units it leads to: one, or several when it does not decide."""

    text: str
    kind: NameKind
    type: str
    unit_codes: tuple[str, ...]
    words: tuple[str, ...] = field(init=False, repr=False, compare=False)
    folded_type: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the name apart once."""
        writing = Writing(self.text)
        object.__setattr__(self, "words", tuple(writing.written(0, len(writing.folded))))
        object.__setattr__(self, "folded_type", " ".join(fold_words(self.type)))


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found in a text, with every reading it can have."""

    written: str
    readings: tuple[Name, ...]
    typed: bool
    capital: bool
    everyday: bool


@dataclass(slots=True)
class _Node:
    next: dict[str, "_Node"] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)
    needs_type: bool = False


class Gazetteer:
    """All names of a territory in one trie of words; made once, read by everybody."""

    def __init__(self, names: Iterable[Name], *, everyday_words: Iterable[str] = ()) -> None:
        """Index the names; a number or a very short word counts only behind its type."""
        self._root: dict[str, _Node] = {}
        self._everyday = frozenset(tuple(fold_words(word)) for word in everyday_words)
        for name in names:
            folded = fold_words(name.text)
            bare_number = len(folded) == 1 and folded[0].isdigit()
            joined = "".join(folded)
            short = len(folded) == 1 and len(joined) < SHORTEST_ALONE and name.kind is not NameKind.ALIAS
            self._add(folded, name, needs_type=bare_number or short)
            if bare_number:
                self._add(["p" + folded[0]], name, needs_type=False)
            if len(folded) > 1 and len(joined) >= SHORTEST_JOINED:
                self._add([joined], name, needs_type=False)

    def _add(self, folded: Sequence[str], name: Name, *, needs_type: bool) -> None:
        level = self._root
        node = None
        for word in folded:
            node = level.setdefault(word, _Node())
            level = node.next
        if node is not None and name not in node.names:
            node.names.append(name)
            node.needs_type = needs_type

    def mentions(self, text: str) -> list[Mention]:
        """Find the names in a text, from left to right, none inside another."""
        writing = Writing(text)
        spans = self._spans(writing.folded)
        if not spans:
            return []
        shouted = text.isupper()
        mentions = (self._mention(writing, start, end, node, shouted=shouted) for start, end, node in spans)
        return [mention for mention in mentions if mention is not None]

    def _spans(self, folded: Sequence[str]) -> list[tuple[int, int, _Node]]:
        root, size = self._root, len(folded)
        spans = []
        index = 0
        while index < size:
            node = root.get(folded[index])
            if node is None:
                index += 1
                continue
            end = index
            best: tuple[int, _Node] | None = None
            while node is not None:
                end += 1
                if node.names:
                    best = (end, node)
                node = node.next.get(folded[end]) if end < size else None
            if best is None:
                index += 1
            else:
                spans.append((index, best[0], best[1]))
                index = best[0]
        return spans

    def _mention(self, writing: Writing, start: int, end: int, node: _Node, *, shouted: bool) -> Mention | None:
        folded = writing.folded
        place_type, type_length = _type_before(folded, start)
        if node.needs_type and place_type is None:
            return None
        found = writing.written(start, end)
        capital = not shouted and all(word[0].isupper() or word[0].isdigit() for word in found)
        readings = [name for name in node.names if _same_accents(found, name, lenient=capital)]
        readings = _of_type(readings, place_type)
        if end < len(folded) and folded[end] == FORMERLY:
            readings = [name for name in readings if name.kind is not NameKind.UNIT] or readings
        if not readings:
            return None
        return Mention(
            written=" ".join(writing.written(start - type_length, end)),
            readings=tuple(readings),
            typed=place_type in COMMUNE_TYPES,
            capital=capital,
            everyday=tuple(folded[start:end]) in self._everyday,
        )


def _type_before(folded: Sequence[str], start: int) -> tuple[str | None, int]:
    for length in (2, 1):
        if start >= length:
            found = TYPE_WORDS.get(tuple(folded[start - length : start]))
            if found is not None:
                return found, length
    return None, 0


def _same_accents(found: Sequence[str], name: Name, *, lenient: bool) -> bool:
    """Compare accents where they were written; in a text without accents any name fits.

    A word without its ă, ê, ô, ơ or ư inside an accented name is forgiven when the name is in capitals ("Xã Ea Khal").
    """
    if not any(is_accented(word) for word in found):
        return True
    expected = name.words
    if len(expected) != len(found):
        return tone_key("".join(expected)) == tone_key("".join(found))
    return all(
        tone_key(word) == (right := tone_key(wanted)) or (lenient and not is_accented(word) and not has_tone(right))
        for word, wanted in zip(found, expected, strict=True)
    )


def _of_type(readings: list[Name], place_type: str | None) -> list[Name]:
    """Keep what the type before the name allows; people mix up xã, phường and thị trấn, but not those and huyện."""
    if place_type is None:
        # The province's own name says nothing about the ward that is called the same.
        return [name for name in readings if name.kind is NameKind.PROVINCE] or readings
    exact = [name for name in readings if name.folded_type == place_type]
    if place_type in COMMUNE_TYPES:
        return exact or [name for name in readings if name.kind in COMMUNE_KINDS]
    return exact
