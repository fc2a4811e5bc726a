"""The story of a case with stories in memory: who chose its office, and where people gave it."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.router.adapters.rule_documents import policy_of, policy_set
from services.router.adapters.story_store import calendar_on_record
from services.router.domain.life import CaseLife
from services.router.entrypoints.story_words import StoryWords
from services.router.usecases.explain_placement import ExplainPlacement, Story
from services.router.usecases.ports import Placement, ReferenceSet, SetKind
from shared.events import PlacementReason
from tests.support.lives import FakeLives
from tests.support.placing import pack, pack_sets

EA_KAR, BUON_MA_THUOT = "24373", "24133"
OTHER_RULES = policy_set(
    pack(),
    replace(
        pack().policy,
        offices=tuple(replace(rule, office="commune:office") for rule in pack().policy.offices),
    ),
)


class FakeStories:
    """Generations, lives and reference sets in memory."""

    def __init__(self, generations: Sequence[Placement], lives: Mapping[UUID, CaseLife]) -> None:
        self._generations = generations
        self._lives = lives
        sets: list[ReferenceSet] = [*pack_sets().values(), OTHER_RULES]
        self._documents = {(each.kind, each.version): each.document for each in sets}

    @asynccontextmanager
    async def open(self) -> AsyncIterator["FakeStories"]:
        yield self

    async def generations(self, code: str) -> Sequence[Placement]:
        assert code
        return self._generations

    async def lives(self, feedback_ids: Collection[UUID]) -> Mapping[UUID, CaseLife]:
        return {key: life for key, life in self._lives.items() if key in feedback_ids}

    async def document(self, kind: SetKind, version: str) -> Mapping[str, Any] | None:
        return self._documents.get((kind, version))


@pytest.fixture
async def first() -> Placement:
    store = FakeLives()
    placed = await store.placed(subject="street_lighting")
    assert placed.office != "commune:office"
    return store.placements[placed.feedback_id][0]


def further(before: Placement, reason: PlacementReason, **values: object) -> Placement:
    generation = before.event.generation + 1
    return replace(before, event=before.event.model_copy(update={"generation": generation, "reason": reason, **values}))


async def story_of(*generations: Placement, life: CaseLife | None = None) -> Story:
    lives = {generations[0].event.feedback_id: life} if life is not None else {}
    stories = FakeStories(generations, lives)
    (story,) = await ExplainPlacement(stories.open, policy_of, calendar_on_record)("any")
    return story


def told(story: Story, language: str) -> str:
    words = StoryWords(language, pack(), ZoneInfo("Asia/Ho_Chi_Minh"))
    return "\n".join(sentence for chapter in words.chapters(story) for sentence in chapter.sentences)


async def test_after_a_recomputation_the_office_is_still_told_by_the_rules_that_chose_it(first: Placement) -> None:
    anew = further(first, PlacementReason.RECOMPUTED, policy_version=OTHER_RULES.version)
    newest = (await story_of(first, anew)).newest
    assert newest.office_rule is not None
    assert newest.office_rule.rule.outcome is None  # the office that leads, not commune:office of the other rules
    assert newest.deadline_rule is not None


async def test_an_office_that_people_chose_is_not_told_to_be_of_a_rule(first: Placement) -> None:
    given = further(first, PlacementReason.TRANSFERRED, unit_code=BUON_MA_THUOT, office="commune:health")
    waiting = further(given, PlacementReason.WAITING)
    for story in (await story_of(first, given), await story_of(first, given, waiting)):
        assert story.newest.office_by_people
        assert story.newest.office_rule is None
        assert "không phải do quy tắc chọn" in told(story, "vi")
        assert "no rule chose it" in told(story, "en")


async def test_an_answer_lets_the_rules_choose_again(first: Placement) -> None:
    answered = further(first, PlacementReason.ANSWERED, policy_version=OTHER_RULES.version, office="commune:office")
    newest = (await story_of(first, answered)).newest
    assert newest.office_rule is not None
    assert newest.office_rule.rule.outcome == "commune:office"
    assert not newest.office_by_people


async def test_a_case_that_people_gave_away_without_moving_a_deadline_is_told_to_be_there(first: Placement) -> None:
    life = CaseLife(3, "accepted", BUON_MA_THUOT, "commune:health")
    story = await story_of(first, life=life)
    assert "Nay vụ việc ở Phường Buôn Ma Thuột" in told(story, "vi")
    assert "The case is with Phường Buôn Ma Thuột" in told(story, "en")


async def test_a_case_that_is_where_it_was_placed_is_not_told_to_have_moved(first: Placement) -> None:
    life = CaseLife(3, "accepted", first.event.unit_code, first.event.office)
    assert (await story_of(first, life=life)).moved_on is None
    assert (await story_of(first)).moved_on is None
