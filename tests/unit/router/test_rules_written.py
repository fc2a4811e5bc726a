"""Rules written out as YAML and read again, and the reasons of a refusal as a page tells them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.adapters.rule_documents import policy_set, read_rules, rules_yaml
from services.router.domain.rules import PolicyError
from services.router.entrypoints.refusal_words import LONGEST_REASON, Problem, problem_of, problems_of, vietnamese
from services.router.usecases.ports import ReferenceSet
from services.router.usecases.switching import SwitchRefusedError
from shared.territory import TerritoryError
from tests.support.placing import PACK, pack

RULES = (PACK / "policy.yaml").read_text(encoding="utf-8")
CATCH_ALL = "  - id: lead_office\n    to: lead\n"
EVERYTHING = """  - id: everything
    note: "một quy tắc: dùng #mọi điều kiện, và 'dấu nháy'"
    when:
      unit: ["24133"]
      topic: [noise]
      field: [security, environment, urban]
      urgency: [high, normal]
      kind: [report]
      channel: [sms, phone]
      needs_review: [false]
      time: [off]
      words: [karaoke, loa kẹo kéo, "no", "123"]
    to: [commune:police, lead, utility:power]
    valid_from: 2026-12-01
    valid_to: 2026-12-31
"""


def read(text: str) -> ReferenceSet:
    return read_rules(text, pack(), name="YAML")


@pytest.mark.parametrize(
    "text",
    [
        RULES,
        RULES.replace(CATCH_ALL, EVERYTHING + CATCH_ALL),
        RULES.replace("    accept: {minutes: 60}", "    note: gấp\n    accept: {minutes: 60}"),
    ],
    ids=["the rules of the pack", "a rule with everything", "a note on terms"],
)
def test_rules_written_out_are_the_same_rules_when_they_are_read_again(text: str) -> None:
    rules = read(text)
    assert read(rules_yaml(rules)) == rules


printable = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn")), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(
    label=printable.filter(str.strip),
    note=printable,
    words=st.lists(printable.filter(lambda said: any(map(str.isalnum, said))), max_size=3),
)
def test_whatever_people_write_into_a_rule_survives_being_written_out(label: str, note: str, words: list[str]) -> None:
    rules = policy_set(pack())
    first, *rest = rules.document["offices"]
    when = {**first["when"], "words": words} if words else first["when"]
    offices = [{**first, "when": when, "note": note}, *rest]
    changed = ReferenceSet(rules.kind, "x", rules.valid_from, {**rules.document, "label": label, "offices": offices})
    again = read(rules_yaml(changed)).document
    assert again["label"] == label.strip()
    assert again["offices"][0].get("note") == (note.strip() or None)
    assert again["offices"][0]["when"].get("words", []) == words


def test_a_rule_without_a_note_keeps_the_version_it_had_before_there_were_any() -> None:
    assert "note" not in policy_set(pack()).document["deadlines"][0]
    noted = RULES.replace("    accept: {minutes: 60}", "    note: gấp\n    accept: {minutes: 60}")
    assert read(noted).version != policy_set(pack()).version


def refusal(text: str) -> Problem:
    with pytest.raises((TerritoryError, PolicyError)) as refused:
        read(text)
    return problem_of(refused.value, text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("to: commune:office", "to: commune:x", "không có cơ quan «commune:x»"),
        ("to: commune:office", "to: [lead, lead]", "ghi một cơ quan hai lần"),
        ("to: commune:office", "to: []", "phải là danh sách"),
        ("[electricity,", "[electrics,", "điều kiện «topic» ghi «electrics», tỉnh không có mã này"),
        ("urgency: [emergency]", "urgency: [urgent]", "điều kiện «urgency» ghi «urgent»; dùng emergency"),
        ("needs_review: [true]", "words: ['...']", "«words» ghi «...»; ghi chữ"),
        ("needs_review: [true]", "words: [no]", "đặt từ đó trong ngoặc kép"),
        ("needs_review: [true]", "mood: [bad]", "không có điều kiện «mood»"),
        ("needs_review: [true]", "kind: question", "«kind» phải là danh sách"),
        (CATCH_ALL, "", "quy tắc cuối cùng phải không có điều kiện"),
        (CATCH_ALL, CATCH_ALL + "    valid_form: 2027-01-01\n", "không có mục «valid_form»"),
        ("offices:", "ofices: []\noffices:", "không có mục «ofices»"),
        ("  - id: courtesy\n", "  - id: courtesy\n    valid_from: 2026-02-30\n", "«valid_from» ghi «2026-02-30»"),
        (
            "  - id: courtesy\n",
            "  - id: courtesy\n    valid_from: 2026-12-01\n    valid_to: 2026-11-30\n",
            "hết hiệu lực (2026-11-30) trước khi có hiệu lực (2026-12-01)",
        ),
        ("  - id: courtesy\n", "  - id: legal_track\n", "tên quy tắc «legal_track» có hai lần"),
        ("minutes: 60}", "minutes: 6000}", "hạn giải quyết có thể đến trước hạn tiếp nhận"),
        ("minutes: 60}", "minutes: 0}", "«minutes» là 0; phải lớn hơn 0"),
        ("minutes: 60}", "minutes: one}", "«minutes» ghi «one»; ghi một số"),
        ("minutes: 60}", "minutes: 60.5}", "phải là số phút nguyên"),
        ("minutes: 60}", "hours: 1}", "phải ghi {minutes: số phút}"),
        ("offices:", "offices: [", "sai cú pháp YAML"),
        ("to: lead", "to: &lead lead\n    note: *lead", "không dùng bí danh"),
        ("to: lead", "to: \x01", "ký tự không phải chữ"),
        ('version: "2026.1"', "version:", "«version» chưa có; điền vào"),
        ("valid_from: 2025-07-01", "", "«valid_from» chưa có; ghi một ngày"),
    ],
)
def test_a_refusal_is_told_in_vietnamese(old: str, new: str, said: str) -> None:
    assert old in RULES
    problem = refusal(RULES.replace(old, new, 1))
    assert said in problem.vi
    assert problem.vi != problem.en


def test_a_refusal_points_at_the_line_it_is_about() -> None:
    text = RULES.replace("  - id: courtesy\n", "  - id: courtesy\n    mood: bad\n", 1)
    problem = refusal(text)
    assert problem.line is not None
    assert text.splitlines()[problem.line - 1].strip() == problem.text == "- id: courtesy"


@pytest.mark.parametrize("written", ["  - id: again", "  - {id: again", '  - id: "again"', "  - id: 'again'  # hai"])
def test_a_rule_that_never_decides_is_pointed_at_in_the_list_it_stands_in(written: str) -> None:
    rest = ", when: {kind: [thanks]}, to: lead}\n" if "{" in written else "\n    when: {kind: [thanks]}\n    to: lead\n"
    text = RULES.replace(
        "  - id: normal\n",
        "  - id: again\n    when: {topic: [fire_safety]}\n    accept: {minutes: 1}\n    resolve: {minutes: 2}\n"
        "  - id: normal\n",
    )
    text = text.replace(CATCH_ALL, written + rest + CATCH_ALL)
    problem = refusal(text)
    assert "«again» không bao giờ được dùng vì 'courtesy' đứng trước" in problem.vi
    assert problem.text.startswith(written.strip())


def test_nesting_without_end_and_a_text_that_is_no_mapping_are_refused() -> None:
    assert "lồng nhau quá sâu" in refusal("a: " + "[" * 5000).vi
    assert "phải là các cặp" in refusal("- a\n").vi


def test_a_reason_that_is_not_known_is_told_as_it_is_and_one_without_end_is_cut() -> None:
    assert vietnamese("something new") is None
    assert problem_of(SwitchRefusedError("something new")) == Problem("something new", "something new")
    (long,) = problems_of(["x" * 10_000])
    assert len(long.vi) <= LONGEST_REASON + 1
