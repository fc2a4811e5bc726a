from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.intake.domain.contact import Contact
from services.intake.domain.second_word import ANSWER, DISPUTE, RATING, SecondWord
from services.intake.domain.submission import Place
from services.intake.domain.tracking_code import tracking_code
from services.intake.usecases.announce_again import AnnounceAgain
from services.intake.usecases.answer_resident import NotAskedNowError, SaidOtherwiseError, UnknownCodeError
from services.intake.usecases.note_case_steps import NoteCaseSteps
from services.intake.usecases.note_placements import NotePlacements
from services.intake.usecases.notice_cluster import NoticeCluster
from services.intake.usecases.submit_feedback import KeyTaken, Receipt
from services.intake.usecases.submitted import submitted_event
from services.intake.usecases.tell_anew import TellAnew
from services.intake.usecases.track_feedback import TrackFeedback
from shared.events import FeedbackSubmitted, Pin, ResidentAnswered
from tests.support.intake import FIRST_WAIT, NOW, FakeIntake, case_step, placed, submission


@pytest.fixture
def intake():
    return FakeIntake()


async def submitted(intake, *said):
    """Submit and return the feedback kept, in order."""
    outcomes = await intake.submit()(said or [submission()])
    return [intake.store.feedback[outcome.feedback_id] for outcome in outcomes]


# --- submit ----------------------------------------------------------------------------------------------------------


async def test_a_group_is_kept_and_announced_in_one_transaction(intake):
    said = [submission("Một", channel="web"), submission("Hai", channel="sms", trace="00-trace-span-00")]
    receipts = await intake.submit()(said)
    assert [receipt.repeated for receipt in receipts] == [False, False]
    assert intake.store.transactions == 1
    assert {event.tracking_code for event in intake.store.said} == {receipt.tracking_code for receipt in receipts}
    assert {traced.trace for traced in intake.store.events} == {None, "00-trace-span-00"}
    assert sorted(intake.accepted) == ["sms", "web"]
    assert intake.woken == 1


async def test_a_repeat_gets_the_same_receipt_and_says_nothing_again(intake):
    said = submission()
    first = (await intake.submit()([said]))[0]
    again = (await intake.submit()([said]))[0]
    assert again == replace(first, repeated=True)
    assert len(intake.store.said) == 1
    assert intake.woken == 1
    assert intake.accepted == ["web"]


async def test_the_same_key_twice_in_one_group_is_one_feedback(intake):
    said = submission()
    first, again = await intake.submit()([said, said])
    assert again == replace(first, repeated=True)
    assert len(intake.store.feedback) == len(intake.store.said) == 1


async def test_a_key_used_for_something_else_is_refused_beside_those_that_are_fine(intake):
    said = submission()
    await intake.submit()([said])
    other, fine = await intake.submit()([replace(said, text="Khác"), submission("Việc nữa")])
    assert other == KeyTaken()
    assert isinstance(fine, Receipt)


async def test_another_contact_under_the_same_key_is_something_else(intake):
    said = submission(contact=Contact("0912345678"))
    await intake.submit()([said])
    assert await intake.submit()([replace(said, contact=Contact("0987654321"))]) == [KeyTaken()]
    assert await intake.submit()([replace(said, contact=None)]) == [KeyTaken()]


async def test_a_key_that_changes_its_words_inside_one_group_is_refused_once(intake):
    said = submission()
    first, other = await intake.submit()([said, replace(said, text="Khác")])
    assert isinstance(first, Receipt)
    assert other == KeyTaken()
    assert intake.store.said[0].text == said.text


async def test_a_tracking_code_that_was_drawn_before_is_drawn_again(intake):
    numbers = iter([7, 7, 8])
    submit = intake.submit(random_bits=lambda _: next(numbers))
    first = (await submit([submission()]))[0]
    second = (await submit([submission()]))[0]
    assert (first.tracking_code, second.tracking_code) == (tracking_code(7), tracking_code(8))


async def test_the_contact_stays_here_and_leaves_sealed(intake):
    said = submission(contact=Contact("0912345678", name="Lan"))
    kept = (await submitted(intake, said))[0]
    assert intake.store.contacts == {kept.feedback_id: said.contact}
    event = intake.store.said[0]
    assert event.sealed_contact == "sealed 10"
    assert b"0912345678" not in event.to_bytes()
    assert b"Lan" not in event.to_bytes()


