"""The router's tables: placements, and the versioned reference sets they were made with."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, DateTime, Double, Index, Integer, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

SCHEMA = "router"


class RouterTable(SQLModel, registry=registry()):
    """The base of every table of this service."""


def _words(*, nullable: bool = False) -> Column[str]:
    return Column(Text, nullable=nullable)


def _moment() -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=False)


class PlacementRow(RouterTable, table=True):
    """The placement of one feedback, with everything that led to it; written once."""

    __tablename__ = "placement"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    event_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    cause_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    placed_at: datetime = Field(sa_column=_moment())
    received_at: datetime = Field(sa_column=_moment())
    kind: str = Field(sa_column=_words())
    subject: str = Field(sa_column=_words())
    urgency: str = Field(sa_column=_words())
    needs_review: bool = Field(sa_column=Column(Boolean, nullable=False))
    unit_code: str | None = Field(sa_column=_words(nullable=True))
    office: str = Field(sa_column=_words())
    placed_by: str = Field(sa_column=_words())
    confidence: float = Field(sa_column=Column(Double, nullable=False))
    approximate: bool = Field(sa_column=Column(Boolean, nullable=False))
    explanation: str = Field(sa_column=_words())
    alternatives: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    accept_by: datetime = Field(sa_column=_moment())
    resolve_by: datetime = Field(sa_column=_moment())
    generation: int = Field(sa_column=Column(Integer, nullable=False))
    policy_version: str = Field(sa_column=_words())
    calendar_version: str = Field(sa_column=_words())
    boundary_version: str = Field(sa_column=_words())
    units_version: str = Field(sa_column=_words())
    office_rule: str = Field(sa_column=_words())
    deadline_rule: str = Field(sa_column=_words())


class ReferenceSetRow(RouterTable, table=True):
    """A versioned document: units, policy, calendar or boundaries; of each kind at most one is in force."""

    __tablename__ = "reference_set"
    __table_args__ = (
        Index("reference_set_one_active", "kind", unique=True, postgresql_where=text("active")),
        {"schema": SCHEMA},
    )

    kind: str = Field(sa_column=Column(Text, primary_key=True))
    version: str = Field(sa_column=Column(Text, primary_key=True))
    valid_from: date = Field(sa_column=Column(Date, nullable=False))
    document: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    active: bool = Field(sa_column=Column(Boolean, nullable=False))
    loaded_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp())
    )


METADATA = RouterTable.metadata
