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


def _truth(*, default: str | None = None) -> Column[bool]:
    return Column(Boolean, nullable=False, server_default=default)


def _number(*, primary: bool = False) -> Column[int]:
    return Column(Integer, nullable=False, primary_key=primary)


class CaseRow(NotifierTable, table=True):
    """What is known of a case, whichever of its events came first; who changes anything about a case locks this row.

    Version 0: no step of its life is known yet. `reachable` is empty until its submission is known, and for a part of
    a report, whose resident is the report's. What the newest placement says that names a unit or asks for one: in
    `place_generation` (0: nothing is known yet), `place_unit`, `place_office` and `question`.
    """

    __tablename__ = "case_state"
    __table_args__ = (
        Index("case_part_of", "part_of", postgresql_where=text("part_of IS NOT NULL")),
        {"schema": SCHEMA},
    )

    feedback_id: UUID = Field(sa_column=_id(primary=True))
    version: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    state: str | None = Field(sa_column=_words(nullable=True))
    unit_code: str | None = Field(sa_column=_words(nullable=True))
    changed_at: datetime | None = Field(sa_column=_moment(nullable=True))
    accept_runs: bool = Field(sa_column=_truth(default="true"))
    resolve_runs: bool = Field(sa_column=_truth(default="true"))
    accept_resumed_at: datetime | None = Field(sa_column=_moment(nullable=True))
    resolve_resumed_at: datetime | None = Field(sa_column=_moment(nullable=True))
    reachable: bool | None = Field(sa_column=Column(Boolean, nullable=True))
    part_of: UUID | None = Field(sa_column=Column(Uuid, nullable=True))
    place_generation: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    place_unit: str | None = Field(sa_column=_words(nullable=True))
    place_office: str | None = Field(sa_column=_words(nullable=True))
    question: str | None = Field(sa_column=_words(nullable=True))


class TimerRow(NotifierTable, table=True):
    """One clock of one case and its next rung; what came due before it resumed is not told.

    `begins_late`: the deadline was past when this generation was made, and none of its rungs has been told yet.
    """

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
    running: bool = Field(sa_column=_truth())
    resumed_at: datetime | None = Field(sa_column=_moment(nullable=True))
    begins_late: bool = Field(sa_column=_truth(default="false"))


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


class HeldWordsRow(NotifierTable, table=True):
    """Words for a resident, held until it is known whether the resident can be reached."""

    __tablename__ = "held_words"
    __table_args__ = ({"schema": SCHEMA},)

    feedback_id: UUID = Field(sa_column=_id(primary=True))
    version: int = Field(sa_column=_number(primary=True))
    purpose: str = Field(sa_column=_words())
    words: str = Field(sa_column=_words())


class MessageRow(NotifierTable, table=True):
    """A message to one recipient and what became of it.

    `due_at` is real time, whatever the product's clock: when to try next while it is queued, and when to give it up
    while it is being sent. `changed_at` is product time.
    """

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
