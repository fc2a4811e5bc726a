"""feedback.classified.v1: what the words are about and how urgent they are."""

from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime, Field

from shared.events.base import Event, Value
from shared.events.submission import Channel, PlaceGiven


class Kind(StrEnum):
    """What the resident wants from us."""

    REPORT = "report"
    SUGGESTION = "suggestion"
    QUESTION = "question"
    COMPLAINT_DENUNCIATION = "complaint_denunciation"
    THANKS = "thanks"
    NOT_FEEDBACK = "not_feedback"


class Urgency(StrEnum):
    """How soon somebody must act."""

    EMERGENCY = "emergency"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class TopicScore(Value):
    """A topic and the probability the model gives it."""

    topic: str
    probability: float = Field(ge=0, le=1)


class Highlight(Value):
    """A part of the resident's text that spoke for the topic; offsets count Unicode code points of `text`."""

    start: int = Field(ge=0)
    end: int = Field(ge=0, description="Exclusive.")
    weight: float = Field(ge=0, le=1, description="Its share of what spoke for the topic.")


class FeedbackClassified(Event):
    """The classifier's three answers, with the report carried along so that the router decides from one record."""

    topic: ClassVar[str] = "feedback.classified.v1"
    source: ClassVar[str] = "classifier"
    summary: ClassVar[str] = "Kind, topic and urgency were decided, by the model or as a question for a person."

    received_at: AwareDatetime
    channel: Channel
    text: str
    place: PlaceGiven = PlaceGiven()
    tracking_code: str | None = Field(default=None, description="The code the resident knows.")

    kind: Kind
    kind_probability: float = Field(ge=0, le=1)
    subject: str = Field(description="The topic of the taxonomy, for example road_damage.")
    subject_probability: float = Field(ge=0, le=1)
    alternatives: tuple[TopicScore, ...] = Field(default=(), description="Runner-up topics, likeliest first.")
    urgency: Urgency
    urgency_probability: float = Field(ge=0, le=1)
    reasons: tuple[str, ...] = Field(default=(), description="Words and rules that carried the decision.")
    highlights: tuple[Highlight, ...] = Field(default=(), description="Where in `text` the words stand that spoke.")
    second_subject: str | None = Field(
        default=None,
        description="Another matter the text speaks of, when the classifier is sure enough that there is one.",
    )
    needs_review: bool = Field(description="True when a person must confirm before the answer is trusted.")
    model_version: str
