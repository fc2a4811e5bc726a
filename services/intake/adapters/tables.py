"""The tables of intake's schema.

`feedback` is written once and never changed: the resident's words. What moves is kept in narrow tables beside it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db.outbox import outbox_table

SCHEMA = "intake"


class IntakeTable(SQLModel, registry=registry()):
    """The base of every table of this service."""


def _moment(*, nullable: bool = False, default_now: bool = False) -> Column[datetime]:
    return Column(
        DateTime(timezone=True),
        nullable=nullable,
        server_default=func.clock_timestamp() if default_now else None,
    )


class FeedbackRow(IntakeTable, table=True):
    """One accepted report."""

    __tablename__ = "feedback"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    idempotency_key: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    tracking_code: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    channel: str = Field(sa_column=Column(Text, nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    lat: float | None = Field(sa_column=Column(Double))
    lon: float | None = Field(sa_column=Column(Double))
    unit_code: str | None = Field(sa_column=Column(Text))
    place_text: str | None = Field(sa_column=Column(Text))
    language: str = Field(sa_column=Column(Text, nullable=False))
    received_at: datetime = Field(sa_column=_moment())
    sent_at: datetime | None = Field(sa_column=_moment(nullable=True))
    sealed_contact: str | None = Field(sa_column=Column(Text))
    stored_at: datetime = Field(sa_column=_moment(default_now=True))


class ContactRow(IntakeTable, table=True):
    """How to reach the resident, in clear: nowhere else, and gone when erased."""

    __tablename__ = "contact"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    phone: str | None = Field(sa_column=Column(Text))
    email: str | None = Field(sa_column=Column(Text))
    name: str | None = Field(sa_column=Column(Text))
    masked: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_column=_moment(default_now=True))


class ProgressRow(IntakeTable, table=True):
    """How far a report has come, and when to announce it again; version 0 until the desk has confirmed a case."""

    __tablename__ = "progress"
    __table_args__ = (
        Index("progress_due", "next_announcement_at", postgresql_where=text("next_announcement_at IS NOT NULL")),
        {"schema": SCHEMA},
    )

    feedback_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    case_version: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    case_state: str | None = Field(sa_column=Column(Text))
    announcements: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    next_announcement_at: datetime | None = Field(sa_column=_moment(nullable=True))


class PlacementRow(IntakeTable, table=True):
    """The newest placement of a report, or of a part of one: a part has an id of its own and no row in `feedback`."""

    __tablename__ = "placement"
    __table_args__ = (
        Index("placement_part_of", "part_of", postgresql_where=text("part_of IS NOT NULL")),
        {"schema": SCHEMA},
    )

    feedback_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    generation: int = Field(sa_column=Column(Integer, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    subject: str = Field(sa_column=Column(Text, nullable=False))
    urgency: str = Field(sa_column=Column(Text, nullable=False))
    needs_review: bool = Field(sa_column=Column(Boolean, nullable=False))
    unit_code: str | None = Field(sa_column=Column(Text))
    office: str = Field(sa_column=Column(Text, nullable=False))
    placed_by: str = Field(sa_column=Column(Text, nullable=False))
    explanation: str = Field(sa_column=Column(Text, nullable=False))
    approximate: bool = Field(sa_column=Column(Boolean, nullable=False))
    accept_by: datetime = Field(sa_column=_moment())
    resolve_by: datetime = Field(sa_column=_moment())
    placed_at: datetime = Field(sa_column=_moment())
    noted_at: datetime = Field(sa_column=_moment(default_now=True))
    reason: str = Field(sa_column=Column(Text, nullable=False, server_default="first"))
    question: str | None = Field(sa_column=Column(Text))
    asked_in: int = Field(sa_column=Column(Integer, nullable=False, server_default="1"))
    alternatives: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    part_of: UUID | None = Field(sa_column=Column(Uuid))


class CaseStepRow(IntakeTable, table=True):
    """One step of a case, as the desk told it."""

    __tablename__ = "case_step"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    action: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    unit_code: str | None = Field(sa_column=Column(Text))
    office: str = Field(sa_column=Column(Text, nullable=False))
    public_reply: str | None = Field(sa_column=Column(Text))
    closing_reason: str | None = Field(sa_column=Column(Text))
    occurred_at: datetime = Field(sa_column=_moment())


class SecondWordRow(IntakeTable, table=True):
    """What the resident said again: once for each kind and turn.

    A turn is a version of the case; for a place, the generation of the placement that asked first.
    """

    __tablename__ = "second_word"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    turn: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    text: str | None = Field(sa_column=Column(Text))
    rating: int | None = Field(sa_column=Column(SmallInteger))
    said_at: datetime = Field(sa_column=_moment())
    lat: float | None = Field(sa_column=Column(Double))
    lon: float | None = Field(sa_column=Column(Double))
    unit_code: str | None = Field(sa_column=Column(Text))
    place_text: str | None = Field(sa_column=Column(Text))


class BrokerRow(IntakeTable, table=True):
    """The Kafka cluster last seen, and how far its log has been told anew when it replaced another; one row."""

    __tablename__ = "broker"
    __table_args__ = (CheckConstraint("only_row", name="broker_is_one_row"), {"schema": SCHEMA})

    only_row: bool = Field(sa_column=Column(Boolean, primary_key=True, server_default=text("true")))
    cluster_id: str = Field(sa_column=Column(Text, nullable=False))
    since: datetime = Field(sa_column=_moment(default_now=True))
    told_up_to: UUID | None = Field(sa_column=Column(Uuid))
    """While telling anew: the last feedback told; nothing when there is nothing left to tell."""


METADATA = IntakeTable.metadata
OUTBOX = outbox_table(METADATA, SCHEMA)
