"""`python -m tests.bench.places`: how often the right unit is found in words, how often a wrong one, and how fast.

The cases are made from the tables of the territory pack (tests/support/place_cases.py); -v shows every kind of them
and more of what went wrong. The command fails when a goal is missed.
"""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from services.router.domain.place import PlaceDecision
from services.router.domain.reading import SURE_ENOUGH
from services.router.usecases.locate_places import Whereabouts, locate_places
from services.router.usecases.ports import Reference
from tests.support.place_cases import (
    Case,
    in_sentences,
    lookalikes,
    misspelt_cases,
    named_cases,
    reports,
    without_place,
)
from tests.support.placing import pack, pack_reference

FEW, MANY = 5, 40
RIGHT_NAMED = 0.99
RIGHT_IN_SENTENCES = 0.95
WRONG_AND_SURE = 0.005
TEXTS_PER_SECOND = 8_000
LONG_TEXT_SECONDS = 0.05
LONG_TEXTS = (
    "Ổ gà đường đi ",
    "xã Ea Kar ",
    "xa ea kra ",
    "Hòa Xuân Đông Hòa ",
    "ở tại xã ",
    "a ",
    "(((",
    "á",
    "1 2 3 ",
)
COLUMNS = ("number", "right", "asked", "missed", "wrong", f"wrong, {SURE_ENOUGH} sure")
Row = dict[str, Any]
console = Console(width=150)


class Tally:
    """Outcomes of one group of cases."""

    def __init__(self, pairs: Iterable[tuple[Case, PlaceDecision]]) -> None:
        """Count right, asked, missed and wrong, and keep what was not right."""
        self.count: Counter[str] = Counter()
        self.not_right: dict[str, list[tuple[Case, PlaceDecision]]] = defaultdict(list)
        for case, decision in pairs:
            outcome = outcome_of(case, decision)
            self.count.update(("all", outcome))
            if outcome == "wrong" and decision.confidence >= SURE_ENOUGH:
                self.count["wrong and sure"] += 1
            if outcome != "right":
                self.not_right[outcome].append((case, decision))

    def share(self, outcome: str) -> float:
        """Return an outcome's share of all."""
        return self.count[outcome] / self.count["all"]

    def row(self) -> list[str]:
        """Return the columns of the table."""
        outcomes = ("right", "asked", "missed", "wrong", "wrong and sure")
        return [str(self.count["all"]), *(f"{100 * self.share(outcome):.2f} %" for outcome in outcomes)]


@dataclass(frozen=True, slots=True)
class Measured:
    """The outcomes of one set of cases."""

    tally: Tally
    pairs: Sequence[tuple[Case, PlaceDecision]]
    texts_per_second: float


def outcome_of(case: Case, decision: PlaceDecision) -> str:
    """Say whether the unit is right, asked for with it among the options, missed, or wrong."""
    others = {other.unit_code for other in decision.alternatives}
    if decision.unit_code == case.unit:
        return "right" if case.unit is not None or case.options <= others else "missed"
    if decision.unit_code is not None:
        return "wrong"
    return "asked" if others & case.options else "missed"


def decide(cases: Sequence[Case], reference: Reference, *, as_place: bool) -> list[PlaceDecision]:
    """Locate the words of each case, as the place that was asked for or as a report."""
    if as_place:
        return locate_places([Whereabouts(None, None, case.text, "") for case in cases], reference)
    return locate_places([Whereabouts(None, None, None, case.text) for case in cases], reference)


def word_cases() -> dict[str, tuple[list[Case], bool]]:
    """Make every set of cases; with each, whether its words were written to say where."""
    named, misspelt = list(named_cases(pack())), list(misspelt_cases(pack()))
    return {
        "named, as a place": (named, True),
        "named, as a text": (named, False),
        "named, in sentences": ([*in_sentences(named, seed=1), *in_sentences(named, seed=2)], False),
        "misspelt, as a place": (misspelt, True),
        "misspelt, as a text": (misspelt, False),
        "misspelt, in sentences": (list(in_sentences(misspelt, seed=3)), False),
        "no place of ours": (list(without_place()), False),
        "reports written by hand": (list(reports()), False),
        "written to mislead": (list(lookalikes()), False),
    }


