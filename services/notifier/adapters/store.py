"""The notifier's queries, over arrays: one statement per batch, never one per record."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.notifier.adapters.tables import SCHEMA
from services.notifier.domain.life import ACCEPT, RESOLVE
from services.notifier.usecases.ports import Delivery, Message, OpenUnitOfWork, Placed, Resident, Store, Timer
from shared.clock import ClockRate
from shared.db.outbox import Outbox, entry_of
from shared.db.unit_of_work import unit_of_work
from shared.events import (
    CaseChanged,
    DeadlinePassed,
    FeedbackPlaced,
    MessageOutcome,
    MessagePurpose,
    MessageSettled,
    derived_event_id,
)

OUTBOX = Outbox(SCHEMA)

_NOW = text("SELECT clock_timestamp()")
# A clock runs unless the case is known to have gone past its stage; a higher generation replaces the clock.
_ARM = text(
    """
    INSERT INTO notifier.timer AS timer
        (feedback_id, stage, generation, starts_at, deadline_at, unit_code, next_level, next_due, running)
    SELECT given.*, coalesce(CASE WHEN given.stage = 'accept' THEN c.accept_runs ELSE c.resolve_runs END, true)
    FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:stage AS text[]), CAST(:generation AS integer[]),
                CAST(:starts_at AS timestamptz[]), CAST(:deadline_at AS timestamptz[]), CAST(:unit_code AS text[]),
                CAST(:next_level AS integer[]), CAST(:next_due AS timestamptz[]))
         AS given (feedback_id, stage, generation, starts_at, deadline_at, unit_code, next_level, next_due)
    LEFT JOIN notifier.case_state c ON c.feedback_id = given.feedback_id
    ORDER BY given.feedback_id, given.stage
    ON CONFLICT (feedback_id, stage) DO UPDATE SET
        generation = excluded.generation, starts_at = excluded.starts_at, deadline_at = excluded.deadline_at,
        unit_code = excluded.unit_code, next_level = excluded.next_level, next_due = excluded.next_due
    WHERE timer.generation < excluded.generation
    RETURNING timer.feedback_id
    """
)
_FOLLOW = text(
    """
    WITH newest AS (
        INSERT INTO notifier.case_state AS known (feedback_id, version, state, unit_code, accept_runs, resolve_runs)
        SELECT * FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:version AS integer[]), CAST(:state AS text[]),
                             CAST(:unit_code AS text[]), CAST(:accept_runs AS boolean[]),
                             CAST(:resolve_runs AS boolean[]))
        ON CONFLICT (feedback_id) DO UPDATE SET
            version = excluded.version, state = excluded.state, unit_code = excluded.unit_code,
            accept_runs = excluded.accept_runs, resolve_runs = excluded.resolve_runs
        WHERE known.version < excluded.version
        RETURNING feedback_id, unit_code, accept_runs, resolve_runs
    )
    UPDATE notifier.timer SET
        running = CASE WHEN timer.stage = 'accept' THEN newest.accept_runs ELSE newest.resolve_runs END,
        unit_code = newest.unit_code
    FROM newest WHERE timer.feedback_id = newest.feedback_id
    """
)
_FIRED = text("SELECT * FROM notifier.fired WHERE feedback_id = ANY(CAST(:ids AS uuid[])) ORDER BY due_at, recipient")
_TAKE_DUE = text(
    """
    SELECT feedback_id, stage, generation, starts_at, deadline_at, unit_code, next_level, next_due
    FROM notifier.timer WHERE running AND next_due <= :now
    ORDER BY next_due LIMIT :limit FOR UPDATE SKIP LOCKED
    """
)
_ADVANCE = text(
    """
    UPDATE notifier.timer SET next_level = given.next_level, next_due = given.next_due
    FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:stage AS text[]), CAST(:next_level AS integer[]),
                CAST(:next_due AS timestamptz[])) AS given (feedback_id, stage, next_level, next_due)
    WHERE timer.feedback_id = given.feedback_id AND timer.stage = given.stage
    """
)
_ADD_FIRED = text(
    """
    INSERT INTO notifier.fired
        (feedback_id, stage, level, generation, recipient, event_id, unit_code, due_at, deadline_at, fired_at)
    SELECT * FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:stage AS text[]), CAST(:level AS integer[]),
                         CAST(:generation AS integer[]), CAST(:recipient AS text[]), CAST(:event_id AS uuid[]),
                         CAST(:unit_code AS text[]), CAST(:due_at AS timestamptz[]),
                         CAST(:deadline_at AS timestamptz[]), CAST(:fired_at AS timestamptz[]))
    ON CONFLICT DO NOTHING RETURNING event_id
    """
)
_ADD_RESIDENTS = text(
    """
    INSERT INTO notifier.resident (feedback_id, tracking_code, sealed_contact)
    SELECT * FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:tracking_code AS text[]), CAST(:sealed_contact AS text[]))
    ON CONFLICT (feedback_id) DO NOTHING
    """
)
_RESIDENTS = text(
    "SELECT feedback_id, tracking_code, sealed_contact FROM notifier.resident "
    "WHERE feedback_id = ANY(CAST(:ids AS uuid[]))"
)
_PLACEMENTS = text(
    "SELECT feedback_id, unit_code, deadline_at FROM notifier.timer "
    "WHERE feedback_id = ANY(CAST(:ids AS uuid[])) AND stage = 'resolve'"
)
_ADD_MESSAGES = text(
    """
    INSERT INTO notifier.message
        (message_id, key, feedback_id, purpose, recipient, words, state, attempts, due_at, changed_at)
    SELECT given.*, 'queued', 0, CAST(:now AS timestamptz), CAST(:now AS timestamptz)
    FROM unnest(CAST(:message_id AS uuid[]), CAST(:key AS text[]), CAST(:feedback_id AS uuid[]),
                CAST(:purpose AS text[]), CAST(:recipient AS text[]), CAST(:words AS text[])) AS given
    ON CONFLICT DO NOTHING
    """
)
_TAKE_QUEUED = text(
    """
    WITH taken AS (
        SELECT message_id FROM notifier.message WHERE state = 'queued' AND due_at <= :now
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ), sending AS (
        UPDATE notifier.message SET state = 'sending', attempts = attempts + 1, changed_at = :now
        WHERE message_id IN (SELECT message_id FROM taken)
        RETURNING message_id, key, feedback_id, purpose, recipient, words, attempts, due_at
    )
    SELECT sending.*, CASE WHEN recipient = 'resident' THEN resident.sealed_contact END AS sealed_contact
    FROM sending LEFT JOIN notifier.resident USING (feedback_id) ORDER BY due_at
    """
)
_SETTLE = text(
    """
    UPDATE notifier.message SET state = given.state, changed_at = :now
    FROM unnest(CAST(:message_id AS uuid[]), CAST(:state AS text[])) AS given (message_id, state)
    WHERE message.message_id = given.message_id AND message.state = 'sending'
    RETURNING message.message_id, message.feedback_id, message.purpose, message.recipient, message.state
    """
)
_PUT_OFF = text(
    """
    UPDATE notifier.message SET state = 'queued', due_at = given.due_at
    FROM unnest(CAST(:message_id AS uuid[]), CAST(:due_at AS timestamptz[])) AS given (message_id, due_at)
    WHERE message.message_id = given.message_id
    """
)
_SILENT = text(
    "SELECT message_id FROM notifier.message WHERE state = 'sending' AND changed_at < :before "
    "LIMIT 1000 FOR UPDATE SKIP LOCKED"
)


def open_store(engine: AsyncEngine, *, clock_rate: ClockRate) -> OpenUnitOfWork:
    """Return the factory of this service's transactions; time is the database's, at the product's rate."""

    def open_unit_of_work() -> AbstractAsyncContextManager[Store]:
        return unit_of_work(engine, lambda session: SqlStore(session, clock_rate))()

    return open_unit_of_work


