"""One report for several offices: its parts are placed with it, each a case of its own."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from services.router.adapters.documents import build_reference
from services.router.adapters.rule_documents import policy_of, policy_set
from services.router.domain.desks import Desk, complete_desks
from services.router.domain.facts import Matter
from services.router.domain.replay import PastMatter, Replay, replay
from services.router.domain.rule_diff import Change, compare_policies
from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.ports import Reference, ReferenceSet, SetKind
from shared.events import PlaceGiven, Urgency, derived_event_id
from shared.territory import TerritoryError, read_policy
from tests.support.clock import ZONE, pack_calendars
from tests.support.events import RECEIVED, feedback_classified
from tests.support.placing import PACK, FakePlacements, pack, pack_sets

NOW = RECEIVED + timedelta(seconds=5)
RULES = (PACK / "policy.yaml").read_text(encoding="utf-8")
LEAD_OFFICE = "  - id: lead_office\n    to: lead\n"
THREE = "  - id: animals\n    when: {topic: [noise]}\n    to: [commune:health, lead, utility:water]\n"
EA_KAR = PlaceGiven(unit_code="24373")


@pytest.fixture
def store() -> FakePlacements:
    return FakePlacements()


def rules(folder: Path, *, added: str = "", old: str = "", new: str = "") -> ReferenceSet:
    """Read the pack's rules with some before the catch-all, and one part exchanged."""
    assert LEAD_OFFICE in RULES
    assert old in RULES
    file = folder / "rules.yaml"
    text = RULES.replace(LEAD_OFFICE, added + LEAD_OFFICE, 1).replace(old, new, 1)
    file.write_text(text, encoding="utf-8")
    return policy_set(pack(), read_policy(file, pack()))


def reference(policy: ReferenceSet | None = None) -> Reference:
    sets = pack_sets()
    return build_reference({**sets, SetKind.POLICY: policy or sets[SetKind.POLICY]})


def placing(store: FakePlacements, used: Reference) -> PlaceFeedback:
    async def current() -> Reference:
        return used

    return PlaceFeedback(current, store.open, lambda: NOW)


async def test_a_second_matter_of_another_office_becomes_a_part_with_the_same_code_and_its_own_deadlines(
    store: FakePlacements,
) -> None:
    cause = feedback_classified(place=EA_KAR, second_subject="electricity", tracking_code="DL-7K3FM-92QXA")
    report, part = await placing(store, reference())([cause])
    assert (report.feedback_id, report.office, report.subject) == (
        cause.feedback_id,
        "commune:economy",
        "road_damage",
    )
    assert (report.part_of, report.office_explanation) == (None, None)
    assert part.feedback_id == derived_event_id(cause.feedback_id, "part:utility:power")
    assert part.event_id != report.event_id
    assert (part.part_of, part.tracking_code) == (cause.feedback_id, "DL-7K3FM-92QXA")
    assert (part.office, part.subject, part.deadline_rule) == ("utility:power", "electricity", "outage")
    assert (part.unit_code, part.explanation) == (report.unit_code, report.explanation)
    assert part.accept_by < report.accept_by
    assert part.office_explanation is not None
    assert part.office_explanation.startswith("Một phần của phản ánh do Phòng Kinh tế")
    assert "việc thứ hai" in part.office_explanation
    assert store.kept[cause.feedback_id].second_subject == "electricity"
    assert store.kept[part.feedback_id].second_subject is None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"second_subject": "sidewalk_encroachment"}, "the same office leads on it"),
        ({"second_subject": "no_such_topic"}, "nobody knows the topic"),
        ({"second_subject": "electricity", "needs_review": True}, "a person reads the report first"),
        ({"second_subject": "noise", "place": PlaceGiven()}, "without a unit the province desk has both"),
        ({}, "there is one matter"),
    ],
)
async def test_nothing_is_split_off_when(store: FakePlacements, given: dict[str, object], why: str) -> None:
    cause = feedback_classified(**{"place": EA_KAR, **given})
    assert len(await placing(store, reference())([cause])) == 1, why
    assert len(store.kept) == 1


