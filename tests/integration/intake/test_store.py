"""What intake keeps, in a real PostgreSQL."""

import asyncio
import random
import secrets
from datetime import timedelta
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, text
from uuid_utils.compat import uuid7

from services.intake.adapters.group_commit import GroupCommit
from services.intake.adapters.store import SqlStore
from services.intake.adapters.tables import METADATA, SCHEMA
from services.intake.domain.contact import Contact
from services.intake.domain.second_word import ANSWER, PLACE, RATING, SecondWord
from services.intake.domain.submission import Place
from services.intake.main import MIGRATIONS
from services.intake.usecases.announce_again import AnnounceAgain
from services.intake.usecases.answer_resident import AnswerResident, SaidOtherwiseError
from services.intake.usecases.note_case_steps import NoteCaseSteps
from services.intake.usecases.note_placements import NotePlacements
from services.intake.usecases.notice_cluster import NoticeCluster
from services.intake.usecases.submit_feedback import KeyTaken, SubmitFeedback
from services.intake.usecases.tell_anew import TellAnew
from services.intake.usecases.track_feedback import TrackFeedback
from shared.clock import system_clock
from shared.db.faults import is_surroundings_fault
from shared.db.migrations import upgrade
from shared.db.outbox import Outbox
from shared.db.unit_of_work import unit_of_work
from shared.events import FeedbackSubmitted, PlaceGiven, ResidentAnswered
from shared.events.placement import UnitScore
from tests.support.intake import case_step, placed, submission

SOON = timedelta(milliseconds=1)
LATER = timedelta(hours=1)


class Intake:
    """The use cases over a real database."""

    def __init__(self, engine):
        self.engine = engine
        self.outbox = Outbox(SCHEMA)
        self.work = unit_of_work(engine, lambda session: SqlStore(session, self.outbox))
        self.track = TrackFeedback(self.work)
        self.note_steps = NoteCaseSteps(self.work)
        self.note_placements = NotePlacements(self.work)
        self.answer = AnswerResident(self.work, system_clock, lambda: None)

    def submit(self, *, announce_after=LATER, random_bits=secrets.randbits):
        return SubmitFeedback(
            open_unit_of_work=self.work,
            clock=system_clock,
            new_id=uuid7,
            random_bits=random_bits,
            seal=lambda contact: f"sealed {len(contact.phone or '')}",
            announce_after=announce_after,
            wake_relay=lambda: None,
            count_accepted=lambda _: None,
        )

    def announce(self, *, first_wait=LATER, limit=100):
        return AnnounceAgain(self.work, first_wait, limit, lambda: None, lambda _: None)

    def tell_anew(self, *, limit=100):
        return TellAnew(self.work, limit, lambda: None, lambda _: None)

    async def said(self):
        """Read the bodies in the outbox, oldest first."""
        async with self.engine.begin() as connection:
            return [record.entry.body for record in await self.outbox.oldest(connection, limit=10_000)]

    async def forget_said(self):
        async with self.engine.begin() as connection:
            await connection.execute(text("DELETE FROM intake.outbox"))

    async def count(self, table):
        async with self.engine.connect() as connection:
            return (
                await connection.execute(select(func.count()).select_from(METADATA.tables[f"{SCHEMA}.{table}"]))
            ).scalar_one()


@pytest.fixture
def intake(engine):
    return Intake(engine)


async def test_the_migrations_make_the_tables_the_code_knows(intake):
    def differences(connection):
        options = {
            "include_schemas": True,
            "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
            "version_table_schema": SCHEMA,
            "compare_type": True,
        }
        return compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)

    async with intake.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_second_migration_changes_nothing(intake, database_url):
    await intake.submit()([submission()])
    await asyncio.to_thread(upgrade, MIGRATIONS, database_url)
    assert await intake.count("feedback") == 1


async def test_feedback_and_its_event_are_kept_together(intake):
    said = submission(place=Place(12.5, 108.1, "24133", "gần chợ"), contact=Contact("0912345678", name="Lan"))
    receipt = (await intake.submit()([said]))[0]
    event = FeedbackSubmitted.from_bytes((await intake.said())[0])
    assert (event.feedback_id, event.tracking_code, event.text) == (
        receipt.feedback_id,
        receipt.tracking_code,
        said.text,
    )
    assert event.sealed_contact == "sealed 10"
    assert await intake.count("contact") == 1
    tracking = (await intake.track([receipt.tracking_code]))[0]
    assert (tracking.text, tracking.place, tracking.state) == (said.text, said.place, "received")