async def test_the_event_says_all_that_was_said_and_its_id_follows_from_the_feedback(intake):
    said = submission(place=Place(12.68, 108.05, "24133", "gần chợ"), sent_at=NOW, language="en")
    kept = (await submitted(intake, said))[0]
    event = intake.store.said[0]
    assert isinstance(event, FeedbackSubmitted)
    assert (event.text, event.channel.value, event.language, event.sent_at) == (said.text, "web", "en", NOW)
    assert event.place.pin == Pin(lat=12.68, lon=108.05)
    assert (event.place.unit_code, event.place.text) == ("24133", "gần chợ")
    assert event == submitted_event(kept)
    assert event.event_id == submitted_event(replace(kept, tracking_code="DL-00000-00000")).event_id


# --- follow ----------------------------------------------------------------------------------------------------------


async def test_codes_are_found_in_the_order_asked_and_unknown_ones_left_out(intake):
    one, two = await submitted(intake, submission("Một"), submission("Hai"))
    found = await TrackFeedback(intake.store.work)(
        [two.tracking_code, "DL-ZZZZZ-ZZZZZ", one.tracking_code, two.tracking_code]
    )
    assert [tracking.text for tracking in found] == ["Hai", "Một"]


async def test_steps_in_any_order_give_the_state_of_the_last(intake):
    one = (await submitted(intake))[0]
    for version in (3, 1, 2):
        assert await NoteCaseSteps(intake.store.work)([case_step(one.feedback_id, version)]) == ()
    tracking = (await TrackFeedback(intake.store.work)([one.tracking_code]))[0]
    assert (tracking.state, tracking.version) == ("in_progress", 3)


async def test_a_batch_of_steps_moves_each_case_once(intake):
    one, two = await submitted(intake, submission(), submission())
    batch = [case_step(one.feedback_id, 2), case_step(two.feedback_id, 1), case_step(one.feedback_id, 1)]
    await NoteCaseSteps(intake.store.work)(batch)
    assert intake.store.progress == {one.feedback_id: (2, "accepted"), two.feedback_id: (1, "placed")}


async def test_the_newest_placement_of_a_batch_is_kept(intake):
    one = (await submitted(intake))[0]
    batch = [placed(one.feedback_id, generation=2, unit_code="24175"), placed(one.feedback_id)]
    assert await NotePlacements(intake.store.work)(batch) == ()
    assert intake.store.placements[one.feedback_id].unit_code == "24175"


async def test_a_closing_reason_is_kept(intake):
    one = (await submitted(intake))[0]
    await NoteCaseSteps(intake.store.work)([case_step(one.feedback_id, 4, closing_reason="fixed", public_reply="Xong")])
    step = intake.store.steps[one.feedback_id, 4]
    assert (step.closing_reason, step.public_reply) == ("fixed", "Xong")


# --- second word -----------------------------------------------------------------------------------------------------


async def resolved(intake):
    one = (await submitted(intake))[0]
    await NoteCaseSteps(intake.store.work)([case_step(one.feedback_id, 4)])
    return one


async def test_an_answer_reaches_the_desk_once(intake):
    one = (await submitted(intake))[0]
    await NoteCaseSteps(intake.store.work)([case_step(one.feedback_id, 2, state="waiting_resident", action="ask")])
    word = SecondWord(ANSWER, text="Số 24")
    assert await intake.answer()(one.tracking_code, word) is True
    assert await intake.answer()(one.tracking_code, word) is False
    answers = [event for event in intake.store.said if isinstance(event, ResidentAnswered)]
    assert [(answer.answer.value, answer.text, answer.feedback_id) for answer in answers] == [
        ("answer", "Số 24", one.feedback_id)
    ]


async def test_another_answer_waits_until_the_first_was_read(intake):
    one = await resolved(intake)
    await intake.answer()(one.tracking_code, SecondWord(RATING, rating=5))
    with pytest.raises(SaidOtherwiseError):
        await intake.answer()(one.tracking_code, SecondWord(RATING, rating=1))
    await NoteCaseSteps(intake.store.work)([case_step(one.feedback_id, 5)])
    assert await intake.answer()(one.tracking_code, SecondWord(RATING, rating=1)) is True


