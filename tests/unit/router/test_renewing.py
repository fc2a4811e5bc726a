"""What the next generation of a placement takes over from the one before, and what it does not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.router.domain.life import CaseLife
from services.router.usecases.placing import Cause
from services.router.usecases.ports import PlacedCase
from services.router.usecases.renewing import moves, renew, report_of
from shared.events import FeedbackPlaced, PlacementReason
from tests.support.events import RECEIVED
from tests.support.lives import FakeLives
from tests.support.placing import pack_reference

EA_KAR, BUON_MA_THUOT = "24373", "24133"


async def case_with(life: CaseLife | None = None, **values: object) -> PlacedCase:
    """Place a report and change what its placement says."""
    store = FakeLives()
    placed = await store.placed(tracking_code="DL-7K3FM-92QXA")
    placement = store.placements[placed.feedback_id][0]
    return PlacedCase(replace(placement, event=placed.model_copy(update=values)), life)


def next_of(case: PlacedCase) -> FeedbackPlaced:
    cause = Cause(uuid4(), uuid4(), RECEIVED + timedelta(days=1), PlacementReason.RECOMPUTED, 7)
    return renew(case, cause, pack_reference()).event


async def test_with_nothing_new_only_the_identity_is_another() -> None:
    case = await case_with()
    before, after = case.placement.event, next_of(case)
    own = {"event_id", "occurred_at", "generation", "reason"}
    assert after.model_dump(exclude=own) == before.model_dump(exclude=own)
    assert (after.generation, after.reason) == (7, PlacementReason.RECOMPUTED)
    assert not moves(case, replace(case.placement, event=after))


async def test_a_question_is_asked_until_somebody_gives_a_unit() -> None:
    nowhere: dict[str, Any] = {"unit_code": None, "office": "province:desk", "question": "Ở đâu?"}
    assert next_of(await case_with(**nowhere)).question == "Ở đâu?"
    by_hand = CaseLife(2, "transferred", BUON_MA_THUOT, "commune:office")
    assert next_of(await case_with(by_hand, **nowhere)).question is None


@pytest.mark.parametrize(("office", "kept"), [("commune:economy", "Thay cho phòng khác."), ("commune:office", None)])
async def test_who_stands_in_for_whom_is_said_as_long_as_the_office_stays(office: str, kept: str | None) -> None:
    life = CaseLife(2, "transferred", EA_KAR, office)
    assert next_of(await case_with(life, office_explanation="Thay cho phòng khác.")).office_explanation == kept


async def test_the_unit_that_ceased_is_named_once() -> None:
    assert next_of(await case_with(from_unit="22015")).from_unit is None


async def test_a_case_that_moves_twice_says_only_where_it_is_now() -> None:
    case = await case_with(CaseLife(2, "transferred", BUON_MA_THUOT, "commune:office"))
    moved = replace(case.placement, event=next_of(case))
    again = next_of(PlacedCase(moved, CaseLife(3, "transferred", EA_KAR, "commune:office")))
    found = case.placement.event.explanation
    assert again.explanation == f"{found} Sau đó được chuyển đến Xã Ea Kar."


async def test_a_report_is_made_of_a_case_with_the_office_of_a_part_alone() -> None:
    report = report_of(await case_with(), text="lời kể")
    assert (report.office, report.text, report.tracking_code) == (None, "lời kể", "DL-7K3FM-92QXA")
    part = report_of(await case_with(part_of=uuid4()))
    assert (part.office, part.text) == ("commune:economy", None)
