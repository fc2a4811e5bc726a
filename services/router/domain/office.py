"""Which office acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.router.domain.rules import Policy, Rule, first_match

PROVINCE_DESK = "province:desk"
COMMUNE_OFFICE = "commune:office"
COMMUNE_OWNED = "commune:"


@dataclass(frozen=True, slots=True)
class OfficeDecision:
    """The office and the rule that named it."""

    office: str
    rule_id: str


def decide_office(policy: Policy, facts: Mapping[str, str], *, unit_code: str | None, on: date) -> OfficeDecision:
    """Pick the office by the first rule that holds.

    A topic nobody leads on goes to the commune's office, and what belongs to a commune without a known unit goes to
    the province desk.
    """
    return office_by(first_match(policy.offices, facts, on), policy, facts, unit_code=unit_code)


def office_by(
    rule: Rule[str | None], policy: Policy, facts: Mapping[str, str], *, unit_code: str | None
) -> OfficeDecision:
    """Name the office that a rule means for a matter."""
    office = rule.outcome or policy.lead_by_topic.get(facts["topic"], COMMUNE_OFFICE)
    if unit_code is None and office.startswith(COMMUNE_OWNED):
        office = PROVINCE_DESK
    return OfficeDecision(office, rule.id)
