"""The queries of intake: batched, in the transaction of their unit of work, timed by the database's clock."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.domain.contact import Contact, masked
from services.intake.domain.second_word import PLACE, SecondWord
from services.intake.domain.submission import Feedback, Place, Submission
from services.intake.domain.tracking import CaseStep, Placement, Tracking
from services.intake.usecases.ports import Kept, Traced, Unconfirmed
from shared.db.outbox import Outbox, entry_of

_ADD_FEEDBACK = text("""
    WITH added AS (
        INSERT INTO intake.feedback (
            feedback_id, idempotency_key, fingerprint, tracking_code, channel, text, lat, lon, unit_code, place_text,
            language, received_at, sent_at, sealed_contact)
        SELECT * FROM unnest(
            CAST(:feedback_ids AS uuid[]), CAST(:keys AS text[]), CAST(:fingerprints AS bytea[]),
            CAST(:codes AS text[]), CAST(:channels AS text[]), CAST(:texts AS text[]),
            CAST(:lats AS float8[]), CAST(:lons AS float8[]),
            CAST(:unit_codes AS text[]), CAST(:place_texts AS text[]), CAST(:languages AS text[]),
            CAST(:received_ats AS timestamptz[]), CAST(:sent_ats AS timestamptz[]), CAST(:sealed_contacts AS text[]))
        ON CONFLICT DO NOTHING
        RETURNING feedback_id
    ), followed AS (
        INSERT INTO intake.progress (feedback_id, next_announcement_at)
        SELECT feedback_id, clock_timestamp() + CAST(:announce_after AS interval) FROM added
    )
    SELECT feedback_id FROM added
""")
_ADD_CONTACTS = text("""
    INSERT INTO intake.contact (feedback_id, phone, email, name, masked)
    SELECT * FROM unnest(CAST(:feedback_ids AS uuid[]), CAST(:phones AS text[]), CAST(:emails AS text[]),
                         CAST(:names AS text[]), CAST(:maskeds AS text[]))
""")
_KEPT_UNDER = text("""
    SELECT f.idempotency_key, f.feedback_id, f.tracking_code, f.received_at, f.fingerprint,
           c.feedback_id IS NOT NULL AS has_contact, c.phone, c.email, c.name
    FROM intake.feedback f LEFT JOIN intake.contact c USING (feedback_id)
    WHERE f.idempotency_key = ANY(CAST(:keys AS text[]))
""")
_TRACK = text("""
    SELECT f.feedback_id, f.tracking_code, f.text, f.channel, f.lat, f.lon, f.unit_code, f.place_text, f.received_at,
           p.generation, p.kind, p.subject, p.urgency, p.needs_review, p.unit_code AS placed_unit_code, p.office,
           p.placed_by, p.explanation, p.approximate, p.accept_by, p.resolve_by, p.placed_at, p.reason, p.question,
           p.asked_in, p.alternatives, p.part_of,
           CAST(extract(epoch FROM p.noted_at - f.stored_at) AS float8) AS after_seconds
    FROM intake.feedback f LEFT JOIN intake.placement p USING (feedback_id)
    WHERE f.tracking_code = ANY(CAST(:codes AS text[]))
""")
# In the order in which they were first heard of: a part keeps its number.
_PARTS = text("""
    SELECT p.feedback_id, p.generation, p.kind, p.subject, p.urgency, p.needs_review, p.unit_code AS placed_unit_code,
           p.office, p.placed_by, p.explanation, p.approximate, p.accept_by, p.resolve_by, p.placed_at, p.reason,
           p.question, p.asked_in, p.alternatives, p.part_of,
           CAST(extract(epoch FROM p.noted_at - f.stored_at) AS float8) AS after_seconds
    FROM intake.placement p JOIN intake.feedback f ON f.feedback_id = p.part_of
    WHERE p.part_of = ANY(CAST(:feedback_ids AS uuid[])) ORDER BY p.noted_at, p.feedback_id
""")
_STEPS = text("""
    SELECT feedback_id, version, action, state, unit_code, office, public_reply, closing_reason, occurred_at
    FROM intake.case_step WHERE feedback_id = ANY(CAST(:feedback_ids AS uuid[])) ORDER BY feedback_id, version
""")
_SECOND_WORDS = text("""
    SELECT feedback_id, turn, kind FROM intake.second_word
    WHERE feedback_id = ANY(CAST(:feedback_ids AS uuid[]))
