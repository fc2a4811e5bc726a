"""Rules in plain words, Vietnamese first, English second: what a rule asks, and what follows from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.router.domain.clock import Duration
from services.router.domain.rules import OfficeOutcome, Rule, Terms
from shared.events.names import CHANNELS, KINDS, URGENCIES, Pair
from shared.territory import Territory

WORKING_DAY_MINUTES = 450
HOUR, DAY = 60, 24 * 60
CONDITIONS: Mapping[str, Pair] = {
    "kind": ("loại", "kind"),
    "topic": ("chủ đề", "topic"),
    "field": ("lĩnh vực", "field"),
    "urgency": ("mức độ", "urgency"),
    "channel": ("kênh gửi", "channel"),
    "unit": ("xã, phường", "unit"),
    "needs_review": ("máy không chắc", "the classifier is not sure"),
    "time": ("lúc nhận", "received"),
}
VALUES: Mapping[str, Mapping[str, Pair]] = {
    "kind": KINDS,
    "urgency": URGENCIES,
    "channel": CHANNELS,
    "needs_review": {"true": ("đúng", "yes"), "false": ("không", "no")},
    "time": {"working": ("trong giờ làm việc", "in working hours"), "off": ("ngoài giờ làm việc", "out of hours")},
}


@dataclass(frozen=True, slots=True)
class RuleWords:
    """How rules are told in one language."""

    language: str
    territory: Territory

    def say(self, vi: str, en: str) -> str:
        """Pick the language."""
        return en if self.language == "en" else vi

    def conditions(self, rule: Rule[Any]) -> list[str]:
        """Tell each condition of a rule; a rule without any gives an empty list."""
        return list(self._conditions(rule))

    def office(self, outcome: OfficeOutcome) -> str:
        """Name the office, or the offices, of a rule."""
        if isinstance(outcome, tuple):
            return ", ".join(self.office(each) for each in outcome)
        if outcome is None:
            return self.say("cơ quan chủ trì của chủ đề", "the office that leads on the topic")
        return self.territory.office_name(outcome, self.language)

    def terms(self, terms: Terms) -> str:
        """Tell both terms of a rule."""
        accept, resolve = self.length(terms.accept), self.length(terms.resolve)
        return self.say(
            f"tiếp nhận trong {accept}, giải quyết trong {resolve}", f"accept within {accept}, resolve within {resolve}"
        )

    def length(self, duration: Duration) -> str:
        """Say a duration in the largest units that it is a whole number of."""
        minutes = duration.minutes
        if duration.working:
            if minutes % WORKING_DAY_MINUTES == 0:
                return self._count(minutes // WORKING_DAY_MINUTES, "ngày làm việc", "working day")
            if minutes % HOUR == 0:
                return self._count(minutes // HOUR, "giờ làm việc", "working hour")
            return self._count(minutes, "phút làm việc", "working minute")
        if minutes % DAY == 0:
            return self._count(minutes // DAY, "ngày liên tục", "day round the clock", "days round the clock")
        if minutes % HOUR == 0:
            return self._count(minutes // HOUR, "giờ liên tục", "hour round the clock", "hours round the clock")
        return self._count(minutes, "phút liên tục", "minute round the clock", "minutes round the clock")

    def _count(self, number: int, vi: str, one: str, many: str | None = None) -> str:
        return self.say(f"{number} {vi}", f"{number} {one if number == 1 else many or one + 's'}")

    def _conditions(self, rule: Rule[Any]) -> Iterator[str]:
        for name, values in rule.when:
            condition = self.say(*CONDITIONS.get(name, (name, name)))
            yield f"{condition}: {self._either([self._value(name, value) for value in sorted(values)])}"
        if rule.words:
            said = self._either([f"“{phrase.said}”" for phrase in rule.words])
            yield self.say(f"lời kể có {said}", f"the words have {said}")
        if rule.valid_from is not None:
            yield self.say(f"từ ngày {rule.valid_from:%d/%m/%Y}", f"from {rule.valid_from}")
        if rule.valid_to is not None:
            yield self.say(f"đến hết ngày {rule.valid_to:%d/%m/%Y}", f"to {rule.valid_to}, included")

    def _value(self, name: str, value: str) -> str:
        if name == "topic":
            return self.territory.topic_name(value, self.language)
        if name == "field":
            field = self.territory.field_by_code.get(value)
            return self.say(field.name_vi, field.name_en) if field is not None else value
        if name == "unit":
            return self.territory.unit_name(value, missing=value)
        return self.say(*VALUES.get(name, {}).get(value, (value, value)))

    def _either(self, names: Sequence[str]) -> str:
        *others, last = names
        return f"{', '.join(others)} {self.say('hoặc', 'or')} {last}" if others else last
