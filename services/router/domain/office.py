"""Which office acts, and which others on parts of the same report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.router.domain.rules import OfficeOutcome, Policy, Rule, first_match

PROVINCE_DESK = "province:desk"
COMMUNE_OFFICE = "commune:office"
COMMUNE_OWNED = "commune:"
EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class OfficeDecision:
    """The office, the rule that named it, and the further offices that each get a part of the report."""

    office: str
    rule_id: str
    further: tuple[str, ...] = ()

    @property
    def offices(self) -> tuple[str, ...]:
        """All of them; the first leads."""
        return (self.office, *self.further)


def decide_office(policy: Policy, facts: Mapping[str, str], *, unit_code: str | None, on: date) -> OfficeDecision:
    """Pick the offices by the first rule that holds.

    A topic nobody leads on goes to the commune's office, and what belongs to a commune without a known unit goes to
    the province desk.
    """
    return office_by(first_match(policy.offices, facts, on), policy, facts, unit_code=unit_code)


def office_by(
    rule: Rule[OfficeOutcome], policy: Policy, facts: Mapping[str, str], *, unit_code: str | None
) -> OfficeDecision:
    """Name the offices that a rule means for a matter, each once."""
    lead = policy.lead_by_topic.get(facts["topic"], COMMUNE_OFFICE)
    if not isinstance(rule.outcome, tuple):
        return OfficeDecision(reachable_office(rule.outcome or lead, unit_code=unit_code), rule.id)
    office, *further = dict.fromkeys(reachable_office(name or lead, unit_code=unit_code) for name in rule.outcome)
    return OfficeDecision(office, rule.id, tuple(further))


def matter_to_split(policy: Policy, second: str, *, needs_review: bool, urgency: str) -> str | None:
    """Return the topic of the second matter that becomes a part of its own if its office is another one.

    Of a report that a person must read first nothing is split off, unless there is danger.
    """
    if not policy.split_second_matter or second not in policy.field_by_topic:
        return None
    return second if urgency == EMERGENCY or not needs_review else None


def reachable_office(office: str, *, unit_code: str | None) -> str:
    """Return the office, or the province desk for one of a commune nobody knows."""
    return PROVINCE_DESK if unit_code is None and office.startswith(COMMUNE_OWNED) else office