""")
_NOTE_PLACEMENTS = text("""
    INSERT INTO intake.placement AS known (
        feedback_id, generation, kind, subject, urgency, needs_review, unit_code, office, placed_by, explanation,
        approximate, accept_by, resolve_by, placed_at, reason, question, asked_in, part_of, alternatives)
    SELECT feedback_id, generation, kind, subject, urgency, needs_review, unit_code, office, placed_by, explanation,
        approximate, accept_by, resolve_by, placed_at, reason, question, generation, part_of,
        string_to_array(alternatives, ' ')
    FROM unnest(
        CAST(:feedback_ids AS uuid[]), CAST(:generations AS int[]), CAST(:kinds AS text[]), CAST(:subjects AS text[]),
        CAST(:urgencies AS text[]), CAST(:needs_reviews AS bool[]), CAST(:unit_codes AS text[]),
        CAST(:offices AS text[]), CAST(:placed_bys AS text[]), CAST(:explanations AS text[]),
        CAST(:approximates AS bool[]), CAST(:accept_bys AS timestamptz[]),
        CAST(:resolve_bys AS timestamptz[]), CAST(:placed_ats AS timestamptz[]), CAST(:reasons AS text[]),
        CAST(:questions AS text[]), CAST(:parts_of AS uuid[]), CAST(:alternatives AS text[])) AS given (
            feedback_id, generation, kind, subject, urgency, needs_review, unit_code, office, placed_by, explanation,
            approximate, accept_by, resolve_by, placed_at, reason, question, part_of, alternatives)
    ON CONFLICT (feedback_id) DO UPDATE SET
        generation = excluded.generation, kind = excluded.kind, subject = excluded.subject, urgency = excluded.urgency,
        needs_review = excluded.needs_review, unit_code = excluded.unit_code, office = excluded.office,
        placed_by = excluded.placed_by, explanation = excluded.explanation, approximate = excluded.approximate,
        accept_by = excluded.accept_by, resolve_by = excluded.resolve_by, placed_at = excluded.placed_at,
        reason = excluded.reason, question = excluded.question, alternatives = excluded.alternatives,
        asked_in = CASE WHEN known.question IS NOT DISTINCT FROM excluded.question THEN known.asked_in
                        ELSE excluded.generation END
    WHERE known.generation < excluded.generation
""")
_NOTE_STEPS = text("""
    INSERT INTO intake.case_step (
        feedback_id, version, action, state, unit_code, office, public_reply, closing_reason, occurred_at)
    SELECT * FROM unnest(
        CAST(:feedback_ids AS uuid[]), CAST(:versions AS int[]), CAST(:actions AS text[]), CAST(:states AS text[]),
        CAST(:unit_codes AS text[]), CAST(:offices AS text[]), CAST(:public_replies AS text[]),
        CAST(:closing_reasons AS text[]), CAST(:occurred_ats AS timestamptz[]))
    ON CONFLICT DO NOTHING
""")
_NOTE_PROGRESS = text("""
    UPDATE intake.progress known
    SET case_version = step.version, case_state = step.state, next_announcement_at = NULL
    FROM unnest(CAST(:feedback_ids AS uuid[]), CAST(:versions AS int[]), CAST(:states AS text[]))
         AS step (feedback_id, version, state)
    WHERE known.feedback_id = step.feedback_id AND known.case_version < step.version
""")
_ADD_SECOND_WORD = text("""
    INSERT INTO intake.second_word (feedback_id, turn, kind, text, rating, said_at, lat, lon, unit_code, place_text)
    VALUES (:feedback_id, :turn, :kind, :text, :rating, :said_at, :lat, :lon, :unit_code, :place_text)
    ON CONFLICT DO NOTHING RETURNING turn
""")
_SECOND_WORD = text("""
    SELECT kind, text, rating, lat, lon, unit_code, place_text FROM intake.second_word
    WHERE feedback_id = :feedback_id AND turn = :turn AND kind = :kind
""")
_OUTBOX_WAITS = text("""
    SELECT coalesce((SELECT created_at FROM intake.outbox ORDER BY id LIMIT 1)
                    < clock_timestamp() - CAST(:longer_than AS interval), false)
""")
_FEEDBACK_COLUMNS = """
    f.feedback_id, f.idempotency_key, f.tracking_code, f.channel, f.text, f.lat, f.lon, f.unit_code, f.place_text,
    f.language, f.received_at, f.sent_at, f.sealed_contact
