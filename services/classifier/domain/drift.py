"""Is what residents write still what the model was made for? One row a week, and how far the topics have moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import log

MOVED_FROM = 0.25
"""The usual reading of a population stability index: below 0.1 steady, from 0.25 on moved."""

HALF = 0.5
"""Added to every count: a topic that nobody wrote about is rare, not impossible."""

FEW = 50
"""A week with fewer texts says nothing about its mix."""


@dataclass(frozen=True, slots=True)
class Week:
    """What was classified in the seven days from `monday` on: shares between 0 and 1, texts per topic."""

    monday: date
    texts: int
    needs_review: float
    without_model: float
    unknown_ngrams: float
    topics: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Mover:
    """A topic that takes another share than before; both shares lie between 0 and 1."""

    topic: str
    before: float
    now: float

    @property
    def change(self) -> float:
        """Return by how much its share rose, negative when it fell."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class WeekBeside:
    """A week, and the stability index of its topics against all the weeks before it, beyond what chance explains.

    It is none where it says nothing. `movers` are the topics whose share rose or fell most.
    """

    week: Week
    moved: float | None
    movers: tuple[Mover, ...] = ()

    @property
    def has_moved(self) -> bool:
        """Say whether the mix of topics is another one than before."""
        return self.moved is not None and self.moved >= MOVED_FROM


def beside_the_weeks_before(weeks: Sequence[Week]) -> tuple[WeekBeside, ...]:
    """Compare every week, oldest first, with what came before it."""
    told: list[WeekBeside] = []
    before: dict[str, int] = {}
    for week in weeks:
        enough = week.texts >= FEW and sum(before.values()) >= FEW
        index = max(0.0, stability_index(before, week.topics) - by_chance(before, week.topics)) if enough else None
        told.append(WeekBeside(week, index, movers(before, week.topics) if enough else ()))
        for topic, count in week.topics.items():
            before[topic] = before.get(topic, 0) + count
    return tuple(told)


def stability_index(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Return the population stability index of two distributions given as counts."""
    topics = before.keys() | now.keys()
    total_before, total_now = (sum(counts.values()) + HALF * len(topics) for counts in (before, now))
    index = 0.0
    for topic in topics:
        then = (before.get(topic, 0) + HALF) / total_before
        today = (now.get(topic, 0) + HALF) / total_now
        index += (today - then) * log(today / then)
    return index


def by_chance(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Return the index to expect of two samples of one and the same distribution.

    With 47 topics and 200 texts it is 0.25 already: unless it is taken off, every quiet week has moved.
    """
    topics = len(before.keys() | now.keys())
    return max(0, topics - 1) * sum(1 / max(1, sum(counts.values())) for counts in (before, now))


def movers(before: Mapping[str, int], now: Mapping[str, int], *, most: int = 4) -> tuple[Mover, ...]:
    """Return the topics whose share rose or fell most between two distributions given as counts, the most first."""
    total_before, total_now = max(1, sum(before.values())), max(1, sum(now.values()))
    moved = [
        Mover(topic, before.get(topic, 0) / total_before, now.get(topic, 0) / total_now)
        for topic in before.keys() | now.keys()
    ]
    moved.sort(key=lambda each: (-abs(each.change), each.topic))
    return tuple(each for each in moved[:most] if each.change)
