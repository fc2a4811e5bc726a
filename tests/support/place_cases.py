"""Cases made from the tables of the pack: every name in every way it is written, alone and in sentences.

They are made by rules of their own, not by those that read them: a spelling here is a plain function on the official
name, and a misspelling is a letter dropped, doubled, exchanged or hit beside the key.
"""

import csv
import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.territory import Territory
from tests.support.place_sentences import SENTENCES, WITHOUT_PLACE

SEED = 20_251_122
REPORTS = Path(__file__).parent / "place_reports.csv"
LOOKALIKES = Path(__file__).parent / "place_lookalikes.csv"
ABBREVIATIONS = {
    "phường": "P.",
    "xã": "X.",
    "thị trấn": "TT.",
    "huyện": "H.",
    "thị xã": "TX.",
    "thành phố": "TP.",
}
BESIDE = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl",
    "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi",
    "v": "cb", "w": "qe", "x": "zc", "y": "tu",
}  # fmt: skip
LETTERS_FOR_ONE_TYPO = 5
LETTERS_FOR_TWO_TYPOS = 8
TONE_ELSEWHERE = (("òa", "oà"), ("óa", "oá"), ("ủy", "uỷ"), ("úy", "uý"), ("ùy", "uỳ"), ("uý", "úy"), ("ỏa", "oả"))


@dataclass(frozen=True, slots=True)
class Case:
    """A text, the unit it must lead to (none when the resident has to be asked), and how it was made.

    `options` are units that must be among the alternatives when none is decided.
    """

    text: str
    unit: str | None
    options: frozenset[str]
    group: str
    spelling: str
    fair: bool = True

    @property
    def kind(self) -> str:
        """Say how it was made."""
        if not self.fair:
            return "as near to another name"
        return f"{self.group}, {self.spelling}" if "wrong" in self.spelling else self.group


# --- spellings -----------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Drop the accents."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def joined(text: str) -> str:
    """Write in one word of plain letters."""
    return re.sub("[^a-z0-9]", "", plain(text).lower())


def tone_elsewhere(text: str) -> str:
    """Put the tone mark where the other school puts it."""
    for one, other in TONE_ELSEWHERE:
        text = text.replace(one, other)
    return text


def one_accent_missing(text: str) -> str:
    """Forget the accents of the last word."""
    *before, last = text.split(" ")
    return " ".join([*before, plain(last)])


def capital(place_type: str) -> str:
    """Write a type as it begins a name."""
    return place_type[:1].upper() + place_type[1:]


def spellings(place_type: str, name: str, *, typed: bool) -> Iterator[tuple[str, str]]:
    """Write a name in every way but wrong ones; `typed` writes the type too."""

    def full(written: str, before: str = capital(place_type)) -> str:
        return f"{before} {written}" if typed else written

    short = ABBREVIATIONS[place_type]
    yield "official", full(name)
    yield "small", full(name).lower()
    yield "capitals", full(name).upper()
    yield "no accents", plain(full(name))
    yield "no accents, small", plain(full(name)).lower()
    yield "tone elsewhere", tone_elsewhere(full(name))
    yield "decomposed", unicodedata.normalize("NFD", full(name))
    yield "apostrophe", full(name.replace("'", "\u2019") if "'" in name else name.replace(" ", "  "))
    yield "hyphens", full(name.replace(" ", "-").replace("'", ""))
    yield "one accent missing", full(one_accent_missing(name))
    if typed:
        yield "short type", f"{short}{name}"
        yield "short type, small", plain(f"{short.rstrip('.')} {name}").lower()
        yield "short type, space", f"{short} {name}"
        yield "type in one word", joined(f"{place_type}{name}")
    if " " in name and (typed or len(joined(name)) > 3):
        yield "one word", full(joined(name), before=plain(place_type).lower())


def typo(text: str, chance: random.Random, times: int = 1) -> str:
    """Drop, double, exchange or miss letters, anywhere but in digits."""
    for _ in range(times):
        places = [index for index, letter in enumerate(text) if letter.isalpha()]
        index = chance.choice(places)
        letter = text[index]
        kind = chance.choice(("drop", "double", "exchange", "miss"))
        following = text[index + 1 : index + 2]
        if kind == "drop":
            text = text[:index] + text[index + 1 :]
        elif kind == "double":
            text = text[:index] + letter + text[index:]
        elif kind == "exchange" and following.isalpha():
            text = text[:index] + following + letter + text[index + 2 :]
        else:
            beside = BESIDE.get(plain(letter).lower(), "e")
            text = text[:index] + chance.choice(beside) + text[index + 1 :]
    return text


# --- names ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """A name of the tables, the units it means, and whether its bare form means them too."""

    place_type: str
    name: str
    units: frozenset[str]
    group: str
    bare: bool


def known_names(pack: Territory) -> list[Known]:
    """List units, and predecessors whose name decides."""
    provinces = {joined(name) for name in pack.former_provinces}
    names = [
        Known(unit.type, unit.name, frozenset({unit.code}), "unit", joined(unit.name) not in provinces)
        for unit in pack.units
    ]
    meanings = _meanings(pack)
    names.extend(
        Known(old.type, old.name, frozenset(old.new_codes), "split" if old.split else "predecessor", bare=True)
        for old in pack.predecessors
        if meanings[joined(old.name)] == set(old.new_codes) and not old.name.isdigit()
    )
    return names