"""
_LOCK_UNCONFIRMED = text(f"""
    SELECT {_FEEDBACK_COLUMNS}, p.announcements
    FROM intake.progress p JOIN intake.feedback f USING (feedback_id)
    WHERE p.next_announcement_at <= clock_timestamp()
    ORDER BY p.next_announcement_at LIMIT :limit FOR UPDATE OF p SKIP LOCKED
""")  # noqa: S608 the columns are a constant
_POSTPONE = text("""
    UPDATE intake.progress p
    SET announcements = p.announcements + 1, next_announcement_at = clock_timestamp() + due.wait
    FROM unnest(CAST(:feedback_ids AS uuid[]), CAST(:waits AS interval[])) AS due (feedback_id, wait)
    WHERE p.feedback_id = due.feedback_id
""")
_LOCK_CLUSTER = text("SELECT cluster_id FROM intake.broker FOR UPDATE")
_SET_CLUSTER = text("""
    INSERT INTO intake.broker AS known (cluster_id, told_up_to) VALUES (:cluster_id, CAST(:told_up_to AS uuid))
    ON CONFLICT (only_row) DO UPDATE
    SET cluster_id = excluded.cluster_id, told_up_to = excluded.told_up_to, since = clock_timestamp()
    WHERE known.cluster_id <> excluded.cluster_id
""")
_LOCK_TELLING = text("SELECT told_up_to FROM intake.broker WHERE told_up_to IS NOT NULL FOR UPDATE SKIP LOCKED")
_NEXT_TO_TELL = text(f"""
    SELECT {_FEEDBACK_COLUMNS}
    FROM intake.progress p JOIN intake.feedback f USING (feedback_id)
    WHERE p.feedback_id > :told_up_to AND (p.case_state IS DISTINCT FROM 'closed' OR EXISTS (
        SELECT FROM intake.placement part WHERE part.part_of = p.feedback_id AND (
            SELECT step.state FROM intake.case_step step
            WHERE step.feedback_id = part.feedback_id ORDER BY step.version DESC LIMIT 1) IS DISTINCT FROM 'closed'))
    ORDER BY p.feedback_id LIMIT :limit
