"""TrainModel: read, learn, keep, unless nothing changed."""

import pytest

from services.classifier.usecases.ports import Example
from services.classifier.usecases.train_model import TrainModel

EXAMPLES = [Example("đèn hỏng", "street_lighting", "urban")]


def train_model(kept: list[str], *, live: str | None) -> TrainModel[str]:
    return TrainModel(
        read_corpus=lambda: EXAMPLES,
        origin_of=lambda examples: f"origin of {len(examples)}",
        live_origin=lambda: live,
        learn=lambda examples: f"model of {examples[0].topic}",
        keep=kept.append,
    )


@pytest.mark.parametrize(("live", "only_if_changed"), [("origin of 1", False), ("another", True), (None, True)])
def test_a_new_model_is_learned_and_kept(live: str | None, only_if_changed: bool) -> None:
    kept: list[str] = []
    assert train_model(kept, live=live)(only_if_changed=only_if_changed) == "model of street_lighting"
    assert kept == ["model of street_lighting"]


def test_nothing_is_learned_when_the_live_model_was_made_of_the_same() -> None:
    kept: list[str] = []
    assert train_model(kept, live="origin of 1")(only_if_changed=True) is None
    assert kept == []
