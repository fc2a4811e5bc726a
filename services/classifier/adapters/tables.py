"""The classifier's tables: decisions, labels by people, answers of a shadow model, and how long words are kept.

The text of a decision is not stored, but words of it are: `reasons` and `highlights` tell what carried it. A label
holds the text, because it is learned from. Both go when `retention` says so.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import REAL, Boolean, CheckConstraint, Column, DateTime, Index, Integer, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

SCHEMA = "classifier"


class ClassifierTable(SQLModel, registry=registry()):
    """The base of every table of this service."""


def _words() -> Column[str]:
    return Column(Text, nullable=False)


def _moment() -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=False)


class DecisionRow(ClassifierTable, table=True):
    """The verdict on one feedback, written once.

    `probabilities` holds kind, topic and urgency, `second_topics` by likelihood, `second_matter` and `highlights`;
    `reasons` are the resident's own words and the rules that carried the decision; `unknown_share` is the share of
    n-grams that the model never met.
    """

    __tablename__ = "decision"
    __table_args__ = (Index("decision_decided_at", "decided_at"), {"schema": SCHEMA})

    feedback_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    event_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    decided_at: datetime = Field(sa_column=_moment())
    model_version: str = Field(sa_column=_words())
    kind: str = Field(sa_column=_words())
    topic: str = Field(sa_column=_words())
    urgency: str = Field(sa_column=_words())
    needs_review: bool = Field(sa_column=Column(Boolean, nullable=False))
    probabilities: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    reasons: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    unknown_share: float = Field(sa_column=Column(REAL, nullable=False))


class LabelRow(ClassifierTable, table=True):
    """What a person says of one feedback, the latest word; `text` is empty once its time is over."""

    __tablename__ = "label"
    __table_args__ = (Index("label_labelled_at", "labelled_at"), {"schema": SCHEMA})

    feedback_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    labelled_at: datetime = Field(sa_column=_moment())
    text: str | None = Field(sa_column=Column(Text))
    kind: str = Field(sa_column=_words())
    topic: str = Field(sa_column=_words())
    urgency: str = Field(sa_column=_words())
    was_kind: str = Field(sa_column=_words())
    was_topic: str = Field(sa_column=_words())
    was_urgency: str = Field(sa_column=_words())
    model_version: str = Field(sa_column=_words())


class ShadowAnswerRow(ClassifierTable, table=True):
    """What a model would have said that runs beside the live one."""

    __tablename__ = "shadow_answer"
    __table_args__ = (Index("shadow_answer_decided_at", "decided_at"), {"schema": SCHEMA})

    feedback_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    model_version: str = Field(sa_column=Column(Text, primary_key=True))
    decided_at: datetime = Field(sa_column=_moment())
    kind: str = Field(sa_column=_words())
    topic: str = Field(sa_column=_words())
    urgency: str = Field(sa_column=_words())
    topic_probability: float = Field(sa_column=Column(REAL, nullable=False))
    needs_review: bool = Field(sa_column=Column(Boolean, nullable=False))


class RetentionRow(ClassifierTable, table=True):
    """How many days something is kept: label_text, decision_words, shadow_answer."""

    __tablename__ = "retention"
    __table_args__ = (CheckConstraint("days >= 0", name="days_not_negative"), {"schema": SCHEMA})

    what: str = Field(sa_column=Column(Text, primary_key=True))
    days: int = Field(sa_column=Column(Integer, nullable=False))


METADATA = ClassifierTable.metadata
