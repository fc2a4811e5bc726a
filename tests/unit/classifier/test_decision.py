"""From scores and findings to a verdict."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classifier.domain.danger import Alarm
from services.classifier.domain.decision import Findings, Highlight, Scored, decide, decide_without_model, findings_in
from services.classifier.domain.thresholds import NEVER, highest_with_recall, lowest_with_precision
from tests.support.classifying import THRESHOLDS, scores

NOTHING = Findings(alarms=(), formal_act=None)
FIRE = Findings(alarms=(Alarm("cháy, nổ", "đang cháy"),), formal_act=None)
TEXT = "Đèn đường hỏng"
ACT = Findings(alarms=(), formal_act="đơn tố cáo")


def test_the_likeliest_labels_are_the_answer() -> None:
    verdict = decide(TEXT, scores(highlights=(Highlight(0, 9, 0.8),)), NOTHING, thresholds=THRESHOLDS)
    assert (verdict.kind, verdict.topic, verdict.urgency) == ("report", "street_lighting", "normal")
    assert verdict.second_topics == (Scored("electricity", 0.08),)
    assert verdict.reasons == ("đèn đường",)
    assert verdict.highlights == (Highlight(0, 9, 0.8),)
    assert not verdict.needs_review


@pytest.mark.parametrize(("probability", "review"), [(0.59, True), (0.6, False)])
def test_a_topic_below_its_threshold_goes_to_a_person(probability: float, review: bool) -> None:
    said = scores(topic={"waste": probability, "noise": 1 - probability - 0.2})
    assert decide(TEXT, said, NOTHING, thresholds=THRESHOLDS).needs_review is review


def test_a_topic_may_have_a_threshold_of_its_own() -> None:
    strict = replace(THRESHOLDS, by_topic={"street_lighting": 0.95})
    assert decide(TEXT, scores(), NOTHING, thresholds=strict).needs_review


@pytest.mark.parametrize(("kind", "review"), [("thanks", True), ("suggestion", False)])
def test_an_unsure_kind_needs_a_person_only_where_it_changes_the_treatment(kind: str, review: bool) -> None:
    said = scores(kind={kind: 0.5, "report": 0.4})
    assert decide(TEXT, said, NOTHING, thresholds=THRESHOLDS).needs_review is review


def test_an_alarm_makes_it_an_emergency_whatever_the_model_says() -> None:
    verdict = decide(TEXT, scores(), FIRE, thresholds=THRESHOLDS)
    assert (verdict.urgency, verdict.urgency_probability) == ("emergency", 0.9)
    assert verdict.reasons == ("nguy hiểm (cháy, nổ): đang cháy",)


def test_the_models_own_suspicion_is_enough_from_its_threshold_on() -> None:
    assert decide(TEXT, scores(emergency=0.3), NOTHING, thresholds=THRESHOLDS).urgency == "emergency"
    assert decide(TEXT, scores(emergency=0.29), NOTHING, thresholds=THRESHOLDS).urgency == "normal"


def test_a_suspected_complaint_goes_to_a_person_and_not_past_one() -> None:
    watchful = replace(THRESHOLDS, complaint=0.3)
    verdict = decide(TEXT, scores(complaint=0.35), NOTHING, thresholds=watchful)
    assert (verdict.kind, verdict.kind_probability, verdict.needs_review) == ("complaint_denunciation", 0.35, True)
    assert decide(TEXT, scores(complaint=0.29), NOTHING, thresholds=watchful).kind == "report"


def test_a_second_matter_is_told_only_when_enough_speaks_for_it_alone() -> None:
    said = scores(topic={"street_lighting": 0.5, "waste": 0.3, "noise": 0.2}, second_margin=-0.4)
    assert decide(TEXT, said, NOTHING, thresholds=replace(THRESHOLDS, second=-0.4)).second_matter == "waste"
    assert decide(TEXT, said, NOTHING, thresholds=replace(THRESHOLDS, second=-0.3)).second_matter is None


def test_a_model_surer_than_the_rule_keeps_its_own_probability() -> None:
    said = scores(complaint=0.97)
    assert decide(TEXT, said, ACT, thresholds=THRESHOLDS).kind_probability == 0.97


def test_a_formal_act_takes_the_legal_track_though_the_model_has_never_heard_of_it() -> None:
    verdict = decide(TEXT, scores(kind={"report": 1.0}, urgency={"normal": 1.0}), ACT, thresholds=THRESHOLDS)
    assert (verdict.kind, verdict.kind_probability) == ("complaint_denunciation", 0.9)
    assert verdict.reasons == ("đơn thư: đơn tố cáo",)
    assert not verdict.needs_review


def test_without_a_model_a_person_decides_but_the_rules_still_speak() -> None:
    quiet = decide_without_model(NOTHING, why="no model")
    assert (quiet.kind, quiet.topic, quiet.urgency, quiet.needs_review) == ("report", "other", "normal", True)
    assert quiet.reasons == ("no model",)
    loud = decide_without_model(Findings(FIRE.alarms, "đơn tố cáo"), why="no model")
    assert (loud.kind, loud.urgency, loud.needs_review) == ("complaint_denunciation", "emergency", True)
    assert loud.reasons == ("no model", "nguy hiểm (cháy, nổ): đang cháy", "đơn thư: đơn tố cáo")


def test_the_rules_read_the_text_itself() -> None:
    found = findings_in("Tôi tố cáo chủ quán đốt nhà, nhà cháy rồi")
    assert found.formal_act == "tôi tố cáo"
    assert [alarm.danger for alarm in found.alarms] == ["cháy, nổ"]
    assert findings_in("") == NOTHING


def test_the_threshold_is_the_lowest_that_is_right_often_enough() -> None:
    judged = [(0.9, True)] * 40 + [(0.7, True)] * 5 + [(0.5, False)] * 40
    assert lowest_with_precision(judged, at_least=0.9) == 0.7
    assert lowest_with_precision(judged, at_least=0.5) == 0.5


def test_equal_probabilities_are_never_parted_by_a_threshold() -> None:
    judged = [(0.8, True)] * 30 + [(0.8, False)] * 30
    assert lowest_with_precision(judged, at_least=0.9) == NEVER


def test_too_few_answers_prove_nothing() -> None:
    assert lowest_with_precision([(0.9, True)] * 29, at_least=0.5) == NEVER
    assert lowest_with_precision([], at_least=0.5) == NEVER


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=200))
def test_from_the_chosen_threshold_on_enough_is_right(judged: list[tuple[float, bool]]) -> None:
    threshold = lowest_with_precision(judged, at_least=0.8, min_count=5)
    above = [right for probability, right in judged if probability >= threshold]
    assert threshold == NEVER or sum(above) >= 0.8 * len(above)


def test_the_recall_threshold_is_the_highest_that_still_finds_enough() -> None:
    suspected = [(0.9, True), (0.5, True), (0.2, True), (0.01, True), (0.95, False)]
    assert highest_with_recall(suspected, at_least=0.75, not_below=0.1) == 0.2
    assert highest_with_recall(suspected, at_least=1.0, not_below=0.1) == 0.1


def test_what_was_found_by_other_means_lowers_what_must_still_be_found() -> None:
    suspected = [(0.9, True), (0.2, True)]
    assert highest_with_recall(suspected, at_least=0.5, not_below=0.1, already_found=10) == NEVER
    assert highest_with_recall(suspected, at_least=0.9, not_below=0.1, already_found=8) == 0.9
    assert highest_with_recall([(0.9, False)], at_least=0.9, not_below=0.1) == NEVER
