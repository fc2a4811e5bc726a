"""Read the classifier's own page about its models, for whoever runs the installation."""

from collections.abc import Callable
from dataclasses import dataclass

from services.desk.usecases.ports import ClassifierPages, ClassifierSilentError


@dataclass(frozen=True, slots=True)
class ReadModelPage:
    """Ask the classifier each time: what it says of its models is of this moment."""

    classifier: ClassifierPages
    count_silence: Callable[[], None]

    async def __call__(self, language: str) -> str:
        """Return a fragment of HTML in this language; raises ClassifierSilentError, which is counted."""
        try:
            return await self.classifier.model_page(language)
        except ClassifierSilentError:
            self.count_silence()
            raise