async def test_a_failing_outbox_takes_the_feedback_back(intake):
    async with intake.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE intake.outbox RENAME TO elsewhere"))
    with pytest.raises(Exception, match="outbox") as failed:
        await intake.submit()([submission()])
    assert is_surroundings_fault(failed.value)
    assert await intake.count("feedback") == 0


async def test_a_repeat_years_later_gets_the_same_receipt(intake):
    said = submission(contact=Contact("0912345678", "lan@example.vn", "Lan"))
    first = (await intake.submit()([said]))[0]
    again = (await intake.submit()([said]))[0]
    assert (again.tracking_code, again.received_at, again.repeated) == (first.tracking_code, first.received_at, True)
    other = submission(idempotency_key=said.idempotency_key, contact=None)
    assert await intake.submit()([other]) == [KeyTaken()]
    assert len(await intake.said()) == 1


async def test_the_same_key_many_times_at_once_is_one_feedback(intake):
    """Fault 3: from two processes, each with its own group commit."""
    processes = [GroupCommit(intake.submit(), is_surroundings_fault=is_surroundings_fault) for _ in range(2)]
    said = [submission(idempotency_key=f"key {number}") for number in range(20)]
    calls = [(process, one) for one in said for process in processes for _ in range(3)]
    random.Random(7).shuffle(calls)
    receipts = await asyncio.gather(*[process(one) for process, one in calls])
    assert len({receipt.tracking_code for receipt in receipts}) == 20
    assert sum(not receipt.repeated for receipt in receipts) == 20
    assert await intake.count("feedback") == await intake.count("progress") == len(await intake.said()) == 20


async def test_a_tracking_code_that_is_taken_is_drawn_again(intake):
    numbers = iter([5, 5, 6, 5, 7])
    submit = intake.submit(random_bits=lambda _: next(numbers))
    first = await submit([submission("Một")])
    group = await submit([submission("Hai"), submission("Ba")])
    assert len({receipt.tracking_code for receipt in [*first, *group]}) == 3
    assert len(await intake.said()) == 3


async def test_every_step_in_any_order_gives_one_state(intake):
    """Fault 21, and the placement may come last."""
    receipt = (await intake.submit()([submission()]))[0]
    steps = [case_step(receipt.feedback_id, version) for version in (1, 2, 3)]
    for step in (steps[2], steps[0], steps[1], steps[0]):
        await intake.note_steps([step])
    await intake.note_placements([placed(receipt.feedback_id)])
    tracking = (await intake.track([receipt.tracking_code]))[0]
    assert (tracking.state, [step.version for step in tracking.steps]) == ("in_progress", [1, 2, 3])
    assert tracking.placement.after_seconds >= 0
    async with intake.engine.connect() as connection:
        row = (await connection.execute(text("SELECT case_version, case_state FROM intake.progress"))).one()
    assert tuple(row) == (3, "in_progress")


async def test_a_whole_batch_with_repeats_is_noted_at_once(intake):
    receipts = await intake.submit()([submission(str(number)) for number in range(50)])
    steps = [case_step(receipt.feedback_id, version) for receipt in receipts for version in (2, 1, 2)]
    random.Random(3).shuffle(steps)
    await intake.note_steps(steps)
    await intake.note_steps(steps)
    found = await intake.track([receipt.tracking_code for receipt in receipts])
    assert {(tracking.state, len(tracking.steps)) for tracking in found} == {("accepted", 2)}


async def test_a_newer_placement_wins_whenever_it_comes(intake):
    receipt = (await intake.submit()([submission()]))[0]
    new = placed(receipt.feedback_id, generation=2, unit_code="24175")
    for event in (placed(receipt.feedback_id), new, placed(receipt.feedback_id)):
        await intake.note_placements([event])
    assert (await intake.track([receipt.tracking_code]))[0].unit_code == "24175"


async def test_a_question_about_the_place_is_kept_with_its_candidates(intake):
    receipt = (await intake.submit()([submission()]))[0]
    choices = [UnitScore(unit_code=code, confidence=0.4) for code in ("22261", "24561")]
    nowhere = placed(receipt.feedback_id, unit_code=None, question="Ở đâu?", alternatives=choices)
    await intake.note_placements([nowhere, placed(uuid4()), placed(uuid4(), unit_code=None, question="Ở đâu?")])
    tracking = (await intake.track([receipt.tracking_code]))[0]
    assert (tracking.place_question, tracking.placement.alternatives) == ("Ở đâu?", ("22261", "24561"))
    found = placed(receipt.feedback_id, generation=2, reason="answered", unit_code="22261")
    await intake.note_placements([found])
    tracking = (await intake.track([receipt.tracking_code]))[0]
    assert (tracking.place_question, tracking.placement.alternatives) == (None, ())
    assert (tracking.unit_code, tracking.placement.reason) == ("22261", "answered")


