"""PlaceFeedback with a fake store: every record gets one answer, and a replay gets the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.ports import Placement, Reference, ReferenceMissingError
from shared.events import FeedbackPlaced, Kind, Pin, PlacedBy, PlaceGiven, Urgency, derived_event_id
from tests.support.events import RECEIVED, feedback_classified
from tests.support.placing import FakePlacements, pack, pack_reference

NOW = RECEIVED + timedelta(seconds=5)


@pytest.fixture
def store() -> FakePlacements:
    return FakePlacements()


async def reference_in_force() -> Reference:
    return pack_reference()


@pytest.fixture
def place_feedback(store: FakePlacements) -> PlaceFeedback:
    return PlaceFeedback(reference_in_force, store.open, lambda: NOW)


async def test_a_report_gets_unit_office_deadlines_and_the_versions_that_gave_them(
    place_feedback: PlaceFeedback, store: FakePlacements
) -> None:
    cause = feedback_classified(text="Ổ gà lớn ở xã Ea Kar")
    (placed,) = await place_feedback([cause])
    reference = pack_reference()
    assert placed.event_id == derived_event_id(cause.event_id, FeedbackPlaced.topic)
    assert (placed.feedback_id, placed.received_at, placed.occurred_at) == (cause.feedback_id, cause.received_at, NOW)
    assert (placed.kind, placed.subject, placed.urgency) == (Kind.REPORT, "road_damage", Urgency.NORMAL)
    assert (placed.unit_code, placed.office, placed.placed_by) == ("24373", "commune:economy", PlacedBy.TEXT)
    assert placed.accept_by == datetime(2026, 11, 25, 1, 30, tzinfo=UTC)  # the 24th is a holiday
    assert placed.resolve_by == datetime(2026, 12, 8, 1, 0, tzinfo=UTC)
    assert placed.generation == 1
    assert placed.policy_version == reference.policy_version
    assert placed.calendar_version == reference.calendar_version
    assert placed.boundary_version == reference.boundaries.version == f"generalised-{reference.units_version}"
    kept = store.kept[cause.feedback_id]
    assert kept == Placement(
        placed, cause.event_id, reference.units_version, "web", None, None, reference.offices_version
    )
    assert (placed.office_rule, placed.deadline_rule) == ("lead_office", "normal")


async def test_where_it_is_is_asked_of_a_report_and_not_of_thanks(place_feedback: PlaceFeedback) -> None:
    report, thanks = await place_feedback(
        [feedback_classified(text="Ổ gà lớn"), feedback_classified(text="Cảm ơn", kind=Kind.THANKS)]
    )
    assert (report.unit_code, report.question) == (None, "Việc xảy ra ở xã, phường nào?")
    assert (thanks.unit_code, thanks.question) == (None, None)


async def test_deadlines_count_from_the_time_of_receipt_however_late_it_is_placed(
    place_feedback: PlaceFeedback,
) -> None:
    (placed,) = await place_feedback([feedback_classified(received_at=RECEIVED - timedelta(days=7))])
    assert placed.accept_by < NOW


async def test_what_a_person_must_read_first_is_placed_too_and_its_clock_runs(place_feedback: PlaceFeedback) -> None:
    place = PlaceGiven(unit_code="24133")
    reading, elsewhere, alarm = await place_feedback(
        [
            feedback_classified(needs_review=True, place=place, subject="noise"),
            feedback_classified(needs_review=True, subject="noise"),
            feedback_classified(needs_review=True, place=place, subject="fire_safety", urgency=Urgency.EMERGENCY),
        ]
    )
    assert (reading.office, reading.needs_review) == ("commune:office", True)
    assert elsewhere.office == "province:desk"
    assert alarm.office == "commune:police"
    assert alarm.accept_by == RECEIVED + timedelta(hours=1)


async def test_pins_of_a_batch_are_looked_up_together_and_stay_with_their_records(
    place_feedback: PlaceFeedback,
) -> None:
    units = [pack().unit(code) for code in ("24133", "22015", "24604")]
    batch = [feedback_classified(place=PlaceGiven(pin=Pin(lat=unit.lat, lon=unit.lon))) for unit in units]
    batch.insert(1, feedback_classified(text="xã Ea Kar"))
    placed = await place_feedback(batch)
    assert [event.unit_code for event in placed] == ["24133", "24373", "22015", "24604"]
    assert [event.approximate for event in placed] == [True, False, True, True]


@pytest.mark.parametrize(
    "given",
    [
        {"place": PlaceGiven(unit_code="00000")},
        {"subject": "no_such_topic"},
        {"text": ""},
        {"text": "x" * 100_000},
        {"place": PlaceGiven(text="")},
        {"place": PlaceGiven(pin=Pin(lat=0, lon=0))},
        {"place": PlaceGiven(pin=Pin(lat=-180, lon=180))},
        {"received_at": datetime(1, 1, 2, tzinfo=UTC)},
        {"received_at": datetime(9999, 12, 30, tzinfo=UTC)},
    ],
)
async def test_odd_input_gets_the_same_answer_every_time(
    place_feedback: PlaceFeedback, given: dict[str, object]
) -> None:
    cause = feedback_classified(**given)  # type: ignore[arg-type]
    (placed,) = await place_feedback([cause])
    assert (placed.unit_code, placed.office, placed.placed_by) == (None, "province:desk", PlacedBy.PROVINCE_DESK)
    assert placed.accept_by <= placed.resolve_by
    (again,) = await PlaceFeedback(reference_in_force, FakePlacements().open, lambda: NOW)([cause])
    assert again == placed


async def test_a_replay_returns_what_was_placed_before_although_the_rules_changed_meanwhile(
    place_feedback: PlaceFeedback, store: FakePlacements
) -> None:
    old, new = feedback_classified(text="xã Ea Kar"), feedback_classified(text="xã Ea Kar")
    (first,) = await place_feedback([old])

    async def newer() -> Reference:
        return replace(pack_reference(), policy_version="newer")

    again = PlaceFeedback(newer, store.open, lambda: NOW + timedelta(hours=1))
    replayed, fresh = await again([old, new])
    assert replayed == first
    assert fresh.policy_version == "newer"
    assert len(store.kept) == 2


async def test_two_records_about_one_feedback_in_one_batch_have_one_effect(
    place_feedback: PlaceFeedback, store: FakePlacements
) -> None:
    feedback_id = uuid4()
    first, second = await place_feedback(
        [
            feedback_classified(feedback_id=feedback_id, text="xã Ea Kar"),
            feedback_classified(feedback_id=feedback_id, text="phường Tân Lập"),
        ]
    )
    assert first == second
    assert first.unit_code == "24373"
    assert list(store.kept) == [feedback_id]


async def test_a_batch_is_one_transaction(place_feedback: PlaceFeedback, store: FakePlacements) -> None:
    await place_feedback([feedback_classified() for _ in range(50)])
    assert store.transactions == 1


async def test_without_a_territory_it_raises_what_makes_the_consumer_wait(store: FakePlacements) -> None:
    async def nothing() -> Reference:
        raise ReferenceMissingError

    with pytest.raises(TimeoutError):
        await PlaceFeedback(nothing, store.open, lambda: NOW)([feedback_classified()])
    assert store.transactions == 0
