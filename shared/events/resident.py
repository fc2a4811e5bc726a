"""resident.answered.v1: the resident spoke again."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from shared.events.base import Event
from shared.events.submission import PlaceGiven


class AnswerKind(StrEnum):
    """What the resident's second word is."""

    ANSWER = "answer"
    RATING = "rating"
    DISPUTE = "dispute"
    PLACE = "place"


class ResidentAnswered(Event):
    """An answer to a question, a rating of the outcome, a dispute, or where it is when nobody could tell.

    A place carries the report's own words along, so that the router decides from one record.
    """

    topic: ClassVar[str] = "resident.answered.v1"
    source: ClassVar[str] = "intake"
    summary: ClassVar[str] = "The resident answered a question, rated the outcome, disputed it or said where it is."

    answer: AnswerKind
    text: str | None = Field(default=None, max_length=4000)
    rating: int | None = Field(default=None, ge=1, le=5)
    place: PlaceGiven | None = Field(default=None, description="Where it is, when `answer` is 'place'.")
    report_text: str | None = Field(default=None, description="The words of the report, when `answer` is 'place'.")
