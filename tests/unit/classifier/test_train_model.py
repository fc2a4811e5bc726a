"""TrainModel: read, learn, keep, unless nothing changed; what people said is learned too."""

from collections.abc import Sequence
from uuid import uuid4

import pytest

from services.classifier.usecases.ports import Example, Label
from services.classifier.usecases.train_model import TrainModel
from tests.support.classifying import label

EXAMPLES = [Example("đèn hỏng", "street_lighting", "urban")]


def train_model(
    kept: list[tuple[str, int]], *, origins: Sequence[str] = (), labels: Sequence[Label] = ()
) -> TrainModel[str]:
    async def read_labels() -> Sequence[Label]:
        return labels

    async def keep(model: str, learned_labels: int) -> None:
        kept.append((model, learned_labels))

    return TrainModel(
        read_corpus=lambda: EXAMPLES,
        read_labels=read_labels,
        origin_of=lambda examples: f"origin of {len(examples)}",
        kept_origins=lambda: origins,
        learn=lambda examples: ", ".join(f"{each.text} is {each.topic} of {each.field}" for each in examples),
        keep=keep,
    )


@pytest.mark.parametrize(("origins", "only_if_changed"), [(["origin of 1"], False), (["another"], True), ([], True)])
async def test_a_new_model_is_learned_and_kept(origins: list[str], only_if_changed: bool) -> None:
    kept: list[tuple[str, int]] = []
    model = await train_model(kept, origins=origins)(only_if_changed=only_if_changed)
    assert kept == [(model, 0)] == [("đèn hỏng is street_lighting of urban", 0)]


async def test_nothing_is_learned_when_a_kept_model_was_made_of_the_same() -> None:
    kept: list[tuple[str, int]] = []
    assert await train_model(kept, origins=["another", "origin of 1"])(only_if_changed=True) is None
    assert kept == []


async def test_what_a_person_said_is_learned_with_the_field_of_its_topic() -> None:
    kept: list[tuple[str, int]] = []
    said = [label(uuid4(), text="bóng cháy", topic="street_lighting"), label(uuid4(), topic="unheard_of")]
    await train_model(kept, labels=said, origins=["origin of 1"])(only_if_changed=True)
    assert kept == [("đèn hỏng is street_lighting of urban, bóng cháy is street_lighting of urban", 1)]
