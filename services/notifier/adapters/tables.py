"""The notifier's tables: clocks, what fired, how residents are reached, and messages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Text, Uuid, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db.outbox import outbox_table

SCHEMA = "notifier"


class NotifierTable(SQLModel, registry=registry()):
    """The base of every table of this service."""


def _id(*, primary: bool = False) -> Column[UUID]:
    return Column(Uuid, primary_key=primary, nullable=False)


def _words(*, nullable: bool = False, primary: bool = False) -> Column[str]:
    return Column(Text, nullable=nullable, primary_key=primary)


def _moment(*, nullable: bool = False) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=nullable)


def _number(*, primary: bool = False) -> Column[int]:
    return Column(Integer, nullable=False, primary_key=primary)


class CaseRow(NotifierTable, table=True):
    """The newest known state of a case, whichever of its events came first."""

    __tablename__ = "case_state"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=_id(primary=True))
    version: int = Field(sa_column=_number())
    state: str = Field(sa_column=_words())
    unit_code: str | None = Field(sa_column=_words(nullable=True))
    accept_runs: bool = Field(sa_column=Column(Boolean, nullable=False))
    resolve_runs: bool = Field(sa_column=Column(Boolean, nullable=False))


class TimerRow(NotifierTable, table=True):
    """One clock of one case and its next rung."""

    __tablename__ = "timer"
    __table_args__ = (
        Index("timer_due", "next_due", postgresql_where=text("running")),
        {"schema": SCHEMA},
    )

    feedback_id: UUID = Field(sa_column=_id(primary=True))
    stage: str = Field(sa_column=_words(primary=True))
    generation: int = Field(sa_column=_number())
    starts_at: datetime = Field(sa_column=_moment())
    deadline_at: datetime = Field(sa_column=_moment())
    unit_code: str | None = Field(sa_column=_words(nullable=True))
    next_level: int = Field(sa_column=_number())
    next_due: datetime = Field(sa_column=_moment())
    running: bool = Field(sa_column=Column(Boolean, nullable=False))


class FiredRow(NotifierTable, table=True):
    """A rung that fired for a recipient: the key is what makes it happen once."""

    __tablename__ = "fired"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=_id(primary=True))
    stage: str = Field(sa_column=_words(primary=True))
    level: int = Field(sa_column=_number(primary=True))
    generation: int = Field(sa_column=_number(primary=True))
    recipient: str = Field(sa_column=_words(primary=True))
    event_id: UUID = Field(sa_column=_id())
    unit_code: str | None = Field(sa_column=_words(nullable=True))
    due_at: datetime = Field(sa_column=_moment())
    deadline_at: datetime = Field(sa_column=_moment())
    fired_at: datetime = Field(sa_column=_moment())


class ResidentRow(NotifierTable, table=True):
    """A sealed contact."""

    __tablename__ = "resident"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=_id(primary=True))
    tracking_code: str = Field(sa_column=_words())
    sealed_contact: str = Field(sa_column=_words())


class MessageRow(NotifierTable, table=True):
    """A message to one recipient and what became of it."""

    __tablename__ = "message"
    __table_args__ = (
        Index("message_open", "due_at", postgresql_where=text("state IN ('queued', 'sending')")),
        Index("message_feedback", "feedback_id"),
        {"schema": SCHEMA},
    )

    message_id: UUID = Field(sa_column=_id(primary=True))
    key: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    feedback_id: UUID = Field(sa_column=_id())
    purpose: str = Field(sa_column=_words())
    recipient: str = Field(sa_column=_words())
    words: str = Field(sa_column=_words())
    state: str = Field(sa_column=_words())
    attempts: int = Field(sa_column=_number())
    due_at: datetime = Field(sa_column=_moment())
    changed_at: datetime = Field(sa_column=_moment())


METADATA = NotifierTable.metadata
OUTBOX = outbox_table(METADATA, SCHEMA)