async def test_of_a_report_that_a_person_must_read_nothing_is_split_off_whichever_rule_sends_it_there(
    store: FakePlacements, tmp_path: Path
) -> None:
    used = reference(rules(tmp_path, old="{needs_review: [true]}", new="{needs_review: [true], topic: [land]}"))
    cause = feedback_classified(place=EA_KAR, needs_review=True, second_subject="electricity")
    assert [placed.office for placed in await placing(store, used)([cause])] == ["commune:economy"]


async def test_in_danger_a_second_matter_is_split_off_unread(store: FakePlacements) -> None:
    cause = feedback_classified(
        place=EA_KAR, urgency=Urgency.EMERGENCY, needs_review=True, subject="fire_safety", second_subject="electricity"
    )
    assert [placed.office for placed in await placing(store, reference())([cause])] == [
        "commune:police",
        "utility:power",
    ]


async def test_rules_that_do_not_ask_for_it_split_nothing(store: FakePlacements, tmp_path: Path) -> None:
    whole = reference(rules(tmp_path, old="split_second_matter: true", new="split_second_matter: false"))
    assert len(await placing(store, whole)([feedback_classified(place=EA_KAR, second_subject="electricity")])) == 1


async def test_a_rule_with_several_offices_gives_each_a_part_and_the_first_leads(
    store: FakePlacements, tmp_path: Path
) -> None:
    cause = feedback_classified(place=EA_KAR, subject="noise", second_subject="water_supply")
    placed = await placing(store, reference(rules(tmp_path, added=THREE)))([cause])
    assert [event.office for event in placed] == ["commune:health", "commune:police", "utility:water"]
    assert [event.part_of for event in placed] == [None, cause.feedback_id, cause.feedback_id]
    # The water supplier is named by the rule already: the second matter is not told to it a second time.
    assert {event.subject for event in placed} == {"noise"}
    assert {event.office_rule for event in placed} == {"animals"}
    assert len({event.feedback_id for event in placed}) == len({event.event_id for event in placed}) == 3
    assert placed[1].office_explanation == "Một phần của phản ánh do Trạm Y tế chủ trì."


async def test_offices_of_a_commune_nobody_knows_are_one_province_desk(store: FakePlacements, tmp_path: Path) -> None:
    cause = feedback_classified(subject="noise", text="ồn quá")
    placed = await placing(store, reference(rules(tmp_path, added=THREE)))([cause])
    assert [event.office for event in placed] == ["province:desk", "utility:water"]


async def test_a_replay_tells_the_same_parts_although_the_rules_changed_meanwhile(
    store: FakePlacements, tmp_path: Path
) -> None:
    old = feedback_classified(place=EA_KAR, subject="noise", second_subject="electricity")
    first = await placing(store, reference())([old])
    assert len(first) == 2
    changed = placing(store, reference(rules(tmp_path, added=THREE)))
    fresh = feedback_classified(place=EA_KAR, subject="noise")
    again = await changed([old, fresh])
    assert again[:2] == first
    assert [event.part_of for event in again[2:]] == [None, fresh.feedback_id, fresh.feedback_id]
    assert len(store.kept) == 5


async def test_a_part_is_the_same_one_whoever_stands_in_for_its_office(store: FakePlacements) -> None:
    away = Desk("utility:power", deputy="commune:office", away_from=date(2026, 11, 1))
    used = replace(
        reference(), desks=complete_desks([away], {"utility:power": "Điện lực", "commune:office": "Văn phòng"})
    )
    cause = feedback_classified(place=EA_KAR, second_subject="electricity")
    report, part = await placing(store, used)([cause])
    assert part.feedback_id == derived_event_id(report.feedback_id, "part:utility:power")
    assert part.office == "commune:office"
    assert (part.office_explanation or "").endswith("có thể nhầm. Điện lực vắng từ 1/11/2026, Văn phòng làm thay.")


