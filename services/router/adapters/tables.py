"""The router's tables: placements, and the versioned reference sets they were made with."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db.outbox import outbox_table

SCHEMA = "router"


class RouterTable(SQLModel, registry=registry()):
    """The base of every table of this service."""


def _words(*, nullable: bool = False) -> Column[str]:
    return Column(Text, nullable=nullable)


def _moment() -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=False)


class PlacementRow(RouterTable, table=True):
    """One generation of the placement of a feedback, with everything that led to it; written once, never changed."""

    __tablename__ = "placement"
    __table_args__ = (
        Index("placement_tracking_code", "tracking_code"),
        Index("placement_part_of", "part_of", postgresql_where=text("part_of IS NOT NULL")),
        {"schema": SCHEMA},
    )

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
    generation: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    policy_version: str = Field(sa_column=_words())
    calendar_version: str = Field(sa_column=_words())
    boundary_version: str = Field(sa_column=_words())
    units_version: str = Field(sa_column=_words())
    office_rule: str = Field(sa_column=_words())
    deadline_rule: str = Field(sa_column=_words())
    channel: str | None = Field(sa_column=_words(nullable=True))
    reason: str = Field(sa_column=Column(Text, nullable=False, server_default="first"))
    tracking_code: str | None = Field(sa_column=_words(nullable=True))
    question: str | None = Field(sa_column=_words(nullable=True))
    part_of: UUID | None = Field(sa_column=Column(Uuid))
    lat: float | None = Field(sa_column=Column(Double))
    lon: float | None = Field(sa_column=Column(Double))
    office_explanation: str | None = Field(sa_column=_words(nullable=True))
    second_subject: str | None = Field(sa_column=_words(nullable=True))
    offices_version: str | None = Field(sa_column=_words(nullable=True))
    from_unit: str | None = Field(sa_column=_words(nullable=True))


class CaseClockRow(RouterTable, table=True):
    """What the desk says of a case, as far as its deadlines follow from it; there is none while it was only opened."""

    __tablename__ = "case_clock"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    state: str = Field(sa_column=_words())
    is_open: bool = Field(sa_column=Column(Boolean, nullable=False))
    unit_code: str | None = Field(sa_column=_words(nullable=True))
    office: str = Field(sa_column=_words())
    waiting_since: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    pauses: list[list[str]] = Field(sa_column=Column(JSONB, nullable=False, server_default="[]"))


class ReferenceSetRow(RouterTable, table=True):
    """A versioned document: units, policy, calendar, boundaries or offices; of each kind at most one is in force."""

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


class ReferenceSwitchRow(RouterTable, table=True):
    """One change of what is in force: which set, who, when and why; never changed and never deleted."""

    __tablename__ = "reference_switch"
    __table_args__ = ({"schema": SCHEMA},)

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    kind: str = Field(sa_column=_words())
    switched_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp())
    )
    action: str = Field(sa_column=_words())
    switched_by: str = Field(sa_column=_words())
    why: str = Field(sa_column=_words())
    by_hand: bool = Field(sa_column=Column(Boolean, nullable=False))
    version_before: str | None = Field(sa_column=_words(nullable=True))
    version: str | None = Field(sa_column=_words(nullable=True))


class PlannedSwitchRow(RouterTable, table=True):
    """A switch that waits for its day; settled once: done, cancelled, or refused when the day came."""

    __tablename__ = "planned_switch"
    __table_args__ = (
        Index("planned_switch_one_open", "kind", unique=True, postgresql_where=text("settled_at IS NULL")),
        {"schema": SCHEMA},
    )

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    kind: str = Field(sa_column=_words())
    version: str | None = Field(sa_column=_words(nullable=True))
    on_day: date = Field(sa_column=Column(Date, nullable=False))
    planned_by: str = Field(sa_column=_words())
    why: str = Field(sa_column=_words())
    planned_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp())
    )
    settled_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    settled_by: str | None = Field(sa_column=_words(nullable=True))
    outcome: str | None = Field(sa_column=_words(nullable=True))


METADATA = RouterTable.metadata
OUTBOX = outbox_table(METADATA, SCHEMA)
