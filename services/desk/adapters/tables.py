"""The tables of the desk's schema.

`case_file` says where each case stands; `case_event` is every step it took, never changed. The resident's words and
what others said of the case are kept beside it, because they may come before it.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db.outbox import outbox_table

SCHEMA = "desk"


class DeskTable(SQLModel, registry=registry()):
    """The base of every table of this service."""


def _id() -> Column[UUID]:
    return Column(Uuid, primary_key=True)


def _serial() -> Column[int]:
    return Column(BigInteger, Identity(always=True), primary_key=True)


def _words(*, nullable: bool = False) -> Column[str]:
    return Column(Text, nullable=nullable)


def _moment(*, nullable: bool = False) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=nullable)


def _number() -> Column[float]:
    return Column(Double, nullable=False)


class CaseRow(DeskTable, table=True):
    """A case as it stands, with the placement it came from. Row security lets a unit see its own alone."""

    __tablename__ = "case_file"
    __table_args__ = (
        Index(
            "case_file_open",
            "unit_code",
            "due_at",
            "feedback_id",
            postgresql_where=text("is_open"),
            postgresql_include=["state", "urgency", "resolve_by"],
        ),
        Index("case_file_settled", "unit_code", "changed_at", "feedback_id", postgresql_where=text("NOT is_open")),
        Index("case_file_disputed", "unit_code", "changed_at", "feedback_id", postgresql_where=text("disputed")),
        Index(
            "case_file_resolved",
            "resolved_at",
            postgresql_where=text("resolved_at IS NOT NULL"),
            postgresql_include=["unit_code", "resolve_by"],
        ),
        Index("case_file_short_id", "short_id"),
        Index("case_file_part_of", "part_of", postgresql_where=text("part_of IS NOT NULL")),
        Index("case_file_tracking_key", "tracking_key", postgresql_where=text("tracking_key IS NOT NULL")),
        Index("case_file_assignee", "assignee_id", postgresql_where=text("is_open AND assignee_id IS NOT NULL")),
        {"schema": SCHEMA},
    )

    feedback_id: UUID = Field(sa_column=_id())
    short_id: str = Field(sa_column=_words())
    version: int = Field(sa_column=Column(Integer, nullable=False))
    state: str = Field(sa_column=_words())
    is_open: bool = Field(sa_column=Column(Boolean, nullable=False))
    due_at: datetime = Field(sa_column=_moment())
    unit_code: str | None = Field(sa_column=_words(nullable=True))
    office: str = Field(sa_column=_words())
    kind: str = Field(sa_column=_words())
    subject: str = Field(sa_column=_words())
    urgency: str = Field(sa_column=_words())
    needs_review: bool = Field(sa_column=Column(Boolean, nullable=False))
    opened_at: datetime = Field(sa_column=_moment())
    changed_at: datetime = Field(sa_column=_moment())
    resolved_at: datetime | None = Field(sa_column=_moment(nullable=True))
    closing_reason: str | None = Field(sa_column=_words(nullable=True))
    disputed: bool = Field(sa_column=Column(Boolean, nullable=False))
    placed_event_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    placed_at: datetime = Field(sa_column=_moment())
    received_at: datetime = Field(sa_column=_moment())
    placed_kind: str = Field(sa_column=_words())
    placed_subject: str = Field(sa_column=_words())
    placed_urgency: str = Field(sa_column=_words())
    placed_needs_review: bool = Field(sa_column=Column(Boolean, nullable=False))
    placed_unit_code: str | None = Field(sa_column=_words(nullable=True))
    placed_office: str = Field(sa_column=_words())
    placed_by: str = Field(sa_column=_words())
    confidence: float = Field(sa_column=_number())
    approximate: bool = Field(sa_column=Column(Boolean, nullable=False))
    explanation: str = Field(sa_column=_words())
    unit_alternatives: list[list[Any]] = Field(sa_column=Column(JSONB, nullable=False))
    accept_by: datetime = Field(sa_column=_moment())
    resolve_by: datetime = Field(sa_column=_moment())
    generation: int = Field(sa_column=Column(Integer, nullable=False))
    policy_version: str = Field(sa_column=_words())
    calendar_version: str = Field(sa_column=_words())
    boundary_version: str = Field(sa_column=_words())
    part_of: UUID | None = Field(sa_column=Column(Uuid))
    tracking_key: str | None = Field(sa_column=_words(nullable=True))
    assignee_id: int | None = Field(sa_column=Column(BigInteger))


class DeadlineHistoryRow(DeskTable, table=True):
    """Deadlines that a newer generation replaced, and why."""

    __tablename__ = "deadline_history"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=_id())
    generation: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    accept_by: datetime = Field(sa_column=_moment())
    resolve_by: datetime = Field(sa_column=_moment())
    policy_version: str = Field(sa_column=_words())
    calendar_version: str = Field(sa_column=_words())
    replaced_at: datetime = Field(sa_column=_moment())
    because: str = Field(sa_column=_words())


class CaseEventRow(DeskTable, table=True):
    """One step of a case; the primary key is what lets nobody make the same move twice."""

    __tablename__ = "case_event"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=_id())
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    event_id: UUID = Field(sa_column=Column(Uuid, nullable=False, unique=True))
    action: str = Field(sa_column=_words())
    state: str = Field(sa_column=_words())
    unit_code: str | None = Field(sa_column=_words(nullable=True))
    office: str = Field(sa_column=_words())
    actor: str = Field(sa_column=_words())
    at: datetime = Field(sa_column=_moment())
    public_reply: str | None = Field(sa_column=_words(nullable=True))
    closing_reason: str | None = Field(sa_column=_words(nullable=True))
    note: str | None = Field(sa_column=_words(nullable=True))


class ReportRow(DeskTable, table=True):
    """The resident's words and the classifier's answer; `folded` is what a search looks through."""

    __tablename__ = "report"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=_id())
    text: str = Field(sa_column=_words())
    folded: str = Field(sa_column=_words())
    channel: str = Field(sa_column=_words())
    lat: float | None = Field(sa_column=Column(Double))
    lon: float | None = Field(sa_column=Column(Double))
    unit_named: str | None = Field(sa_column=_words(nullable=True))
    place_text: str | None = Field(sa_column=_words(nullable=True))
    received_at: datetime = Field(sa_column=_moment())
    kind: str = Field(sa_column=_words())
    kind_probability: float = Field(sa_column=_number())
    subject: str = Field(sa_column=_words())
    subject_probability: float = Field(sa_column=_number())
    alternatives: list[list[Any]] = Field(sa_column=Column(JSONB, nullable=False))
    urgency: str = Field(sa_column=_words())
    urgency_probability: float = Field(sa_column=_number())
    reasons: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    needs_review: bool = Field(sa_column=Column(Boolean, nullable=False))
    model_version: str = Field(sa_column=_words())
    highlights: list[list[float]] = Field(sa_column=Column(JSONB, nullable=False))
    second_subject: str | None = Field(sa_column=_words(nullable=True))


class AlarmRow(DeskTable, table=True):
    """A warning or escalation that went out."""

    __tablename__ = "alarm"
    __table_args__ = (Index("alarm_case", "feedback_id"), {"schema": SCHEMA})

    event_id: UUID = Field(sa_column=_id())
    feedback_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    stage: str = Field(sa_column=_words())
    passed: str = Field(sa_column=_words())
    level: int = Field(sa_column=Column(SmallInteger, nullable=False))
    generation: int = Field(sa_column=Column(Integer, nullable=False))
    recipient: str = Field(sa_column=_words())
    due_at: datetime = Field(sa_column=_moment())
    deadline_at: datetime = Field(sa_column=_moment())
    at: datetime = Field(sa_column=_moment())


class ResidentWordRow(DeskTable, table=True):
    """What a resident said again."""

    __tablename__ = "resident_word"
    __table_args__ = (Index("resident_word_case", "feedback_id"), {"schema": SCHEMA})

    event_id: UUID = Field(sa_column=_id())
    feedback_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    kind: str = Field(sa_column=_words())
    text: str | None = Field(sa_column=_words(nullable=True))
    rating: int | None = Field(sa_column=Column(SmallInteger))
    at: datetime = Field(sa_column=_moment())
    unit_named: str | None = Field(sa_column=_words(nullable=True))


class CorrectionRow(DeskTable, table=True):
    """A person's word against the classifier's: a label."""

    __tablename__ = "correction"
    __table_args__ = (Index("correction_case", "feedback_id"), {"schema": SCHEMA})

    correction_id: int | None = Field(default=None, sa_column=_serial())
    feedback_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    event_id: UUID = Field(sa_column=Column(Uuid, nullable=False, unique=True))
    actor: str = Field(sa_column=_words())
    at: datetime = Field(sa_column=_moment())
    old_kind: str = Field(sa_column=_words())
    new_kind: str = Field(sa_column=_words())
    old_subject: str = Field(sa_column=_words())
    new_subject: str = Field(sa_column=_words())
    old_urgency: str = Field(sa_column=_words())
    new_urgency: str = Field(sa_column=_words())


class StaffRow(DeskTable, table=True):
    """A member of staff."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint(
            "(role IN ('handler', 'unit_leader')) = (unit_code IS NOT NULL)", name="unit_belongs_to_unit_roles"
        ),
        UniqueConstraint("login"),
        {"schema": SCHEMA},
    )

    staff_id: int | None = Field(default=None, sa_column=_serial())
    login: str = Field(sa_column=_words())
    password_hash: str = Field(sa_column=_words())
    display_name: str = Field(sa_column=_words())
    role: str = Field(sa_column=_words())
    unit_code: str | None = Field(sa_column=_words(nullable=True))
    active: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=text("true")))
    created_at: datetime = Field(sa_column=_moment())
    last_turn: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("0")))


