"""The life cycle of a placement against a real PostgreSQL: generations, the outbox, and streams that take turns."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

from services.router.domain.life import Wait
from services.router.entrypoints.cli import app
from services.router.usecases.ports import RecomputationNote
from shared.events import (
    CaseAction,
    CaseChanged,
    CaseState,
    FeedbackPlaced,
    Kind,
    PlaceGiven,
    PlacementReason,
    Urgency,
)
from shared.events.short_id import short_id
from shared.territory import Duration
from tests.support.events import RECEIVED, case_changed, feedback_classified, feedback_corrected
from tests.support.lives import resident_answered
from tests.support.router import EA_KAR, RealRouter
from tests.support.streams import until

ASKED = RECEIVED + timedelta(days=3)
BUON_MA_THUOT = "24133"


@pytest.fixture
async def router(router_engine: AsyncEngine) -> RealRouter:
    router = RealRouter(router_engine)
    await router.load_pack()
    return router


def step(placed: FeedbackPlaced, version: int, action: str, state: str, **values: object) -> CaseChanged:
    return case_changed(
        **{
            "feedback_id": placed.feedback_id,
            "version": version,
            "action": CaseAction(action),
            "state": CaseState(state),
            "unit_code": placed.unit_code,
            "office": placed.office,
            "occurred_at": ASKED + timedelta(days=version - 2),
            **values,
        }  # type: ignore[arg-type]
    )


def asked(placed: FeedbackPlaced, version: int = 2) -> CaseChanged:
    return step(placed, version, "ask", "waiting_resident")


def answered(placed: FeedbackPlaced, version: int = 3) -> CaseChanged:
    return step(placed, version, "answered", "in_progress")


async def test_a_question_and_its_answer_are_two_generations_and_all_values_stay_on_record(router: RealRouter) -> None:
    placed = await router.placed()
    await router.follow([step(placed, 1, "open", "placed"), asked(placed)])
    await router.follow([answered(placed)])
    day = timedelta(days=1)
    assert await router.history(placed.feedback_id) == [
        (1, "first", placed.resolve_by),
        (2, "waiting", placed.resolve_by + 14 * day),
        (3, "waiting", placed.resolve_by + day),
    ]
    second, third = await router.said()
    assert (second.generation, third.generation) == (2, 3)
    assert (third.tracking_code, third.office, third.unit_code) == (
        placed.tracking_code,
        placed.office,
        placed.unit_code,
    )


async def test_what_is_said_is_what_is_stored(router: RealRouter) -> None:
    placed = await router.placed()
    await router.follow([asked(placed)])
    async with router.lives.open_life_cycle() as store:
        case = (await store.cases([placed.feedback_id]))[placed.feedback_id]
    assert [case.placement.event] == await router.said()
    assert case.life is not None
    assert case.life.waits == (Wait(ASKED),)
    assert case.is_open


async def test_what_is_heard_again_leads_to_nothing(router: RealRouter) -> None:
    placed = await router.placed()
    correction = feedback_corrected(
        feedback_id=placed.feedback_id, kind=Kind.REPORT, subject="road_damage", urgency=Urgency.HIGH
    )
    steps = [step(placed, 1, "open", "placed"), asked(placed), answered(placed)]
    for one in steps:
        await router.follow([one])
    await router.correct([correction])
    said = await router.said()
    assert [event.reason.value for event in said] == ["waiting", "waiting", "corrected"]
    for _ in range(2):
        await router.follow(steps)
        await router.correct([correction])
    assert await router.said() == said


async def test_a_replay_of_the_first_is_followed_by_the_newest_that_was_told(router: RealRouter) -> None:
    cause = feedback_classified(place=PlaceGiven(unit_code=EA_KAR))
    other = feedback_classified(place=PlaceGiven(unit_code=EA_KAR))
    placed, untouched = await router.place([cause, other])
    await router.follow([asked(placed)])
    await router.follow([answered(placed)])
    quiet = feedback_corrected(feedback_id=placed.feedback_id, kind=Kind.REPORT, subject="noise")
    await router.correct([quiet])
    assert [reason for _, reason, _ in await router.history(placed.feedback_id)][-1] == "corrected"
    newest_told = (await router.said())[-1]
    assert newest_told.generation == 3
    assert await router.place([cause, other]) == [placed, newest_told, untouched]


async def test_rules_edited_since_reach_an_open_case_by_a_recomputation_alone(router: RealRouter) -> None:
    placed = await router.placed()
    await router.switch_to(Duration(900, working=True))
    await router.follow([asked(placed)])
    (waiting,) = await router.said()
    assert waiting.policy_version == placed.policy_version
    assert waiting.resolve_by == placed.resolve_by + timedelta(days=14)
    note = RecomputationNote(uuid4(), "Nguyễn A", "quy định mới")
    shown = await router.recompute.show()
    assert (shown.looked_at, shown.moved) == (1, 1)
    assert len(await router.history(placed.feedback_id)) == 2
    assert (await router.recompute.apply(note)).moved == 1
    told = (await router.said())[-1]
    assert (told.reason, told.generation) == (PlacementReason.RECOMPUTED, 3)
    assert told.policy_version != placed.policy_version
    assert told.resolve_by < waiting.resolve_by
    async with router.engine.connect() as connection:
        (row,) = await connection.execute(
            text("SELECT action, switched_by, why, version FROM router.reference_switch WHERE kind = 'deadlines'")
        )
        causes = text("SELECT cause_id FROM router.placement WHERE generation = 3")
        assert str((await connection.execute(causes)).scalar_one()) == row.version == str(note.run_id)
    assert (row.action, row.switched_by, row.why) == ("recompute", "Nguyễn A", "quy định mới")
    again = RecomputationNote(uuid4(), "Nguyễn A", "lần nữa")
    assert (await router.recompute.apply(again)).moved == 0
    assert (await router.said())[-1] == told


async def test_a_recomputation_goes_through_all_open_cases_and_only_those(router: RealRouter) -> None:
    placed = [await router.placed() for _ in range(5)]
    elsewhere = await router.placed(place=PlaceGiven(unit_code=BUON_MA_THUOT))
    done, gone = placed[0], placed[1]
    await router.follow(
        [step(done, 2, "resolve", "resolved"), step(gone, 2, "transfer", "transferred", unit_code=BUON_MA_THUOT)]
    )
    await router.switch_to(Duration(900, working=True))
    assert (await router.recompute.show(units=[EA_KAR])).moved == 3
    assert (await router.recompute.show(units=[BUON_MA_THUOT])).moved == 2
    found = await router.recompute.apply(RecomputationNote(uuid4(), "A", "B"), units=[EA_KAR], limit=1)
    assert (found.moved, found.stopped_at_limit) == (1, True)
    assert (await router.recompute.apply(RecomputationNote(uuid4(), "A", "B"))).moved == 4
    told = {event.feedback_id for event in await router.said()}
    assert told == {one.feedback_id for one in (*placed, elsewhere)} - {done.feedback_id}


async def test_the_command_shows_first_then_applies_with_a_reason_and_then_has_nothing_to_do(
    router: RealRouter, database_url: str
) -> None:
    placed = [await router.placed() for _ in range(3)]
    await router.switch_to(Duration(900, working=True))

    async def command(*arguments: str) -> Result:
        environment = {"DATABASE_URL": database_url, "COLUMNS": "200"}
        return await asyncio.to_thread(CliRunner().invoke, app, ["recompute", *arguments], env=environment)

    shown = await command()
    assert shown.exit_code == 0, shown.output
    assert "3 open cases looked at, 3 would move" in shown.output
    assert any(short_id(one.feedback_id) in shown.output for one in placed)
    assert "nothing was changed; add --apply --why REASON to do it" in shown.output
    assert await router.said() == []
    assert "say why with --why" in (await command("--apply")).output
    assert "unknown unit 99999" in (await command("--unit", "99999")).output
    some = await command("--apply", "--why", "quy định mới", "--by", "Nguyễn A", "--limit", "1", "--unit", EA_KAR)
    assert "1 moved" in some.output
    assert "stopped at the limit" in some.output
    assert "2 moved" in (await command("--apply", "--why", "quy định mới", "--by", "Nguyễn A")).output
    assert "3 open cases looked at, 0 moved" in (await command("--apply", "--why", "lần nữa")).output
    assert {event.feedback_id for event in await router.said()} == {one.feedback_id for one in placed}


async def test_the_command_without_a_territory_says_what_to_do(router_engine: AsyncEngine, database_url: str) -> None:
    assert router_engine
    result = await asyncio.to_thread(CliRunner().invoke, app, ["recompute"], env={"DATABASE_URL": database_url})
    assert result.exit_code == 2
    assert "langnghe territory load" in result.output


async def test_an_answer_places_what_nobody_could_and_the_desk_hears_of_it(router: RealRouter) -> None:
    placed = await router.placed(place=PlaceGiven())
    await router.follow([step(placed, 2, "accept", "accepted")])
    said = resident_answered(
        feedback_id=placed.feedback_id, place=PlaceGiven(unit_code=EA_KAR), report_text="Ổ gà trước cổng trường"
    )
    await router.answer([said])
    await router.answer([said])
    (told,) = await router.said()
    assert (told.unit_code, told.reason, told.generation) == (EA_KAR, PlacementReason.ANSWERED, 2)
    assert told.tracking_code == placed.tracking_code
    async with router.lives.open_life_cycle() as store:
        lives = await store.lives([placed.feedback_id])
        assert await store.newest_open(limit=10, units=[EA_KAR]) == list(
            (await store.cases([placed.feedback_id])).values()
        )
    assert lives[placed.feedback_id].unit_code == EA_KAR


async def test_streams_take_turns_at_a_case(router: RealRouter) -> None:
    placed = [await router.placed() for _ in range(40)]

    def corrections() -> Sequence[object]:
        return [
            feedback_corrected(
                feedback_id=one.feedback_id, kind=Kind.REPORT, subject="road_damage", urgency=Urgency.HIGH
            )
            for one in placed
        ]

    correct = corrections()
    question, answer = [asked(one) for one in placed], [answered(one) for one in placed][::-1]
    await asyncio.gather(
        router.follow(question),
        router.correct(correct[::-1]),  # type: ignore[arg-type]
        router.follow(answer),
        router.correct(correct),  # type: ignore[arg-type]
        router.follow(question[::-1]),
    )
    said = await router.said()
    keys = [(event.feedback_id, event.generation) for event in said]
    assert len(keys) == len(set(keys))
    for one in placed:
        history = await router.history(one.feedback_id)
        assert [generation for generation, _, _ in history] == list(range(1, len(history) + 1))
        # High: 3 working days, one holiday between; and the day of the question, which came when they were not over.
        assert history[-1][2] == datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


async def test_who_changes_a_case_waits_for_whoever_does(router: RealRouter) -> None:
    placed = await router.placed()

    async def blocked() -> bool:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with router.engine.connect() as connection:
            return bool((await connection.execute(waiting)).scalar_one())

    async with router.lives.open_life_cycle() as store:
        await store.cases([placed.feedback_id])
        follow = asyncio.create_task(router.follow([asked(placed)]))
        await until(blocked, what="the wait for the lock")
    await follow
    assert len(await router.said()) == 1


async def test_a_reference_of_then_that_is_not_stored_any_more_is_that_in_force(router: RealRouter) -> None:
    placed = await router.placed()
    await router.switch_to(Duration(900, working=True))
    async with router.engine.begin() as connection:
        await connection.execute(text("DELETE FROM router.reference_set WHERE NOT active AND kind = 'policy'"))
    await router.follow([asked(placed)])
    (told,) = await router.said()
    assert told.policy_version == (await router.watcher.current()).policy_version != placed.policy_version


async def test_an_empty_batch_does_nothing(router: RealRouter) -> None:
    assert await router.follow([]) == await router.correct([]) == await router.answer([]) == ()
    async with router.lives.open_life_cycle() as store:
        assert await store.newest_open(limit=10, for_change=True) == []
        assert await store.add_generations([]) == []
