"""TrainModel: learn from the corpus and from what people corrected, and register what was learned."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.classifier.usecases.ports import Example, Label

Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class TrainModel(Generic[Model]):
    """Read, learn, keep.

    `origin_of` names what a model learned from these examples would be made of; `kept_origins` what those are made of
    that are kept.
    """

    read_corpus: Callable[[], Sequence[Example]]
    read_labels: Callable[[], Awaitable[Sequence[Label]]]
    origin_of: Callable[[Sequence[Example]], str]
    kept_origins: Callable[[], Sequence[str]]
    learn: Callable[[Sequence[Example]], Model]
    keep: Callable[[Model, int], Awaitable[object]]

    async def __call__(self, *, only_if_changed: bool = False) -> Model | None:
        """Return the new model; none when nothing changed since a kept one and that was asked."""
        corpus = self.read_corpus()
        corrected = as_examples(await self.read_labels(), {example.topic: example.field for example in corpus})
        examples = [*corpus, *corrected]
        if only_if_changed and self.origin_of(examples) in self.kept_origins():
            return None
        model = self.learn(examples)
        await self.keep(model, len(corrected))
        return model


def as_examples(labels: Sequence[Label], fields: Mapping[str, str]) -> list[Example]:
    """Turn labels into examples, each a voice of its own; a topic that the corpus does not know is left out."""
    return [
        Example(
            text=label.text,
            topic=label.topic,
            field=fields[label.topic],
            urgency=label.urgency,
            kind=label.kind,
            voice=f"resident:{label.feedback_id}",
        )
        for label in labels
        if label.topic in fields
    ]
