"""Desks of offices: who acts while one is away, by whose hours time is counted, and which desks are refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from services.router.adapters.desk_documents import (
    desk_set,
    desks_of,
    desks_yaml,
    keep_switched_desks,
    with_desks,
    written_desks,
)
from services.router.adapters.documents import build_reference
from services.router.domain.clock import Duration, Hours
from services.router.domain.deadlines import Basis, CaseClock, compute
from services.router.domain.desks import Acting, Desk, Desks, DesksError, check_desks, complete_desks
from services.router.domain.rules import Policy, Rule, Terms
from services.router.entrypoints.cli import app
from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.ports import Reference, SetKind
from shared.events import PlaceGiven
from shared.territory import TerritoryError, read_desks
from tests.support.clock import ZONE, local
from tests.support.events import RECEIVED, feedback_classified
from tests.support.placing import PACK, FakePlacements, pack, pack_sets

NAMES = {office.id: office.name_vi for office in pack().offices}
EA_KAR, BMT = "24373", "24133"
TODAY = date(2026, 12, 2)
MORNINGS = Hours(frozenset(range(5)), ((time(7, 30), time(11, 30)),), {5: ((time(7, 30), time(9, 30)),)})
WRITTEN = """
desks:
  - office: commune:public_service_centre
    hours:
      days: [friday, monday]
      intervals: ["07:30-11:30"]
      other_days: {saturday: ["07:30-09:30"]}
  - {office: commune:economy, unit: "24133", phone: 0262 1234 567, email: kinhte@example.vn, deputy: commune:office,
     away_from: 2026-12-01, away_to: 2026-12-05}
