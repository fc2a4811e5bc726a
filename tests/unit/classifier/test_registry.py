"""Candidate, shadow, live, retired: the moves, the comparison, and the folder that remembers them."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.classifier.adapters.linear_model import LinearModel
from services.classifier.adapters.model_folder import ModelFolder, ModelMissingError
from services.classifier.adapters.model_registry import ModelRegistry
from services.classifier.adapters.training import train
from services.classifier.domain.registry import MOVES, Scoreboard, State, compare
from services.classifier.usecases.promote_model import MoveModel, MoveRefusedError, PromoteModel, RollBack
from tests.support.classifying import NOON, small_corpus

BOARD = Scoreboard(
    topic_macro_f1=0.7,
    field_macro_f1=0.8,
    kind_macro_f1=0.75,
    emergency_recall=0.98,
    complaint_recall=0.95,
    corrected=40,
    corrected_right=0.6,
)


@pytest.fixture(scope="module")
def other_model() -> LinearModel:
    return train(small_corpus()[:-1])


@pytest.fixture
def registry(tmp_path: Path, small_model: LinearModel, other_model: LinearModel) -> ModelRegistry:
    registry = ModelRegistry(ModelFolder(tmp_path / "models"))
    for model in (small_model, other_model):
        registry.add(model, at=NOON)
    registry.move(small_model.version, State.LIVE, at=NOON, why="the first model")
    return registry


def promote(registry: ModelRegistry, candidate: Scoreboard, live: Scoreboard = BOARD) -> PromoteModel:
    async def judge(_candidate: str, _live: str) -> tuple[Scoreboard, Scoreboard]:
        return candidate, live

    return PromoteModel(registry, judge, lambda: NOON)


def test_a_live_model_leaves_only_for_retirement_and_a_retired_one_may_come_back() -> None:
    assert MOVES[State.LIVE] == {State.RETIRED}
    assert State.LIVE in MOVES[State.RETIRED]
    assert set(MOVES) == set(State)


@pytest.mark.parametrize("better", [{"topic_macro_f1": 0.71}, {"corrected_right": 0.7}])
def test_better_in_one_and_worse_in_nothing_is_better(better: dict[str, float]) -> None:
    comparison = compare(replace(BOARD, **better), BOARD)
    assert comparison.is_better
    assert len(comparison.reasons) == 1


@pytest.mark.parametrize(
    "worse",
    ["topic_macro_f1", "field_macro_f1", "kind_macro_f1", "emergency_recall", "complaint_recall", "corrected_right"],
)
def test_worse_in_anything_that_matters_is_not_better_whatever_else_it_gained(worse: str) -> None:
    much_better = replace(BOARD, topic_macro_f1=0.9, corrected_right=0.9)
    comparison = compare(replace(much_better, **{worse: getattr(BOARD, worse) - 0.01}), BOARD)
    assert not comparison.is_better
    assert comparison.reasons[0].startswith("worse")


def test_the_same_is_not_better_and_a_hair_is_noise() -> None:
    assert not compare(BOARD, BOARD).is_better
    assert not compare(replace(BOARD, topic_macro_f1=0.7015), BOARD).is_better
    assert compare(replace(BOARD, topic_macro_f1=0.71, field_macro_f1=0.7985), BOARD).is_better


def test_the_first_model_is_live_and_the_next_a_candidate(
    registry: ModelRegistry, small_model: LinearModel, other_model: LinearModel
) -> None:
    assert registry.states() == {small_model.version: State.LIVE, other_model.version: State.CANDIDATE}


async def test_a_better_candidate_takes_over_and_can_be_rolled_back(
    registry: ModelRegistry, small_model: LinearModel, other_model: LinearModel
) -> None:
    assert (await promote(registry, replace(BOARD, topic_macro_f1=0.8))(other_model.version)).is_better
    assert registry.states() == {small_model.version: State.RETIRED, other_model.version: State.LIVE}
    assert registry.folder.live.load().version == other_model.version
    assert RollBack(registry, lambda: NOON)(why="it was worse after all") == small_model.version
    assert registry.states() == {small_model.version: State.LIVE, other_model.version: State.RETIRED}
    assert registry.folder.history()[-2].why == "it was worse after all"


async def test_a_candidate_that_is_not_better_stays_one(registry: ModelRegistry, other_model: LinearModel) -> None:
    assert not (await promote(registry, BOARD)(other_model.version)).is_better
    assert registry.states()[other_model.version] is State.CANDIDATE


async def test_where_nobody_is_live_the_candidate_need_not_be_better(tmp_path: Path, small_model: LinearModel) -> None:
    registry = ModelRegistry(ModelFolder(tmp_path))
    registry.add(small_model, at=NOON)
    await promote(registry, BOARD)(small_model.version)
    assert registry.states() == {small_model.version: State.LIVE}


def test_there_is_one_shadow_and_the_one_before_is_a_candidate_again(
    registry: ModelRegistry, other_model: LinearModel
) -> None:
    third = train(small_corpus()[:-2])
    registry.add(third, at=NOON)
    move = MoveModel(registry, lambda: NOON)
    move(other_model.version, State.SHADOW, why="reads along")
    assert registry.folder.shadow.load().version == other_model.version
    move(third.version, State.SHADOW, why="reads along")
    assert registry.states()[other_model.version] is State.CANDIDATE
    assert registry.states()[third.version] is State.SHADOW
    move(third.version, State.RETIRED, why="no use")
    assert registry.folder.shadow.named() is None
    assert registry.states()[third.version] is State.RETIRED


async def test_a_promoted_shadow_reads_along_no_longer(registry: ModelRegistry, other_model: LinearModel) -> None:
    MoveModel(registry, lambda: NOON)(other_model.version, State.SHADOW, why="reads along")
    await promote(registry, replace(BOARD, topic_macro_f1=0.8))(other_model.version)
    assert registry.folder.shadow.named() is None


async def test_moves_that_make_no_sense_are_refused_in_words(registry: ModelRegistry, small_model: LinearModel) -> None:
    with pytest.raises(MoveRefusedError, match="is live already"):
        await promote(registry, BOARD)(small_model.version)
    with pytest.raises(MoveRefusedError, match="cannot become shadow"):
        MoveModel(registry, lambda: NOON)(small_model.version, State.SHADOW, why="")
    with pytest.raises(MoveRefusedError, match="no model 0123456789ab"):
        await promote(registry, BOARD)("0123456789ab")
    with pytest.raises(MoveRefusedError, match="nothing to go back to"):
        RollBack(registry, lambda: NOON)(why="")
    with pytest.raises(ModelMissingError):
        registry.move("0123456789ab", State.LIVE, at=NOON, why="")


def test_a_garbled_line_of_the_history_is_passed_over(registry: ModelRegistry) -> None:
    before = registry.folder.history()
    with (registry.folder.path / "history.jsonl").open("a", encoding="utf-8") as opened:
        opened.write('half a li\n{"version": 3}\n[]\n')
    assert registry.folder.history() == before
    assert before[0].at == datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def test_training_the_same_again_changes_nothing(registry: ModelRegistry, small_model: LinearModel) -> None:
    before = registry.states(), registry.folder.history()
    registry.add(small_model, at=NOON)
    assert (registry.states(), registry.folder.history()) == before