class UnitSettingRow(DeskTable, table=True):
    """How a unit works; `turn` counts the cases it shared out."""

    __tablename__ = "unit_setting"
    __table_args__ = ({"schema": SCHEMA},)

    unit_code: str = Field(sa_column=Column(Text, primary_key=True))
    shares_out: bool = Field(sa_column=Column(Boolean, nullable=False))
    turn: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("0")))


class AbsenceRow(DeskTable, table=True):
    """The days, first and last included, on which a member of staff is away."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("from_on <= to_on", name="absence_ends_after_it_begins"),
        Index("absence_staff", "staff_id", "to_on"),
        {"schema": SCHEMA},
    )

    absence_id: int | None = Field(default=None, sa_column=_serial())
    staff_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    from_on: date = Field(sa_column=Column(Date, nullable=False))
    to_on: date = Field(sa_column=Column(Date, nullable=False))


class SessionRow(DeskTable, table=True):
    """A signed-in browser, known by the hash of what its cookie carries."""

    __tablename__ = "session"
    __table_args__ = (Index("session_expires", "expires_at"), {"schema": SCHEMA})

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    staff_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_at: datetime = Field(sa_column=_moment())
    expires_at: datetime = Field(sa_column=_moment())


class SignInAttemptRow(DeskTable, table=True):
    """Attempts of one login from one address since the last that worked."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("sign_in_attempt_last", "last_at"), {"schema": SCHEMA})

    login: str = Field(sa_column=Column(Text, primary_key=True))
    address: str = Field(sa_column=Column(Text, primary_key=True))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    last_at: datetime = Field(sa_column=_moment())


class AuditRow(DeskTable, table=True):
    """Who did what that is not a step of a case; rows are added and never changed (a trigger sees to it)."""

    __tablename__ = "audit"
    __table_args__ = ({"schema": SCHEMA},)

    audit_id: int | None = Field(default=None, sa_column=_serial())
    at: datetime = Field(sa_column=_moment())
    actor: str = Field(sa_column=_words())
    action: str = Field(sa_column=_words())
    subject: str | None = Field(sa_column=_words(nullable=True))
    address: str | None = Field(sa_column=_words(nullable=True))


METADATA = DeskTable.metadata
OUTBOX = outbox_table(METADATA, SCHEMA)
