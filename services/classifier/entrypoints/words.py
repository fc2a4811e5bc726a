"""How the pages about models name and write things: Vietnamese first, English second."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import structlog

from services.classifier.domain.registry import State
from shared.events.names import KINDS, URGENCIES, Pair
from shared.territory import Territory, TerritoryError, load_territory
from shared.web.pages import bilingual, local_time

log = structlog.get_logger(__name__)

STATES: Mapping[State, Pair] = {
    State.LIVE: ("Đang dùng", "Live"),
    State.SHADOW: ("Chạy thử ngầm", "Shadow"),
    State.CANDIDATE: ("Ứng viên", "Candidate"),
    State.RETIRED: ("Đã thôi dùng", "Retired"),
}
STATE_BADGES: Mapping[State, str] = {State.LIVE: "green", State.SHADOW: "blue", State.CANDIDATE: "amber"}
MANY, FEW = 0.9995, 0.0005
"""Beyond these a share that is neither all nor nothing would be written as such."""


@dataclass(frozen=True, slots=True)
class Names:
    """What topics and fields are called, Vietnamese and English, by code; a code without a name stands for itself."""

    topics: Mapping[str, Pair] = field(default_factory=dict)
    fields: Mapping[str, Pair] = field(default_factory=dict)

    @classmethod
    def of(cls, territory: Territory) -> "Names":
        """Take them from a territory pack."""
        return cls(
            topics={topic.code: (topic.name_vi, topic.name_en) for topic in territory.topics},
            fields={each.code: (each.name_vi, each.name_en) for each in territory.fields},
        )

    @classmethod
    def read(cls, pack: Path) -> "Names":
        """Read them from the folder of a territory pack; without one, codes are shown: nothing else needs the pack."""
        try:
            return cls.of(load_territory(pack))
        except TerritoryError as error:
            log.warning("no names of topics", reason=str(error))
            return cls()


@dataclass(frozen=True, slots=True)
class Words:
    """Names, numbers and days in one language."""

    language: str
    names: Names

    def topic(self, code: str) -> str:
        """Name a topic."""
        return self._pick(self.names.topics, code)

    def field(self, code: str) -> str:
        """Name a field."""
        return self._pick(self.names.fields, code)

    def kind(self, code: str) -> str:
        """Name a kind."""
        return self._pick(KINDS, code)

    def urgency(self, code: str) -> str:
        """Name an urgency."""
        return self._pick(URGENCIES, code)

    def state(self, state: State) -> str:
        """Name where a model stands."""
        return bilingual(self.language)(*STATES[state])

    def badge(self, state: State) -> str:
        """Give the style of a state's badge."""
        return STATE_BADGES.get(state, "")

    def percent(self, share: float, digits: int = 1) -> str:
        """Write a share as percent; only all is 100 and only nothing is 0."""
        sign = "\u00a0%" if self.language == "vi" else "%"
        if MANY <= share < 1:
            return f"{self.number(99.9, 1)}{sign}"
        if 0 < share < FEW:
            return f"<\u00a0{self.number(0.1, 1)}{sign}"
        return f"{self.number(share * 100, digits)}{sign}"

    def hundred(self, share: float) -> str:
        """Write a share as so many out of a hundred, never rounding to all or nothing."""
        if 0 < share < 1:
            return str(min(99, max(1, round(share * 100))))
        return str(round(share * 100))

    def points(self, share: float) -> str:
        """Write a difference of shares as percentage points, with its sign."""
        sign = "+" if share > 0 else "−" if share < 0 else "±"
        return f"{sign}{self.number(abs(share) * 100, 1)}"

    def score(self, value: float) -> str:
        """Write a score between 0 and 1."""
        return self.number(value, 3)

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number with the separators of the language."""
        written = f"{value:,.{digits}f}"
        return written.translate(str.maketrans(",.", ".,")) if self.language == "vi" else written

    def day(self, day: date) -> str:
        """Write a day without its year."""
        return f"{day:%d/%m}"

    def moment(self, moment: datetime | None) -> str:
        """Write a moment in local time."""
        return local_time(moment) or "–"

    def in_order(self, codes: Iterable[str]) -> Sequence[str]:
        """Sort codes as the territory, or the form at the desk, has them; those without a name come last."""
        known = [*self.names.fields, *self.names.topics, *KINDS, *URGENCIES]
        return sorted(codes, key=lambda code: (known.index(code) if code in known else len(known), code))

    def cut(self, text: str, most: int = 220) -> str:
        """Shorten a text to one line that fits beside others."""
        words = " ".join(text.split())
        return words if len(words) <= most else f"{words[:most].rsplit(' ', 1)[0]} …"

    def _pick(self, names: Mapping[str, Pair], code: str) -> str:
        return bilingual(self.language)(*names[code]) if code in names else code
