"""More ways to write the same: copies of the corpus for training, never stored in it."""

from collections.abc import Sequence
from dataclasses import replace

from services.classifier.domain.words import fold
from services.classifier.usecases.ports import Example


def with_unaccented(examples: Sequence[Example]) -> list[Example]:
    """Add a copy without accents of every text that has some."""
    bare = (replace(example, text=fold(example.text)) for example in examples)
    return [*examples, *(copy for copy, example in zip(bare, examples, strict=True) if copy.text != example.text)]