async def test_a_deputy_who_has_the_report_already_gets_no_part_of_it(store: FakePlacements) -> None:
    away = Desk("utility:power", deputy="commune:economy", away_from=date(2026, 11, 1))
    used = replace(reference(), desks=complete_desks([away], {}))
    cause = feedback_classified(place=EA_KAR, second_subject="electricity")
    assert [event.office for event in await placing(store, used)([cause])] == ["commune:economy"]


# --- in files, side by side, replayed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("[commune:office, commune:x]", "'to' is 'commune:x', which offices.yaml does not have"),
        ("[commune:office, commune:office]", "'to' names an office twice"),
        ("[lead, lead]", "'to' names an office twice"),
        ("[]", "'to' must be a list, not empty"),
        (
            "[commune:office, commune:economy, commune:police, commune:health, commune:military, lead]",
            "'to' names 6 offices; name at most 5",
        ),
    ],
)
def test_offices_that_cannot_be_are_refused_with_the_reason(tmp_path: Path, to: str, reason: str) -> None:
    with pytest.raises(TerritoryError, match=reason):
        rules(tmp_path, added=f"  - id: x\n    when: {{topic: [noise]}}\n    to: {to}\n")


def test_a_split_that_is_neither_yes_nor_no_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TerritoryError, match="'split_second_matter' is 'always'; write true or false"):
        rules(tmp_path, old="split_second_matter: true", new="split_second_matter: always")


def test_a_list_of_one_office_is_that_office(tmp_path: Path) -> None:
    one = rules(tmp_path, added=THREE.replace("[commune:health, lead, utility:water]", "[lead]"))
    plain = rules(tmp_path, added=THREE.replace("[commune:health, lead, utility:water]", "lead"))
    assert one.version == plain.version


def test_other_offices_beside_the_first_are_a_difference_between_rules(tmp_path: Path) -> None:
    before = policy_of(rules(tmp_path).document)
    after = policy_of(rules(tmp_path, added=THREE, old="split_second_matter: true", new="").document)
    switch, rule = compare_policies(before, after)
    assert (switch.rule_id, switch.before, switch.after) == ("split_second_matter", "true", "false")
    assert (rule.rule_id, rule.change) == ("animals", Change.ADDED)
    assert rule.after == "topic noise -> commune:health + lead + utility:water"


def past(number: int, *, topic: str, second: str | None = None, office: str = "commune:police") -> PastMatter:
    matter = Matter("report", topic, "normal", False, "24133", RECEIVED, "web", second_topic=second)  # noqa: FBT003
    return PastMatter(UUID(int=number), matter, office)


def run(before: ReferenceSet, after: ReferenceSet, *matters: PastMatter) -> Replay:
    return replay(matters, policy_of(before.document), policy_of(after.document), pack_calendars(), ZONE)


def test_a_replay_of_rules_counts_what_goes_to_further_offices(tmp_path: Path) -> None:
    before, after = rules(tmp_path), rules(tmp_path, added=THREE)
    found = run(before, after, past(1, topic="noise"), past(2, topic="electricity", office="utility:power"))
    assert {move: group.examples for move, group in found.offices.items()} == {
        ("commune:police", "commune:health + commune:police + utility:water"): [UUID(int=1)]
    }
    assert (found.moved, found.placed_otherwise) == (1, 0)


def test_a_replay_of_rules_that_stop_splitting_counts_the_parts_that_would_not_be(tmp_path: Path) -> None:
    before = rules(tmp_path)
    after = rules(tmp_path, old="split_second_matter: true", new="split_second_matter: false")
    found = run(
        before, after, past(1, topic="noise", second="electricity"), past(2, topic="noise", second="fire_safety")
    )
    assert list(found.offices) == [("commune:police + utility:power", "commune:police")]
    assert found.moved == 1


def test_a_rule_on_words_leaves_open_whether_a_second_matter_moves(tmp_path: Path) -> None:
    dogs = "  - id: wires\n    when: {topic: [electricity], words: [dây điện]}\n    to: commune:economy\n"
    found = run(rules(tmp_path), rules(tmp_path, added=dogs), past(1, topic="noise", second="electricity"))
    assert list(found.undecided) == ["wires"]
    assert not found.offices