async def test_rating_and_dispute_are_two_events(intake):
    one = await resolved(intake)
    await intake.answer()(one.tracking_code, SecondWord(RATING, rating=1))
    await intake.answer()(one.tracking_code, SecondWord(DISPUTE, text="Vẫn còn hố"))
    first, second = intake.store.said[1:]
    assert first.event_id != second.event_id
    assert (first.rating, second.text) == (1, "Vẫn còn hố")


async def test_what_nobody_asked_is_refused_with_the_state(intake):
    one = (await submitted(intake))[0]
    with pytest.raises(NotAskedNowError) as refused:
        await intake.answer()(one.tracking_code, SecondWord(ANSWER, text="Số 24"))
    assert refused.value.state == "received"


async def test_an_unknown_code_is_told(intake):
    with pytest.raises(UnknownCodeError):
        await intake.answer()("DL-00000-00000", SecondWord(ANSWER, text="Số 24"))


# --- announce again --------------------------------------------------------------------------------------------------


def announcing(intake, counted, limit=10):
    return AnnounceAgain(intake.store.work, FIRST_WAIT, limit, intake.wake, counted.append)


async def test_what_nobody_confirmed_is_announced_again_as_the_same_event(intake):
    one, two = await submitted(intake, submission("Một"), submission("Hai"))
    intake.store.due = {one.feedback_id: 0, two.feedback_id: 2}
    counted = []
    assert await announcing(intake, counted)() == 2
    first, again = intake.store.said[:2], intake.store.said[2:]
    assert {event.to_bytes() for event in again} == {event.to_bytes() for event in first}
    assert intake.store.waits == {one.feedback_id: 2 * FIRST_WAIT, two.feedback_id: 8 * FIRST_WAIT}
    assert counted == [2]
    assert intake.woken == 2


async def test_a_round_announces_no_more_than_its_limit(intake):
    kept = await submitted(intake, submission("Một"), submission("Hai"))
    intake.store.due = {one.feedback_id: 0 for one in kept}
    assert await announcing(intake, [], limit=1)() == 1
    assert await announcing(intake, [], limit=1)() == 1
    assert await announcing(intake, [], limit=1)() == 0


async def test_while_the_broker_is_away_nothing_is_added_to_the_queue(intake):
    one = (await submitted(intake))[0]
    intake.store.due = {one.feedback_id: 0}
    intake.store.telling_from = UUID(int=0)
    intake.store.outbox_age = timedelta(minutes=1)
    assert await announcing(intake, [])() == 0
    assert await TellAnew(intake.store.work, 10, intake.wake, [].append)() == 0
    assert len(intake.store.said) == 1


async def test_the_first_cluster_seen_is_only_remembered(intake):
    notice = NoticeCluster(intake.store.work)
    assert await notice("one") is False
    assert await notice("one") is False
    assert intake.store.telling_from is None


async def test_a_cluster_that_lost_its_log_is_told_everything_in_rounds(intake):
    kept = await submitted(intake, *[submission(str(number)) for number in range(5)])
    await NoticeCluster(intake.store.work)("one")
    intake.store.events.clear()
    assert await NoticeCluster(intake.store.work)("two") is True
    counted = []
    tell = TellAnew(intake.store.work, 2, intake.wake, counted.append)
    assert [await tell() for _ in range(4)] == [2, 2, 1, 0]
    assert [event.feedback_id for event in intake.store.said] == sorted(one.feedback_id for one in kept)
    assert counted == [2, 2, 1]


async def test_telling_ends_when_the_last_round_was_exactly_full(intake):
    await submitted(intake, submission("Một"), submission("Hai"))
    intake.store.telling_from = UUID(int=0)
    tell = TellAnew(intake.store.work, 2, intake.wake, [].append)
    assert [await tell(), await tell()] == [2, 0]
    assert intake.store.telling_from is None


async def test_an_id_of_another_feedback_gives_another_event(intake):
    one = (await submitted(intake))[0]
    assert submitted_event(one).event_id != submitted_event(replace(one, feedback_id=uuid4())).event_id