async def test_a_place_said_by_many_at_once_is_one_and_a_second_question_another(intake):
    receipt = (await intake.submit()([submission("Hố ở chợ")]))[0]
    await intake.note_placements([placed(receipt.feedback_id, unit_code=None, question="Ở đâu?")])
    await intake.forget_said()
    place = Place(12.68, 108.05, "24133", "gần chợ")
    words = [SecondWord(PLACE, place=place)] * 3 + [SecondWord(PLACE, place=Place(text="chùa"))]
    outcomes = await asyncio.gather(
        *[intake.answer(receipt.tracking_code, word) for word in words], return_exceptions=True
    )
    assert sum(outcome is True for outcome in outcomes) == 1
    assert any(isinstance(outcome, SaidOtherwiseError) for outcome in outcomes)
    assert len(await intake.said()) == 1
    waiting = placed(receipt.feedback_id, generation=2, reason="waiting", unit_code=None, question="Ở đâu?")
    await intake.note_placements([waiting])
    assert (await intake.track([receipt.tracking_code]))[0].placement.asked_in == 1
    with pytest.raises(SaidOtherwiseError):
        await intake.answer(receipt.tracking_code, SecondWord(PLACE, place=Place(text="đình")))
    again = placed(receipt.feedback_id, generation=3, reason="answered", unit_code=None, question="Chợ nào?")
    await intake.note_placements([again])
    assert await intake.answer(receipt.tracking_code, words[0]) is True
    assert await intake.answer(receipt.tracking_code, words[0]) is False
    told = [ResidentAnswered.from_bytes(body) for body in await intake.said()]
    assert len({event.event_id for event in told}) == 2
    assert told[1].place == PlaceGiven(pin={"lat": 12.68, "lon": 108.05}, unit_code="24133", text="gần chợ")
    assert told[1].report_text == "Hố ở chợ"


async def test_a_report_and_its_parts_are_followed_under_one_code(intake):
    mine, other = await intake.submit()([submission("Một"), submission("Hai")])
    parts = [uuid4(), uuid4()]
    await intake.note_steps([case_step(parts[0], 1)])
    await intake.note_placements([placed(parts[0], part_of=mine.feedback_id, office="commune:police")])
    await intake.note_placements([placed(one.feedback_id) for one in (mine, other)])
    await intake.note_placements(
        [placed(parts[1], part_of=mine.feedback_id), placed(parts[0], part_of=mine.feedback_id, generation=2)]
    )
    await intake.note_steps([case_step(parts[0], 4)])
    first, second = await intake.track([mine.tracking_code, other.tracking_code])
    assert [part.feedback_id for part in first.parts] == parts
    assert [part.state for part in first.all_parts] == ["placed", "resolved", "placed"]
    assert first.parts[0].placement.after_seconds >= 0
    assert second.parts == ()
    assert await intake.answer(mine.tracking_code, SecondWord(RATING, rating=2), parts[0]) is True
    first = (await intake.track([mine.tracking_code]))[0]
    assert first.parts[0].answers_given == {(4, RATING)}
    assert not first.answers_given


async def test_the_sweeper_takes_no_part_for_a_report(intake):
    receipt = (await intake.submit(announce_after=SOON)([submission()]))[0]
    part = uuid4()
    await intake.note_placements([placed(receipt.feedback_id), placed(part, part_of=receipt.feedback_id)])
    await intake.note_steps([case_step(part, 1)])
    assert await intake.announce()() == 1
    await intake.note_steps([case_step(receipt.feedback_id, 1)])
    assert await intake.count("progress") == 1


async def test_a_new_broker_hears_of_a_closed_report_while_a_part_of_it_is_open(intake):
    receipts = await intake.submit()([submission(str(number)) for number in range(3)])
    open_part, closed_part = uuid4(), uuid4()
    await intake.note_placements(
        [
            placed(open_part, part_of=receipts[1].feedback_id),
            placed(closed_part, part_of=receipts[2].feedback_id),
        ]
    )
    await intake.note_steps([case_step(receipt.feedback_id, 5) for receipt in receipts])
    await intake.note_steps([case_step(closed_part, 5), case_step(closed_part, 1), case_step(open_part, 1)])
    notice = NoticeCluster(intake.work)
    assert [await notice("one"), await notice("two")] == [False, True]
    await intake.forget_said()
    assert await intake.tell_anew()() == 1
    assert FeedbackSubmitted.from_bytes((await intake.said())[0]).feedback_id == receipts[1].feedback_id


async def test_facts_about_feedback_nobody_knows_harm_nothing(intake):
    await intake.note_steps([case_step(uuid4(), 1)])
    await intake.note_placements([placed(uuid4())])


