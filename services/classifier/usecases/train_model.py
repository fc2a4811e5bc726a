"""TrainModel: learn from the corpus and put the model where the service finds it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.classifier.usecases.ports import Example

Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class TrainModel(Generic[Model]):
    """Read, learn, keep.

    `origin_of` names what a model learned from these examples would be made of; `live_origin` what the live one was.
    """

    read_corpus: Callable[[], Sequence[Example]]
    origin_of: Callable[[Sequence[Example]], str]
    live_origin: Callable[[], str | None]
    learn: Callable[[Sequence[Example]], Model]
    keep: Callable[[Model], object]

    def __call__(self, *, only_if_changed: bool = False) -> Model | None:
        """Return the new model, now live; none when nothing changed since the live one and that was asked."""
        examples = self.read_corpus()
        if only_if_changed and self.live_origin() == self.origin_of(examples):
            return None
        model = self.learn(examples)
        self.keep(model)
        return model