"""
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        file = tmp_path / "desks.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def laid_out(*desks: Desk) -> Desks:
    return complete_desks(desks, NAMES)


def away(office: str, unit: str = BMT, *, deputy: str | None = None, until: date | None = date(2026, 12, 5)) -> Desk:
    return Desk(office, unit, deputy=deputy, away_from=date(2026, 12, 1), away_to=until)


# --- who acts ------------------------------------------------------------------------------------------------------


def test_an_office_without_a_desk_acts_itself_and_nothing_is_said() -> None:
    assert laid_out().acting("commune:economy", unit_code=BMT, on=TODAY) == Acting("commune:economy")
    assert laid_out(away("commune:economy")).acting("commune:economy", unit_code=EA_KAR, on=TODAY).explanation is None


@pytest.mark.parametrize(
    ("day", "office"),
    [
        (date(2026, 11, 30), "commune:economy"),
        (date(2026, 12, 1), "commune:police"),
        (date(2026, 12, 5), "commune:police"),
        (date(2026, 12, 6), "commune:economy"),
    ],
)
def test_a_deputy_stands_in_on_the_days_of_the_absence_both_included(day: date, office: str) -> None:
    desks = laid_out(away("commune:economy", deputy="commune:police"))
    assert desks.acting("commune:economy", unit_code=BMT, on=day).office == office


def test_who_is_away_and_who_stands_in_is_said_in_vietnamese() -> None:
    desks = laid_out(away("commune:health", deputy="commune:economy"), away("commune:economy", deputy="commune:office"))
    assert desks.acting("commune:health", unit_code=BMT, on=TODAY) == Acting(
        "commune:office",
        "Trạm Y tế vắng đến 5/12/2026, Phòng Kinh tế (Kinh tế, Hạ tầng và Đô thị) vắng đến 5/12/2026, "
        "Văn phòng HĐND và UBND làm thay.",
    )
    open_end = laid_out(away("commune:health", until=None)).acting("commune:health", unit_code=BMT, on=TODAY)
    assert open_end.explanation == "Trạm Y tế vắng từ 1/12/2026, Văn phòng HĐND và UBND làm thay."


@pytest.mark.parametrize(
    ("desks", "office", "acts"),
    [
        ([away("commune:health")], "commune:health", "commune:office"),
        ([away("commune:health"), away("commune:office")], "commune:health", "province:desk"),
        ([away("commune:office")], "commune:office", "province:desk"),
        (
            [away("commune:office", deputy="commune:economy"), away("commune:economy")],
            "commune:economy",
            "province:desk",
        ),
        ([away("province:health", "")], "province:health", "province:desk"),
        ([away("utility:water")], "utility:water", "province:desk"),
        ([away("utility:water", deputy="commune:economy")], "utility:water", "commune:economy"),
    ],
)
def test_without_a_deputy_a_commune_has_its_office_and_all_have_the_province_desk(
    desks: list[Desk], office: str, acts: str
) -> None:
    assert laid_out(*desks).acting(office, unit_code=BMT, on=TODAY).office == acts


def test_the_province_desk_acts_even_if_it_were_written_as_away() -> None:
    desks = laid_out(away("province:desk", ""), away("province:health", ""))
    assert desks.acting("province:desk", unit_code=None, on=TODAY) == Acting("province:desk")
    assert desks.acting("province:health", unit_code=None, on=TODAY).office == "province:desk"


def test_a_commune_that_nobody_knows_has_no_deputy() -> None:
    desks = laid_out(away("utility:water", "", deputy="commune:economy"))
    assert desks.acting("utility:water", unit_code=None, on=TODAY).office == "province:desk"


def test_what_a_desk_of_a_unit_leaves_open_is_as_the_desk_for_every_unit_says() -> None:
    general = Desk("commune:health", phone="0262 1", hours=MORNINGS, deputy="commune:office", away_to=TODAY)
    own = Desk("commune:health", BMT, phone="0262 2")
    desks = laid_out(general, own)
    assert desks.of("commune:health", BMT) == replace(general, unit_code=BMT, phone="0262 2")
    assert desks.of("commune:health", EA_KAR) == desks.of("commune:health", None) == general


# --- by whose hours ------------------------------------------------------------------------------------------------


def reference(*desks: Desk) -> Reference:
    sets = pack_sets()
    return build_reference({**sets, SetKind.OFFICES: with_desks(sets[SetKind.OFFICES], desks)})


async def place(used: Reference, subject: str, at: datetime = RECEIVED) -> tuple[str, datetime, str | None]:
    async def current() -> Reference:
        return used

    cause = feedback_classified(subject=subject, place=PlaceGiven(unit_code=BMT), received_at=at)
    (placed,) = await PlaceFeedback(current, FakePlacements().open, lambda: at)([cause])
    return placed.office, placed.resolve_by, placed.office_explanation


async def test_deadlines_count_by_the_hours_of_the_office_that_acts() -> None:
    used = reference(Desk("commune:police", BMT, hours=MORNINGS))
    office, by_mornings, _ = await place(used, "noise")
    _, usual, _ = await place(used, "road_damage")
    assert office == "commune:police"
    # 75 working hours from Monday 08:00, the 24th a holiday: 3.5, then 14 in that week, 22 in each of the next two.
    assert usual == local("2026-12-08T08:00")
    assert by_mornings == local("2026-12-17T09:00")


async def test_a_deputy_counts_by_its_own_hours_and_the_day_of_receipt_is_the_local_one() -> None:
    used = reference(
        Desk("commune:police", BMT, deputy="commune:health", away_from=TODAY, away_to=TODAY),
        Desk("commune:health", BMT, hours=MORNINGS),
    )
    late, early = local("2026-12-01T23:30"), local("2026-12-02T00:30")
    assert (await place(used, "noise", late))[0] == "commune:police"
    office, due, said = await place(used, "noise", early)
    assert (office, said) == ("commune:health", "Công an xã/phường vắng đến 2/12/2026, Trạm Y tế làm thay.")
    assert due == local("2026-12-25T08:30")


def test_deadlines_computed_anew_count_by_the_hours_of_the_office_that_has_the_case() -> None:
    used = reference(Desk("commune:police", BMT, hours=MORNINGS))
    terms = Terms(Duration(60, working=True), Duration(300, working=True))
    policy = Policy((Rule("last", (), None),), (Rule("all", (), terms),), lead_by_topic={}, field_by_topic={})
    basis = Basis(policy, used.calendars, ZONE, "p", "c")
    case = CaseClock(local("2026-11-25T08:30"), {"unit": BMT, "topic": "noise"}, office="commune:police")
    assert compute(case, basis).deadlines.resolve_by == local("2026-11-26T09:30")
    assert compute(replace(case, office="commune:health"), basis).deadlines.resolve_by == local("2026-11-25T15:30")


def test_desks_with_the_same_hours_share_one_calendar() -> None:
    desks = [Desk("commune:police", BMT, hours=MORNINGS), Desk("commune:health", EA_KAR, hours=MORNINGS)]
    one, other = reference(*desks).calendars.by_office.values()
    assert one is other


# --- which desks are refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("desks", "reason"),
    [
        ([Desk("commune:x")], "the desk commune:x is of an office that offices.yaml does not have"),
        ([Desk("commune:health", "00000")], "the desk commune:health in 00000 is of a unit that units.csv does not"),
        ([Desk("province:health", BMT)], "is of the province and has no unit"),
        ([Desk("commune:health", BMT), Desk("commune:health", BMT)], "is written twice"),
        ([Desk("commune:health", phone="gọi chị An")], "has the phone 'gọi chị An'; write digits"),
        ([Desk("commune:health", email="an at example.vn")], "has the email 'an at example.vn'"),
        ([Desk("commune:health", deputy="commune:x")], "has the deputy 'commune:x', which offices.yaml does not have"),
        ([Desk("commune:health", away_from=TODAY, away_to=date(2026, 12, 1))], "before it is away from 2026-12-02"),
        ([Desk("province:desk", away_from=TODAY)], "cannot be away: it acts when nobody else is there"),
        ([Desk("commune:health", deputy="commune:health")], "circle of deputies: commune:health -> commune:health"),
        (
            [Desk("commune:health", deputy="commune:police"), Desk("commune:police", BMT, deputy="commune:health")],
            "in 24133 has a circle of deputies: commune:police -> commune:health -> commune:police; break it",
        ),
    ],
)
def test_desks_that_cannot_be_are_refused_with_the_reason(desks: list[Desk], reason: str) -> None:
    with pytest.raises(DesksError, match=reason):
        check_desks(desks, offices=NAMES.keys(), units={BMT, EA_KAR})


def test_deputies_in_a_row_are_fine() -> None:
    desks = [Desk("commune:health", deputy="commune:police"), Desk("commune:police", BMT, deputy="commune:office")]
    check_desks(desks, offices=NAMES.keys(), units={BMT})


# --- in files ------------------------------------------------------------------------------------------------------


def test_desks_are_written_and_read_as_yaml_without_loss(write: Write) -> None:
    first = desk_set(pack(), read_desks(write(WRITTEN)))
    centre, economy = written_desks(first.document)
    assert centre.hours == Hours(frozenset({0, 4}), ((time(7, 30), time(11, 30)),), {5: ((time(7, 30), time(9, 30)),)})
    assert economy == Desk(
        "commune:economy", BMT, "0262 1234 567", "kinhte@example.vn", None, "commune:office", date(2026, 12, 1),
        date(2026, 12, 5),
    )  # fmt: skip
    assert desk_set(pack(), read_desks(write(desks_yaml(first.document)))).version == first.version
    assert with_desks(first, [centre, economy]).version == first.version
    assert yaml.safe_load(desks_yaml(pack_sets()[SetKind.OFFICES].document)) == {"desks": []}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"24133"', "24133", "'unit' is 24133; put it in quotes"),
        ("deputy:", "deputi:", "a desk has no 'deputi'; use away_from"),
        ("2026-12-01", "2026-12-41", "'away_from' is '2026-12-41'; write a date"),
        ('["07:30-11:30"]', '["07:30-07:45"]', "a week needs at least 60 minutes of working time"),
        ("intervals:", "valid_from: 2026-01-01\n      intervals:", "a week has no 'valid_from'"),
        ("desks:\n", "desk:\n", "a file of desks has no 'desk'"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(write: Write, old: str, new: str, reason: str) -> None:
    assert old in WRITTEN
    text = WRITTEN.replace(old, new, 1)
    if "07:45" in new:
        text = text.replace('      other_days: {saturday: ["07:30-09:30"]}\n', "")
    with pytest.raises(TerritoryError, match=rf"desks.yaml, line \d+: {reason}"):
        read_desks(write(text))


def test_desks_switched_to_outlive_a_pack_without_those_of_units_that_are_gone() -> None:
    of_pack = pack_sets()[SetKind.OFFICES]
    in_force = with_desks(of_pack, [Desk("commune:health", BMT, phone="0262 1"), Desk("commune:health", "99999")])
    kept = keep_switched_desks(of_pack, in_force, pack())
    assert [desk.place for desk in written_desks(kept.document)] == [("commune:health", BMT)]
    with pytest.raises(DesksError, match=r"offices.yaml does not have"):
        keep_switched_desks(of_pack, with_desks(of_pack, [Desk("commune:gone")]), pack())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["offices", *arguments, "--territory", str(PACK)], env={"COLUMNS": "200"})


def test_a_file_of_desks_is_checked_from_the_pack_alone(write: Write) -> None:
    fine = run("check", str(write(WRITTEN)))
    assert fine.exit_code == 0, fine.stderr
    assert "2 desks, version" in fine.stdout
    wrong = run("check", str(write(WRITTEN.replace("deputy: commune:office", "deputy: commune:economy"))))
    assert wrong.exit_code == 2
    assert "The desks were refused; nothing was changed." in wrong.stderr
    assert "circle of deputies: commune:economy -> commune:economy" in wrong.stderr
    assert run("check", str(PACK / "desks.yaml")).exit_code == 0


def test_the_desks_of_the_pack_are_those_of_its_file() -> None:
    assert pack().desks == ()
    assert desks_of(pack_sets()[SetKind.OFFICES].document).name("commune:health") == "Trạm Y tế"