class SqlStore:
    """The notifier's state in one session's transaction."""

    def __init__(self, session: AsyncSession, clock_rate: ClockRate) -> None:
        """Work in the session's transaction."""
        self._session = session
        self._clock_rate = clock_rate

    async def now(self) -> datetime:
        """Tell the time by the database's clock."""
        moment: datetime = (await self._session.execute(_NOW)).scalar_one()
        return self._clock_rate.at(moment)

    async def arm(self, placed: Sequence[FeedbackPlaced], timers: Sequence[Timer]) -> set[UUID]:
        """Arm new timers, or anew with a higher generation; return the feedback for which nothing changed."""
        names = (
            "feedback_id", "stage", "generation", "starts_at", "deadline_at", "unit_code", "next_level", "next_due",
        )  # fmt: skip
        changed = await self._session.execute(_ARM, _columns(timers, names))
        return {event.feedback_id for event in placed} - set(changed.scalars())

    async def follow(self, changes: Sequence[CaseChanged], running: Mapping[UUID, Mapping[str, bool]]) -> None:
        """Keep the newest state of each case, and whether its clocks run."""
        ordered = sorted(changes, key=lambda change: change.feedback_id)
        await self._session.execute(
            _FOLLOW,
            {
                **_columns(ordered, ("feedback_id", "version", "unit_code")),
                "state": [change.state.value for change in ordered],
                "accept_runs": [running[change.feedback_id][ACCEPT] for change in ordered],
                "resolve_runs": [running[change.feedback_id][RESOLVE] for change in ordered],
            },
        )

    async def fired(self, feedback_ids: Sequence[UUID]) -> Sequence[DeadlinePassed]:
        """Return what has fired for these cases, as it was published."""
        rows = await self._session.execute(_FIRED, {"ids": list(feedback_ids)})
        return [
            DeadlinePassed.model_validate(
                {**row, "occurred_at": row["fired_at"], "passed": "warning" if row["level"] == 0 else "escalation"}
            )
            for row in rows.mappings()
        ]

    async def take_due(self, now: datetime, *, limit: int) -> Sequence[Timer]:
        """Lock timers whose next rung is due, the longest overdue first, leaving those another worker holds."""
        rows = await self._session.execute(_TAKE_DUE, {"now": now, "limit": limit})
        return [Timer(**row) for row in rows.mappings()]

    async def advance(self, timers: Sequence[Timer]) -> None:
        """Store the next rung of these timers."""
        if timers:
            await self._session.execute(_ADVANCE, _columns(timers, ("feedback_id", "stage", "next_level", "next_due")))

    async def add_fired(self, fired: Sequence[DeadlinePassed]) -> Sequence[DeadlinePassed]:
        """Record what fires, leaving out what had fired before; return the new ones."""
        if not fired:
            return []
        names = (
            "feedback_id", "level", "generation", "recipient", "event_id", "unit_code", "due_at", "deadline_at",
        )  # fmt: skip
        added = await self._session.execute(
            _ADD_FIRED,
            {
                **_columns(fired, names),
                "stage": [event.stage.value for event in fired],
                "fired_at": [event.occurred_at for event in fired],
            },
        )
        new = set(added.scalars())
        return [event for event in fired if event.event_id in new]

    async def add_residents(self, residents: Sequence[Resident]) -> None:
        """Remember how residents may be reached."""
        await self._session.execute(
            _ADD_RESIDENTS, _columns(residents, ("feedback_id", "tracking_code", "sealed_contact"))
        )

    async def residents(self, feedback_ids: Sequence[UUID]) -> Mapping[UUID, Resident]:
        """Find the residents who may be reached."""
        rows = await self._session.execute(_RESIDENTS, {"ids": list(feedback_ids)})
        return {row["feedback_id"]: Resident(**row) for row in rows.mappings()}

    async def placements(self, feedback_ids: Sequence[UUID]) -> Sequence[Placed]:
        """Find where cases went."""
        rows = await self._session.execute(_PLACEMENTS, {"ids": list(feedback_ids)})
        return [Placed(row.feedback_id, row.unit_code, row.deadline_at) for row in rows]

    async def add_messages(self, messages: Sequence[Message]) -> None:
        """Queue messages, leaving out those whose key is there already."""
        if messages:
            await self._session.execute(
                _ADD_MESSAGES,
                {
                    **_columns(messages, ("message_id", "key", "feedback_id", "recipient", "words")),
                    "purpose": [message.purpose.value for message in messages],
                    "now": await self.now(),
                },
            )

    async def take_queued(self, now: datetime, *, limit: int) -> Sequence[Delivery]:
        """Mark queued messages as being sent and return them."""
        rows = await self._session.execute(_TAKE_QUEUED, {"now": now, "limit": limit})
        return [
            Delivery(
                Message(r.key, r.message_id, r.feedback_id, MessagePurpose(r.purpose), r.recipient, r.words),
                attempts=r.attempts,
                sealed_contact=r.sealed_contact,
            )
            for r in rows
        ]

    async def settle(self, settled: Mapping[UUID, MessageOutcome], now: datetime) -> Sequence[MessageSettled]:
        """Record final states and return the events that say so."""
        if not settled:
            return []
        rows = await self._session.execute(
            _SETTLE,
            {"message_id": list(settled), "state": [outcome.value for outcome in settled.values()], "now": now},
        )
        return [
            MessageSettled(
                event_id=derived_event_id(row.message_id, MessageSettled.topic),
                feedback_id=row.feedback_id,
                occurred_at=now,
                message_id=row.message_id,
                purpose=MessagePurpose(row.purpose),
                recipient=row.recipient,
                outcome=MessageOutcome(row.state),
            )
            for row in rows
        ]

    async def put_off(self, message_ids: Mapping[UUID, datetime]) -> None:
        """Queue messages again for a later moment."""
        if message_ids:
            await self._session.execute(
                _PUT_OFF, {"message_id": list(message_ids), "due_at": list(message_ids.values())}
            )

    async def give_up_silent(self, before: datetime) -> Sequence[UUID]:
        """Return messages whose sending began before a moment and never ended."""
        return list((await self._session.execute(_SILENT, {"before": before})).scalars())

    async def say(self, events: Sequence[DeadlinePassed | MessageSettled]) -> None:
        """Put events into the outbox."""
        await OUTBOX.add(self._session, [entry_of(event) for event in events])


def _columns(items: Sequence[object], names: Sequence[str]) -> dict[str, list[Any]]:
    return {name: [getattr(item, name) for item in items] for name in names}