""")  # noqa: S608 the columns are a constant
_TOLD_UP_TO = text("UPDATE intake.broker SET told_up_to = :feedback_id")
_BEFORE_ALL = UUID(int=0)


class SqlStore:
    """What intake keeps, seen from inside one transaction (the port `IntakeStore`)."""

    def __init__(self, session: AsyncSession, outbox: Outbox) -> None:
        """Work in the transaction of `session`."""
        self._session = session
        self._outbox = outbox

    async def add_feedback(self, feedback: Sequence[tuple[Feedback, bytes]], *, announce_after: timedelta) -> set[UUID]:
        """Insert what is new with one statement; return the ids inserted."""
        ones = [one for one, _ in feedback]
        said = [one.submission for one in ones]
        rows = await self._session.execute(
            _ADD_FEEDBACK,
            {
                "feedback_ids": [one.feedback_id for one in ones],
                "keys": [one.idempotency_key for one in said],
                "fingerprints": [fingerprint for _, fingerprint in feedback],
                "codes": [one.tracking_code for one in ones],
                "channels": [one.channel for one in said],
                "texts": [one.text for one in said],
                "lats": [one.place.lat for one in said],
                "lons": [one.place.lon for one in said],
                "unit_codes": [one.place.unit_code for one in said],
                "place_texts": [one.place.text for one in said],
                "languages": [one.language for one in said],
                "received_ats": [one.received_at for one in ones],
                "sent_ats": [one.sent_at for one in said],
                "sealed_contacts": [one.sealed_contact for one in ones],
                "announce_after": announce_after,
            },
        )
        return set(rows.scalars())

    async def add_contacts(self, contacts: Mapping[UUID, Contact]) -> None:
        """Insert contacts, with what staff may see of them."""
        await self._session.execute(
            _ADD_CONTACTS,
            {
                "feedback_ids": list(contacts),
                "phones": [contact.phone for contact in contacts.values()],
                "emails": [contact.email for contact in contacts.values()],
                "names": [contact.name for contact in contacts.values()],
                "maskeds": [masked(contact) for contact in contacts.values()],
            },
        )

    async def kept_under(self, idempotency_keys: Sequence[str]) -> Mapping[str, Kept]:
        """Select by key, with the contact where it is still kept."""
        rows = await self._session.execute(_KEPT_UNDER, {"keys": list(idempotency_keys)})
        return {
            row.idempotency_key: Kept(
                feedback_id=row.feedback_id,
                tracking_code=row.tracking_code,
                received_at=row.received_at,
                fingerprint=bytes(row.fingerprint),
                contact=Contact(row.phone, row.email, row.name) if row.has_contact else None,
            )
            for row in rows
        }

    async def add_events(self, events: Sequence[Traced]) -> None:
        """Insert into the outbox, in the order given."""
        await self._outbox.add(
            self._session,
            [entry_of(traced.event, traceparent=traced.trace) for traced in events],
        )

    async def track(self, tracking_codes: Sequence[str]) -> Sequence[Tracking]:
        """Select feedback, placements, parts, steps and second words: four queries, however many codes."""
        rows = (await self._session.execute(_TRACK, {"codes": list(tracking_codes)})).all()
        if not rows:
            return []
        parts = (await self._session.execute(_PARTS, {"feedback_ids": [row.feedback_id for row in rows]})).all()
        ids = [row.feedback_id for row in (*rows, *parts)]
        steps: dict[UUID, list[CaseStep]] = {}
        answers: dict[UUID, set[tuple[int, str]]] = {}
        for row in await self._session.execute(_STEPS, {"feedback_ids": ids}):
            steps.setdefault(row.feedback_id, []).append(CaseStep(*row))
        for row in await self._session.execute(_SECOND_WORDS, {"feedback_ids": ids}):
            answers.setdefault(row.feedback_id, set()).add((row.turn, row.kind))
        found = [
            Tracking(
                feedback_id=row.feedback_id,
                tracking_code=row.tracking_code,
                text=row.text,
                channel=row.channel,
                place=Place(row.lat, row.lon, row.unit_code, row.place_text),
                received_at=row.received_at,
                placement=_placement(row),
                steps=tuple(steps.get(row.feedback_id, ())),
                answers_given=frozenset(answers.get(row.feedback_id, ())),
            )
            for row in rows
        ]
        return [
            replace(
                tracking,
                parts=tuple(
                    replace(
                        tracking,
                        feedback_id=part.feedback_id,
                        placement=_placement(part),
                        steps=tuple(steps.get(part.feedback_id, ())),
                        answers_given=frozenset(answers.get(part.feedback_id, ())),
                    )
                    for part in parts
                    if part.part_of == tracking.feedback_id
                ),
            )
            for tracking in found
        ]

    async def note_placements(self, placements: Sequence[Placement]) -> None:
        """Insert, or replace an older generation; the moment of the first placement stays."""
        placements = sorted(placements, key=lambda placement: placement.feedback_id)
        await self._session.execute(
            _NOTE_PLACEMENTS,
            {
                "feedback_ids": [one.feedback_id for one in placements],
                "generations": [one.generation for one in placements],
                "kinds": [one.kind for one in placements],
                "subjects": [one.subject for one in placements],
                "urgencies": [one.urgency for one in placements],
                "needs_reviews": [one.needs_review for one in placements],
                "unit_codes": [one.unit_code for one in placements],
                "offices": [one.office for one in placements],
                "placed_bys": [one.placed_by for one in placements],
                "explanations": [one.explanation for one in placements],
                "approximates": [one.approximate for one in placements],
                "accept_bys": [one.accept_by for one in placements],
                "resolve_bys": [one.resolve_by for one in placements],
                "placed_ats": [one.placed_at for one in placements],
                "reasons": [one.reason for one in placements],
                "questions": [one.question for one in placements],
                "parts_of": [one.part_of for one in placements],
                "alternatives": [" ".join(one.alternatives) for one in placements],
            },
        )

    async def note_steps(self, steps: Sequence[CaseStep]) -> None:
        """Insert steps that are not known yet."""
        await self._session.execute(
            _NOTE_STEPS,
            {
                "feedback_ids": [step.feedback_id for step in steps],
                "versions": [step.version for step in steps],
                "actions": [step.action for step in steps],
                "states": [step.state for step in steps],
                "unit_codes": [step.unit_code for step in steps],
                "offices": [step.office for step in steps],
                "public_replies": [step.public_reply for step in steps],
                "closing_reasons": [step.closing_reason for step in steps],
                "occurred_ats": [step.occurred_at for step in steps],
            },
        )

    async def note_progress(self, latest: Sequence[CaseStep]) -> None:
        """Raise versions, never lower them, and end the announcing."""
        latest = sorted(latest, key=lambda step: step.feedback_id)
        await self._session.execute(
            _NOTE_PROGRESS,
            {
                "feedback_ids": [step.feedback_id for step in latest],
                "versions": [step.version for step in latest],
                "states": [step.state for step in latest],
            },
        )

    async def add_second_word(self, feedback_id: UUID, turn: int, word: SecondWord, *, at: datetime) -> bool:
        """Insert a second word; False when one was there."""
        place = word.place or Place()
        added = await self._session.execute(
            _ADD_SECOND_WORD,
            {
                "feedback_id": feedback_id,
                "turn": turn,
                "kind": word.kind,
                "text": word.text,
                "rating": word.rating,
                "said_at": at,
                "lat": place.lat,
                "lon": place.lon,
                "unit_code": place.unit_code,
                "place_text": place.text,
            },
        )
        return added.scalar_one_or_none() is not None

    async def second_word(self, feedback_id: UUID, turn: int, kind: str) -> SecondWord:
        """Select a second word by its key."""
        row = (
            await self._session.execute(_SECOND_WORD, {"feedback_id": feedback_id, "turn": turn, "kind": kind})
        ).one()
        place = Place(row.lat, row.lon, row.unit_code, row.place_text)
        return SecondWord(row.kind, row.text, row.rating, place if row.kind == PLACE else None)

    async def outbox_waits(self, *, longer_than: timedelta) -> bool:
        """Compare the age of the oldest outbox row."""
        return bool((await self._session.execute(_OUTBOX_WAITS, {"longer_than": longer_than})).scalar_one())

    async def lock_unconfirmed(self, *, limit: int) -> Sequence[Unconfirmed]:
        """Select what is due, skipping rows that another sweeper holds."""
        rows = await self._session.execute(_LOCK_UNCONFIRMED, {"limit": limit})
        return [Unconfirmed(_feedback(row), row.announcements) for row in rows]

    async def postpone(self, waits: Mapping[UUID, timedelta]) -> None:
        """Set the next time for each."""
        await self._session.execute(_POSTPONE, {"feedback_ids": list(waits), "waits": list(waits.values())})

    async def lock_cluster(self) -> str | None:
        """Select the one row FOR UPDATE."""
        cluster_id: str | None = (await self._session.execute(_LOCK_CLUSTER)).scalar_one_or_none()
        return cluster_id

    async def set_cluster(self, cluster_id: str, *, tell_anew: bool) -> None:
        """Write the one row."""
        await self._session.execute(
            _SET_CLUSTER, {"cluster_id": cluster_id, "told_up_to": _BEFORE_ALL if tell_anew else None}
        )

    async def lock_next_to_tell(self, *, limit: int) -> Sequence[Feedback] | None:
        """Select what comes after the last one told, holding the one row of the broker."""
        told_up_to = (await self._session.execute(_LOCK_TELLING)).scalar_one_or_none()
        if told_up_to is None:
            return None
        rows = await self._session.execute(_NEXT_TO_TELL, {"told_up_to": told_up_to, "limit": limit})
        return [_feedback(row) for row in rows]

    async def told_up_to(self, feedback_id: UUID | None) -> None:
        """Move the mark."""
        await self._session.execute(_TOLD_UP_TO, {"feedback_id": feedback_id})


def _placement(row: Row[Any]) -> Placement | None:
    if row.generation is None:
        return None
    return Placement(
        feedback_id=row.feedback_id,
        generation=row.generation,
        kind=row.kind,
        subject=row.subject,
        urgency=row.urgency,
        needs_review=row.needs_review,
        unit_code=row.placed_unit_code,
        office=row.office,
        placed_by=row.placed_by,
        explanation=row.explanation,
        approximate=row.approximate,
        accept_by=row.accept_by,
        resolve_by=row.resolve_by,
        placed_at=row.placed_at,
        reason=row.reason,
        question=row.question,
        asked_in=row.asked_in,
        alternatives=tuple(row.alternatives),
        part_of=row.part_of,
        after_seconds=row.after_seconds,
    )


def _feedback(row: Row[Any]) -> Feedback:
    """Rebuild a feedback as it was accepted; its contact stays where it is, only the sealed one is needed."""
    return Feedback(
        feedback_id=row.feedback_id,
        tracking_code=row.tracking_code,
        submission=Submission(
            idempotency_key=row.idempotency_key,
            text=row.text,
            channel=row.channel,
            language=row.language,
            place=Place(row.lat, row.lon, row.unit_code, row.place_text),
            sent_at=row.sent_at,
        ),
        received_at=row.received_at,
        sealed_contact=row.sealed_contact,
    )
