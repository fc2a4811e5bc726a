"""resident.answered.v1: the resident spoke again."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from shared.events.base import Event


class AnswerKind(StrEnum):
    """What the resident's second word is."""

    ANSWER = "answer"
    RATING = "rating"
    DISPUTE = "dispute"


class ResidentAnswered(Event):
    """An answer to a question, a rating of the outcome, or a dispute."""

    topic: ClassVar[str] = "resident.answered.v1"
    source: ClassVar[str] = "intake"
    summary: ClassVar[str] = "The resident answered a question, rated the outcome or disputed it."

    answer: AnswerKind
    text: str | None = Field(default=None, max_length=4000)
    rating: int | None = Field(default=None, ge=1, le=5)
