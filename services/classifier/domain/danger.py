"""Danger to life, found by signs beside the model: a false alarm is cheaper than a miss.

The signs are in `danger_signs.py`. A sign does not count when its words mean something else together
(`SOMETHING_ELSE`: "chữa cháy"), when words near it say that it is denied, feared, a habit or over (`DOUBTS`), or when
the whole text is about another day or another matter (`ANOTHER_MATTER`) and nobody cries for help in it (`CRIES`). What
has begun again counts whatever was over (`AGAIN`). These tables are in `danger_doubts.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.classifier.domain.danger_doubts import AGAIN, ANOTHER_MATTER, CRIES, DOUBTS, SOMETHING_ELSE
from services.classifier.domain.danger_signs import DANGERS, Danger
from services.classifier.domain.phrases import Found, Phrases, Watch, is_part_of
from services.classifier.domain.words import Line


@dataclass(frozen=True, slots=True)
class Alarm:
    """A danger and the resident's own words that told of it."""

    danger: str
    words: str


_WATCH = Watch.of(sign for danger in DANGERS for sign in danger.signs)


def alarms(line: Line) -> tuple[Alarm, ...]:
    """Find what endangers life now; at most one alarm for each danger, in the order of the table."""
    if _WATCH.passes_over(line):
        return ()
    places = _WATCH.find_in(line)
    if not places or (ANOTHER_MATTER.are_in(line.meant) and not (CRIES.are_in(line.meant) or AGAIN.are_in(line.meant))):
        return ()
    raised = ((danger, _first_certain(danger, line, places)) for danger in DANGERS)
    return tuple(Alarm(danger.name, line.quote(*found)) for danger, found in raised if found)


def _first_certain(danger: Danger, line: Line, places: Mapping[Phrases, Sequence[Found]]) -> Found | None:
    candidates = (
        found
        for sign in danger.signs
        if sign.words in places
        for found in sign.find_in(line, places[sign.words])
        if not is_part_of(line, found, SOMETHING_ELSE) and not _talked_down(danger, line, found)
    )
    return next(candidates, None)


def _talked_down(danger: Danger, line: Line, found: Found) -> bool:
    doubted = any(doubt.undoes(line, found) for doubt in (*DOUBTS, *danger.doubts))
    return doubted and not AGAIN.are_in(line.meant)