def _meanings(pack: Territory) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for unit in pack.units:
        found[joined(unit.name)].add(unit.code)
    for old in pack.predecessors:
        found[joined(old.name)].update(old.new_codes)
        found[joined(old.district)].update(old.new_codes)
    return found


# --- cases ---------------------------------------------------------------------------------------------------------


def named_cases(pack: Territory) -> Iterator[Case]:
    """Write every name alone: with its type, without it, and behind it the old district."""
    for known in known_names(pack):
        for typed in (True, False):
            if not typed and not known.bare:
                continue
            for spelling, written in spellings(known.place_type, known.name, typed=typed):
                yield _case(written, known, spelling, typed=typed)
    for old in pack.predecessors:
        units = frozenset(old.new_codes)
        group = "split" if old.split else "predecessor, district"
        known = Known(old.type, old.name, units, group, bare=False)
        written = f"{old.type} {old.name}, {old.district_type} {old.district}"
        if old.name != old.district:
            yield _case(written, known, "with its district", typed=True)
            yield _case(plain(written).lower(), known, "with its district, no accents", typed=True)
        if not old.name.isdigit() and old.name != old.district:
            yield _case(f"{old.name}, {old.district}", known, "with its district, no types", typed=False)


def misspelt_cases(pack: Territory, *, seed: int = SEED, each: int = 2) -> Iterator[Case]:
    """Write every name with one or two letters wrong; unfair ones are as near to another name."""
    chance = random.Random(seed)
    meanings = _meanings(pack)
    for known in known_names(pack):
        for typed in (True, False):
            if not known.bare:
                continue
            for times, shortest in ((1, LETTERS_FOR_ONE_TYPO), (2, LETTERS_FOR_TWO_TYPOS)):
                if len(joined(known.name)) < shortest:
                    continue
                for number in range(each):
                    name = known.name if number % 2 else plain(known.name).lower()
                    wrong = typo(name, chance, times)
                    if not joined(wrong) or joined(wrong) in meanings:
                        continue
                    fair = _unmistakable(joined(wrong), known.units, meanings)
                    written = f"{known.place_type} {wrong}" if typed else wrong
                    if number % 2 == 0:
                        written = plain(written)
                    yield _case(written, known, f"{times} wrong", typed=typed, fair=fair)


def _unmistakable(wrong: str, units: frozenset[str], meanings: Mapping[str, set[str]]) -> bool:
    nearest: dict[int, set[str]] = defaultdict(set)
    for name, codes in meanings.items():
        if abs(len(name) - len(wrong)) <= 2:
            nearest[distance(wrong, name)].update(codes)
    return nearest[min(nearest)] <= units if nearest else False


def distance(one: str, other: str) -> int:
    """Count the letters to drop, add, change or exchange with their neighbour (the textbook way)."""
    rows = [list(range(len(other) + 1))]
    for index, letter in enumerate(one, start=1):
        row = [index]
        for column, wanted in enumerate(other, start=1):
            cost = min(rows[-1][column] + 1, row[-1] + 1, rows[-1][column - 1] + (letter != wanted))
            if index > 1 and column > 1 and letter == other[column - 2] and one[index - 2] == wanted:
                cost = min(cost, rows[-2][column - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def _case(written: str, known: Known, spelling: str, *, typed: bool, fair: bool = True) -> Case:
    unit = next(iter(known.units)) if len(known.units) == 1 else None
    return Case(written, unit, known.units, known.group + ("" if typed else ", bare"), spelling, fair)


def in_sentences(cases: Sequence[Case], *, seed: int = SEED, sentences: Sequence[str] = SENTENCES) -> Iterator[Case]:
    """Put each case into a sentence; what is written without accents gets a sentence without, as people do."""
    chance = random.Random(seed)
    for case in cases:
        sentence = chance.choice(sentences)
        if case.text.isascii() and case.text.islower() and chance.random() < 0.5:
            sentence = plain(sentence).lower()
        text = sentence.replace("{place}", case.text)
        yield Case(text, case.unit, case.options, case.group, case.spelling, case.fair)


def without_place() -> Iterator[Case]:
    """Write what names no place of ours, in accents and without."""
    write: Sequence[tuple[str, Callable[[str], str]]] = (
        ("as written", lambda text: text),
        ("no accents", lambda text: plain(text).lower()),
        ("capitals", lambda text: text.upper()),
    )
    for text in WITHOUT_PLACE:
        for spelling, change in write:
            yield Case(change(text), None, frozenset(), "no place", spelling)


def reports() -> Iterator[Case]:
    """Read the reports that were written by hand, by somebody who did not look at the sentences made here."""
    return _by_hand(REPORTS)


def lookalikes() -> Iterator[Case]:
    """Read those that were written to mislead: people, companies, other provinces, words that look like a name."""
    return _by_hand(LOOKALIKES)


def _by_hand(file: Path) -> Iterator[Case]:
    with file.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            codes = frozenset((row["options"] or row["unit"]).split(";")) - {""}
            yield Case(row["text"], row["unit"] or None, codes, "by hand", "as written")
