"""What rules can ask of a matter, as names and values; what no rule asks is not found out."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.router.domain.clock import WorkingCalendar
from services.router.domain.phrases import fold
from services.router.domain.rules import IN_HOURS, OUT_OF_HOURS, TEXT, WORDS, Policy

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Matter:
    """A feedback as the rules see it; a channel or a text of None is not known (any more).

    `second_topic` is another matter that it speaks of.
    """

    kind: str
    topic: str
    urgency: str
    needs_review: bool
    unit_code: str | None
    received_at: datetime
    channel: str | None = None
    text: str | None = None
    second_topic: str | None = None


def facts_of(matter: Matter, policy: Policy, calendar: WorkingCalendar, *, used: AbstractSet[str]) -> dict[str, str]:
    """Write down the facts of a matter; `used` are the conditions that the rules have, `calendar` is the unit's."""
    facts = {
        "kind": matter.kind,
        "topic": matter.topic,
        "field": policy.field_by_topic.get(matter.topic, ""),
        "urgency": matter.urgency,
        "unit": matter.unit_code or "",
        "needs_review": "true" if matter.needs_review else "false",
    }
    if matter.channel is not None:
        facts["channel"] = matter.channel
    if "time" in used:
        facts["time"] = _time(calendar, matter.received_at)
    if WORDS in used and matter.text is not None:
        facts[TEXT] = fold(matter.text)
    return facts


def _time(calendar: WorkingCalendar, received_at: datetime) -> str:
    moment = calendar.clamp(received_at)
    return IN_HOURS if calendar.counted(moment, moment + INSTANT, working=True) else OUT_OF_HOURS