async def test_two_answers_at_once_are_one(intake):
    receipt = (await intake.submit()([submission()]))[0]
    await intake.note_steps([case_step(receipt.feedback_id, 2, state="waiting_resident")])
    await intake.forget_said()
    words = [SecondWord(ANSWER, text="Số 24")] * 3 + [SecondWord(ANSWER, text="Số 26")]
    outcomes = await asyncio.gather(
        *[intake.answer(receipt.tracking_code, word) for word in words], return_exceptions=True
    )
    assert sum(outcome is True for outcome in outcomes) == 1
    assert any(isinstance(outcome, SaidOtherwiseError) for outcome in outcomes)
    assert len(await intake.said()) == 1
    assert not (await intake.track([receipt.tracking_code]))[0].answers_given ^ {(2, ANSWER)}


async def test_what_nobody_confirmed_is_announced_again_byte_for_byte(intake):
    said = submission(
        place=Place(12.512345678, 108.1, "24133", "gần chợ"), sent_at=system_clock(), contact=Contact("0912345678")
    )
    await intake.submit(announce_after=SOON)([said])
    first = await intake.said()
    assert await intake.announce()() == 1
    assert await intake.said() == first * 2
    assert await intake.announce()() == 0


async def test_a_confirmed_case_is_not_announced_again(intake):
    receipt = (await intake.submit(announce_after=SOON)([submission()]))[0]
    await intake.note_placements([placed(receipt.feedback_id)])
    await intake.note_steps([case_step(receipt.feedback_id, 1)])
    assert await intake.announce()() == 0


async def test_two_sweepers_share_the_work(intake):
    await intake.submit(announce_after=SOON)([submission(str(number)) for number in range(30)])
    await intake.forget_said()
    counts = await asyncio.gather(*[intake.announce(limit=10)() for _ in range(4)])
    while more := await intake.announce(limit=10)():
        counts.append(more)
    assert sum(counts) == 30
    assert len(set(await intake.said())) == 30


async def test_waits_grow_by_the_clock_of_the_database(intake):
    await intake.submit(announce_after=SOON)([submission()])
    await intake.announce(first_wait=timedelta(minutes=5))()
    async with intake.engine.connect() as connection:
        row = (
            await connection.execute(
                text(
                    "SELECT announcements, extract(epoch FROM next_announcement_at - clock_timestamp()) AS wait "
                    "FROM intake.progress"
                )
            )
        ).one()
    assert row.announcements == 1
    assert float(row.wait) == pytest.approx(600, abs=30)


async def test_nothing_is_announced_while_the_outbox_waits(intake):
    await intake.submit(announce_after=SOON)([submission()])
    async with intake.engine.begin() as connection:
        await connection.execute(text("UPDATE intake.outbox SET created_at = created_at - interval '1 minute'"))
    assert await intake.announce()() == 0
    await intake.forget_said()
    assert await intake.announce()() == 1


async def test_a_broker_that_lost_its_log_hears_everything_open_again(intake):
    receipts = await intake.submit()([submission(str(number)) for number in range(7)])
    await intake.note_steps([case_step(receipts[0].feedback_id, 5), case_step(receipts[1].feedback_id, 2)])
    notice = NoticeCluster(intake.work)
    assert [await notice("one"), await notice("one"), await notice("two"), await notice("two")] == [
        False,
        False,
        True,
        False,
    ]
    first = await intake.said()
    await intake.forget_said()
    tell = intake.tell_anew(limit=4)
    assert [await tell(), await tell(), await tell()] == [4, 2, 0]
    again = await intake.said()
    assert len(again) == 6
    assert set(again) < set(first)
    assert receipts[0].feedback_id not in {FeedbackSubmitted.from_bytes(body).feedback_id for body in again}


async def test_two_processes_notice_a_new_cluster_once(intake):
    notice = NoticeCluster(intake.work)
    await asyncio.gather(*[notice("one") for _ in range(3)])
    assert sum(await asyncio.gather(*[notice("two") for _ in range(3)])) == 1


async def test_the_sweeper_finds_its_rows_by_index(intake):
    async with intake.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO intake.progress (feedback_id, case_version, next_announcement_at) "
                "SELECT gen_random_uuid(), 1, NULL FROM generate_series(1, 20000)"
            )
        )
        await connection.execute(text("ANALYZE intake.progress"))
        plan = await connection.execute(
            text(
                "EXPLAIN SELECT feedback_id FROM intake.progress WHERE next_announcement_at <= clock_timestamp() "
                "ORDER BY next_announcement_at LIMIT 500 FOR UPDATE SKIP LOCKED"
            )
        )
        assert "progress_due" in "\n".join(plan.scalars())