def measure_words(reference: Reference) -> dict[str, Measured]:
    """Measure every set of cases."""
    measured = {}
    for name, (cases, as_place) in word_cases().items():
        began = time.perf_counter()
        decisions = decide(cases, reference, as_place=as_place)
        seconds = time.perf_counter() - began
        pairs = list(zip(cases, decisions, strict=True))
        measured[name] = Measured(Tally(pairs), pairs, len(cases) / seconds)
    return measured


def measure_places() -> list[Row]:
    """Measure for the table of all benchmarks."""
    return [
        {"cases": name, **dict(zip(COLUMNS, each.tally.row(), strict=True)), "texts/s": each.texts_per_second}
        for name, each in measure_words(pack_reference()).items()
    ]


def show(measured: Mapping[str, Measured], *, verbose: bool) -> None:
    """Print the table, and what was not right."""
    table = Table("cases", "kind", *COLUMNS, "texts/s")
    for name, each in measured.items():
        table.add_row(name, "", *each.tally.row(), f"{each.texts_per_second:,.0f}")
        kinds: dict[str, list[tuple[Case, PlaceDecision]]] = defaultdict(list)
        for case, decision in each.pairs if verbose else ():
            kinds[case.kind].append((case, decision))
        for kind, members in kinds.items():
            table.add_row("", kind, *Tally(members).row(), "")
    console.print(table)
    for name, each in measured.items():
        for outcome, pairs in each.tally.not_right.items():
            for case, decision in pairs[: MANY if verbose else FEW]:
                others = [other.unit_code for other in decision.alternatives]
                wanted = case.unit or " or ".join(sorted(case.options)) or "none"
                said = f"{decision.unit_code} {decision.confidence} {others}, wanted {wanted}"
                console.print(f"{name}: {outcome} [{case.kind}] {case.text!r} -> {said}", markup=False)


def measure_speed(reference: Reference) -> float:
    """Return how many sentences a second are located, the best of three."""
    sentences = list(in_sentences(list(named_cases(pack()))[::4]))
    best = 0.0
    for _ in range(3):
        began = time.perf_counter()
        decide(sentences, reference, as_place=False)
        best = max(best, len(sentences) / (time.perf_counter() - began))
    console.print(f"sentences: {best:,.0f} a second")
    return best


def measure_long_texts(reference: Reference) -> float:
    """Return the seconds that the slowest text of 100 kB takes, the best of three."""
    slowest = 0.0
    for piece in LONG_TEXTS:
        text = (piece * (100_000 // len(piece.encode()) + 1)).encode()[:100_000].decode(errors="ignore")
        times = []
        for _ in range(3):
            began = time.perf_counter()
            locate_places([Whereabouts(None, None, None, text)], reference)
            times.append(time.perf_counter() - began)
        slowest = max(slowest, min(times))
    console.print(f"a text of 100 kB: {1000 * slowest:.0f} ms at most")
    return slowest


def main() -> None:
    """Measure everything, and name the goals that were missed."""
    reference = pack_reference()
    measured = measure_words(reference)
    show(measured, verbose="-v" in sys.argv)
    words = {name: each.tally for name, each in measured.items()}
    goals = {
        f"{name} right": words[name].share("right") >= least
        for name, least in (
            ("named, as a place", RIGHT_NAMED),
            ("named, as a text", RIGHT_NAMED),
            ("named, in sentences", RIGHT_IN_SENTENCES),
            ("reports written by hand", RIGHT_IN_SENTENCES),
        )
    }
    goals |= {f"{name} wrong": tally.share("wrong and sure") < WRONG_AND_SURE for name, tally in words.items()}
    goals["sentences a second"] = measure_speed(reference) >= TEXTS_PER_SECOND
    goals["a text of 100 kB"] = measure_long_texts(reference) <= LONG_TEXT_SECONDS
    missed = [goal for goal, met in goals.items() if not met]
    console.print(f"goals missed: {', '.join(missed)}" if missed else "every goal is met")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
