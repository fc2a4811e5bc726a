"""The classifier's tables: one decision per feedback.

The resident's text is not stored, but words of it are: `reasons` quotes those that carried the decision. So a row is
about a person, and stays until there is a retention table for it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, Index, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

SCHEMA = "classifier"


class ClassifierTable(SQLModel, registry=registry()):
    """The base of every table of this service."""


def _words() -> Column[str]:
    return Column(Text, nullable=False)


class DecisionRow(ClassifierTable, table=True):
    """The verdict on one feedback, written once.

    `probabilities` holds kind, topic and urgency, and `second_topics` by likelihood; `reasons` are the resident's
    own words and the rules that carried the decision.
    """

    __tablename__ = "decision"
    __table_args__ = (Index("decision_decided_at", "decided_at"), {"schema": SCHEMA})

    feedback_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    event_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    decided_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    model_version: str = Field(sa_column=_words())
    kind: str = Field(sa_column=_words())
    topic: str = Field(sa_column=_words())
    urgency: str = Field(sa_column=_words())
    needs_review: bool = Field(sa_column=Column(Boolean, nullable=False))
    probabilities: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    reasons: list[str] = Field(sa_column=Column(JSONB, nullable=False))


METADATA = ClassifierTable.metadata
