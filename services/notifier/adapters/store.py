"""The notifier's queries, over arrays: one statement per batch, never one per record."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.notifier.adapters.tables import SCHEMA
from services.notifier.usecases.ports import (
    CaseStep,
    Delivery,
    Message,
    OpenUnitOfWork,
    Placed,
    PublicWords,
    Resident,
    Store,
    Timer,
)
from shared.clock import ClockRate
from shared.db.outbox import Outbox, entry_of
from shared.db.unit_of_work import unit_of_work
from shared.events import (
    DeadlinePassed,
    FeedbackPlaced,
    MessageOutcome,
    MessagePurpose,
    MessageSettled,
    derived_event_id,
)

OUTBOX = Outbox(SCHEMA)

_NOW = text("SELECT clock_timestamp()")
# The row of a case is its lock: inserted or found, it is held until the transaction ends, and taken in the order of the
# ids, so that the streams take turns at a case and never wait for each other in a circle. Where the condition is false
# a row is locked and not written. What others committed while this waited, only the next statement sees.
_LOCK_CASES = text(
    """
    INSERT INTO notifier.case_state AS known (feedback_id)
    SELECT * FROM unnest(CAST(:ids AS uuid[])) AS id ORDER BY id
    ON CONFLICT (feedback_id) DO UPDATE SET version = known.version WHERE false
    """
)
_REPORTS_OF = text(
    "SELECT DISTINCT part_of FROM notifier.case_state "
    "WHERE feedback_id = ANY(CAST(:ids AS uuid[])) AND part_of IS NOT NULL"
)
_PARTS_OF = text("SELECT feedback_id FROM notifier.case_state WHERE part_of = ANY(CAST(:ids AS uuid[]))")
_NOTE_PLACES = text(
    """
    UPDATE notifier.case_state AS known SET
        part_of = given.part_of, place_generation = given.generation, place_unit = given.unit_code,
        place_office = given.office, question = given.question
    FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:part_of AS uuid[]), CAST(:generation AS integer[]),
                CAST(:unit_code AS text[]), CAST(:office AS text[]), CAST(:question AS text[]))
         AS given (feedback_id, part_of, generation, unit_code, office, question)
    WHERE known.feedback_id = given.feedback_id AND known.place_generation < given.generation
    """
)
_LEARN = text(
    """
    INSERT INTO notifier.case_state AS known
        (feedback_id, version, state, unit_code, changed_at, accept_runs, resolve_runs)
    SELECT * FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:version AS integer[]), CAST(:state AS text[]),
                         CAST(:unit_code AS text[]), CAST(:changed_at AS timestamptz[]),
                         CAST(:accept_runs AS boolean[]), CAST(:resolve_runs AS boolean[])) AS given (feedback_id)
    ORDER BY feedback_id
    ON CONFLICT (feedback_id) DO UPDATE SET
        version = excluded.version, state = excluded.state, unit_code = excluded.unit_code,
        changed_at = excluded.changed_at, accept_runs = excluded.accept_runs, resolve_runs = excluded.resolve_runs,
        accept_resumed_at = CASE WHEN excluded.accept_runs AND NOT known.accept_runs THEN excluded.changed_at
                                 ELSE known.accept_resumed_at END,
        resolve_resumed_at = CASE WHEN excluded.resolve_runs AND NOT known.resolve_runs THEN excluded.changed_at
                                  ELSE known.resolve_resumed_at END
    WHERE known.version < excluded.version
    """
)
_HEAR_OF = text(
    """
    INSERT INTO notifier.case_state AS known (feedback_id, reachable)
    SELECT * FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:reachable AS boolean[])) AS given (feedback_id)
    ORDER BY feedback_id
    ON CONFLICT (feedback_id) DO UPDATE SET reachable = excluded.reachable
    WHERE known.reachable IS DISTINCT FROM excluded.reachable
    """
)
# A higher generation replaces the clock; whether it runs, and for whom, is for _SET_CLOCKS to say.
_ARM = text(
    """
    INSERT INTO notifier.timer AS timer
        (feedback_id, stage, generation, starts_at, deadline_at, unit_code, next_level, next_due, begins_late,
         running)
    SELECT given.*, true
    FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:stage AS text[]), CAST(:generation AS integer[]),
                CAST(:starts_at AS timestamptz[]), CAST(:deadline_at AS timestamptz[]), CAST(:unit_code AS text[]),
                CAST(:next_level AS integer[]), CAST(:next_due AS timestamptz[]), CAST(:begins_late AS boolean[]))
         AS given (feedback_id, stage)
    ORDER BY given.feedback_id, given.stage
    ON CONFLICT (feedback_id, stage) DO UPDATE SET
        generation = excluded.generation, starts_at = excluded.starts_at, deadline_at = excluded.deadline_at,
        unit_code = excluded.unit_code, next_level = excluded.next_level, next_due = excluded.next_due,
        begins_late = excluded.begins_late
    WHERE timer.generation < excluded.generation
    RETURNING timer.feedback_id
    """
)
_SET_CLOCKS = text(
    """
    UPDATE notifier.timer SET running = known.running, unit_code = known.unit_code, resumed_at = known.resumed_at
    FROM (
        SELECT feedback_id, unit_code, clock.*
        FROM notifier.case_state CROSS JOIN LATERAL (
            VALUES ('accept', accept_runs, accept_resumed_at), ('resolve', resolve_runs, resolve_resumed_at)
        ) AS clock (stage, running, resumed_at)
        WHERE feedback_id = ANY(CAST(:ids AS uuid[])) AND version > 0
    ) AS known
    WHERE timer.feedback_id = known.feedback_id AND timer.stage = known.stage
      AND (timer.running, timer.unit_code, timer.resumed_at)
          IS DISTINCT FROM (known.running, known.unit_code, known.resumed_at)
    """
)
_FIRED = text("SELECT * FROM notifier.fired WHERE feedback_id = ANY(CAST(:ids AS uuid[])) ORDER BY due_at, recipient")
_TAKE_DUE = text(
    """
    SELECT feedback_id, stage, generation, starts_at, deadline_at, unit_code, next_level, next_due, resumed_at,
           begins_late
    FROM notifier.timer WHERE running AND next_due <= :now
    ORDER BY next_due LIMIT :limit FOR UPDATE SKIP LOCKED
    """
)
_ADVANCE = text(
    """
    UPDATE notifier.timer SET
        next_level = given.next_level, next_due = given.next_due, begins_late = given.begins_late
    FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:stage AS text[]), CAST(:next_level AS integer[]),
                CAST(:next_due AS timestamptz[]), CAST(:begins_late AS boolean[]))
         AS given (feedback_id, stage, next_level, next_due, begins_late)
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
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT DO NOTHING RETURNING event_id
    """
)
_ADD_RESIDENTS = text(
    """
    INSERT INTO notifier.resident (feedback_id, tracking_code, sealed_contact)
    SELECT * FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:tracking_code AS text[]), CAST(:sealed_contact AS text[]))
    ORDER BY 1
    ON CONFLICT (feedback_id) DO NOTHING
    """
)
_RESIDENTS = text(
    """
    SELECT known.feedback_id, resident.tracking_code, resident.sealed_contact,
           CASE WHEN part_of IS NOT NULL THEN place_office END AS part_office
    FROM notifier.case_state AS known
    JOIN notifier.resident ON resident.feedback_id = coalesce(known.part_of, known.feedback_id)
    WHERE known.feedback_id = ANY(CAST(:ids AS uuid[]))
    """
)
# One question is enough for a report and its parts. Once somebody has given the case a unit, nobody needs the answer.
_PLACEMENTS = text(
    """
    SELECT timer.feedback_id, timer.unit_code, timer.deadline_at AS resolve_by, place_generation AS generation,
           place_unit AS found_unit, resolve_runs AS is_open,
           CASE WHEN place_unit IS NULL AND known.unit_code IS NULL AND resolve_runs AND part_of IS NULL
                THEN question END AS question
    FROM notifier.timer JOIN notifier.case_state AS known USING (feedback_id)
    WHERE timer.feedback_id = ANY(CAST(:ids AS uuid[])) AND stage = 'resolve'
    """
)
_HOLD_WORDS = text(
    """
    INSERT INTO notifier.held_words (feedback_id, version, purpose, words)
    SELECT given.*
    FROM unnest(CAST(:feedback_id AS uuid[]), CAST(:version AS integer[]), CAST(:purpose AS text[]),
                CAST(:words AS text[])) AS given (feedback_id, version)
    JOIN notifier.case_state AS known USING (feedback_id)
    LEFT JOIN notifier.case_state AS report ON report.feedback_id = known.part_of
    WHERE coalesce(report.reachable, known.reachable) IS NULL
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING
    """
)
_TAKE_HELD_WORDS = text(
    "DELETE FROM notifier.held_words WHERE feedback_id = ANY(CAST(:ids AS uuid[])) "
    "RETURNING feedback_id, version, purpose, words"
)
_ADD_MESSAGES = text(
    """
    INSERT INTO notifier.message
        (message_id, key, feedback_id, purpose, recipient, words, state, attempts, due_at, changed_at)
    SELECT given.*, 'queued', 0, statement_timestamp(), CAST(:now AS timestamptz)
    FROM unnest(CAST(:message_id AS uuid[]), CAST(:key AS text[]), CAST(:feedback_id AS uuid[]),
                CAST(:purpose AS text[]), CAST(:recipient AS text[]), CAST(:words AS text[])) AS given (message_id)
    ORDER BY message_id
    ON CONFLICT DO NOTHING
    """
)
# A claim is good until its due time; after that its silence is final. Real time, whatever the product's clock.
_TAKE_QUEUED = text(
    """
    WITH taken AS (
        SELECT message_id, due_at AS waited_since FROM notifier.message
        WHERE state = 'queued' AND due_at <= statement_timestamp()
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ), sending AS (
        UPDATE notifier.message SET state = 'sending', attempts = attempts + 1, changed_at = :now,
            due_at = statement_timestamp() + CAST(:silent_after AS interval)
        FROM taken WHERE message.message_id = taken.message_id
        RETURNING message.*, taken.waited_since
    )
    SELECT sending.message_id, key, sending.feedback_id, purpose, recipient, words, attempts,
           CASE WHEN recipient = 'resident' THEN resident.sealed_contact END AS sealed_contact
    FROM sending LEFT JOIN notifier.case_state AS known USING (feedback_id)
    LEFT JOIN notifier.resident ON resident.feedback_id = coalesce(known.part_of, sending.feedback_id)
    ORDER BY waited_since
    """
)
_SILENT = text(
    "SELECT message_id FROM notifier.message WHERE state = 'sending' AND due_at < statement_timestamp() "
    "LIMIT 1000 FOR UPDATE SKIP LOCKED"
)
_SETTLE = text(
    """
    UPDATE notifier.message SET state = :state, changed_at = :now
    WHERE message_id = ANY(CAST(:ids AS uuid[])) AND state = 'sending'
    RETURNING message_id, feedback_id, purpose, recipient
    """
)
_PUT_OFF = text(
    """
    UPDATE notifier.message SET state = 'queued', attempts = :attempts,
        due_at = statement_timestamp() + CAST(:pause AS interval)
    WHERE message_id = :message_id AND state = 'sending'
    """
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
            "begins_late",
        )  # fmt: skip
        changed = await self._session.execute(_ARM, _columns(timers, names))
        return {event.feedback_id for event in placed} - set(changed.scalars())

    async def lock_cases(self, feedback_ids: Collection[UUID]) -> None:
        """Lock these cases until the transaction ends, so that the streams take turns at each of them."""
        await self._session.execute(_LOCK_CASES, {"ids": list(feedback_ids)})

    async def lock_with_reports(self, feedback_ids: Collection[UUID]) -> None:
        """Lock these cases, and the reports of those that are known as parts.

        All at once, so that nobody waits in a circle; only a part that became known meanwhile takes a second statement.
        """
        locked: set[UUID] = set()
        wanted = set(feedback_ids)
        while not wanted <= locked:
            wanted |= set((await self._session.execute(_REPORTS_OF, {"ids": list(wanted)})).scalars())
            await self.lock_cases(wanted)
            locked = set(wanted)
            wanted |= set((await self._session.execute(_REPORTS_OF, {"ids": list(wanted)})).scalars())

    async def note_places(self, placed: Sequence[FeedbackPlaced]) -> None:
        """Keep what these placements say of unit, office and question where no newer one is known."""
        names = ("feedback_id", "part_of", "generation", "unit_code", "office", "question")
        await self._session.execute(_NOTE_PLACES, _columns(placed, names))

    async def parts_of(self, feedback_ids: Collection[UUID]) -> Sequence[UUID]:
        """Find the parts of these reports."""
        return list((await self._session.execute(_PARTS_OF, {"ids": list(feedback_ids)})).scalars())

    async def learn(self, steps: Sequence[CaseStep]) -> None:
        """Lock these cases and keep the steps that are newer than what is known; at most one of each case."""
        names = (
            "feedback_id", "version", "state", "unit_code", "changed_at", "accept_runs", "resolve_runs",
        )  # fmt: skip
        await self._session.execute(_LEARN, _columns(steps, names))

    async def set_clocks(self, feedback_ids: Collection[UUID]) -> None:
        """Make the clocks of these cases run or stand, for the unit that has it, as the newest known step says."""
        await self._session.execute(_SET_CLOCKS, {"ids": list(feedback_ids)})

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
            names = ("feedback_id", "stage", "next_level", "next_due", "begins_late")
            await self._session.execute(_ADVANCE, _columns(timers, names))

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

    async def hear_of(self, reachable: Mapping[UUID, bool]) -> None:
        """Lock these cases and keep whether their residents left a contact."""
        await self._session.execute(_HEAR_OF, {"feedback_id": list(reachable), "reachable": list(reachable.values())})

    async def add_residents(self, residents: Sequence[Resident]) -> None:
        """Remember how residents may be reached."""
        if residents:
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
        return [Placed(**row) for row in rows.mappings()]

    async def hold_words(self, words: Sequence[PublicWords]) -> None:
        """Hold words for residents of whom it is not known yet whether they left a contact; drop the others."""
        if words:
            await self._session.execute(
                _HOLD_WORDS,
                {
                    **_columns(words, ("feedback_id", "version", "words")),
                    "purpose": [said.purpose.value for said in words],
                },
            )

    async def take_held_words(self, feedback_ids: Collection[UUID]) -> Sequence[PublicWords]:
        """Return the words that were held, and hold them no longer."""
        rows = await self._session.execute(_TAKE_HELD_WORDS, {"ids": list(feedback_ids)})
        return [PublicWords(row.feedback_id, row.version, MessagePurpose(row.purpose), row.words) for row in rows]

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

    async def take_queued(self, *, limit: int, silent_after: timedelta) -> Sequence[Delivery]:
        """Mark queued messages as being sent, count the attempt and return them; real time."""
        rows = await self._session.execute(
            _TAKE_QUEUED, {"now": await self.now(), "limit": limit, "silent_after": silent_after}
        )
        return [
            Delivery(
                Message(r.key, r.message_id, r.feedback_id, MessagePurpose(r.purpose), r.recipient, r.words),
                attempts=r.attempts,
                sealed_contact=r.sealed_contact,
            )
            for r in rows
        ]

    async def silent(self) -> Sequence[UUID]:
        """Lock messages whose sending has not ended for longer than it was given, in real time."""
        return list((await self._session.execute(_SILENT)).scalars())

    async def settle(
        self, message_ids: Sequence[UUID], outcome: MessageOutcome, *, detail: str | None
    ) -> Sequence[MessageSettled]:
        """Record how the sending of messages ended and return the events that say so; settled ones stay as they are."""
        if not message_ids:
            return []
        now = await self.now()
        rows = await self._session.execute(_SETTLE, {"ids": list(message_ids), "state": outcome.value, "now": now})
        return [
            MessageSettled(
                event_id=derived_event_id(row.message_id, MessageSettled.topic),
                feedback_id=row.feedback_id,
                occurred_at=now,
                message_id=row.message_id,
                purpose=MessagePurpose(row.purpose),
                recipient=row.recipient,
                outcome=outcome,
                detail=detail,
            )
            for row in rows
        ]

    async def put_off(self, message_id: UUID, *, pause: timedelta, attempts: int) -> None:
        """Queue a message that is being sent once more, after a pause in real time."""
        await self._session.execute(_PUT_OFF, {"message_id": message_id, "pause": pause, "attempts": attempts})

    async def say(self, events: Sequence[DeadlinePassed | MessageSettled]) -> None:
        """Put events into the outbox."""
        await OUTBOX.add(self._session, [entry_of(event) for event in events])


def _columns(items: Sequence[object], names: Sequence[str]) -> dict[str, list[Any]]:
    return {name: [getattr(item, name) for item in items] for name in names}
