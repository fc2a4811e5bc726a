"""`langnghe router rules check` and `diff`, from the pack alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.router.entrypoints.cli import app
from tests.support.placing import PACK

RULES = (PACK / "policy.yaml").read_text(encoding="utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["rules", *arguments, "--territory", str(PACK)], env={"COLUMNS": "200"})


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a writer of the pack's rules with one part exchanged."""

    def write(old: str = "", new: str = "") -> Path:
        assert old in RULES
        file = tmp_path / "rules.yaml"
        file.write_text(RULES.replace(old, new, 1), encoding="utf-8")
        return file

    return write


CATCH_ALL = "  - id: lead_office\n    to: lead\n"
EVERYTHING = """  - id: everything
    note: một quy tắc dùng mọi điều kiện
    when:
      unit: ["24133"]
      topic: [noise]
      field: [security, environment, urban]
      urgency: [high, normal]
      kind: [report]
      channel: [sms, phone]
      time: [off]
      words: [karaoke, loa kẹo kéo]
    to: commune:police
    valid_from: 2026-12-01
    valid_to: 2026-12-31
"""


def test_the_rules_of_the_pack_can_be_used(write: Write) -> None:
    result = run("check", str(write()))
    assert result.exit_code == 0, result.stderr
    assert "5 rules for offices, 12 for deadlines, version" in result.stdout


def test_a_rule_may_ask_for_everything_at_once(write: Write) -> None:
    result = run("check", str(write(CATCH_ALL, EVERYTHING + CATCH_ALL)))
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("to: commune:office", "to: commune:x", "'to' is 'commune:x', which offices.yaml does not have"),
        ("[electricity,", "[electrics,", "condition 'topic' names 'electrics', which the territory does not have"),
        ("needs_review: [true]", "unit: [1]", "condition 'unit' names '1', which the territory does not have"),
        ("needs_review: [true]", "field: [x]", "condition 'field' names 'x', which the territory does not have"),
        ("urgency: [emergency]", "urgency: [urgent]", "condition 'urgency' names 'urgent'; use emergency, high"),
        ("needs_review: [true]", "channel: [fax]", "condition 'channel' names 'fax'; use web, app"),
        ("needs_review: [true]", "time: [night]", "condition 'time' names 'night'; use working, off"),
        ("needs_review: [true]", "words: ['...']", "condition 'words' names '...'; write words"),
        ("needs_review: [true]", "words: [no]", "has a value that YAML reads as yes or no; put it in quotes"),
        ("needs_review: [true]", "mood: [bad]", "condition 'mood' is unknown"),
        ("kind: [question]", "kind: [quest]", "condition 'kind' names 'quest'; use report"),
        (CATCH_ALL, "", "offices: the last rule must have no condition and no dates"),
        (CATCH_ALL, CATCH_ALL + "    valid_to: 2027-01-01\n", "offices: the last rule must have no condition"),
        (CATCH_ALL, CATCH_ALL + "    valid_form: 2027-01-01\n", "a rule has no 'valid_form'"),
        (
            "needs_review: [true]",
            "topic: [noise], kind: [thanks]}\n    valid_from: 2026-02-30\n    note: {",
            "'valid_from' is '2026-02-30'; write a date",
        ),
        (
            "  - id: courtesy\n",
            "  - id: courtesy\n    valid_from: 2026-12-01\n    valid_to: 2026-11-30\n",
            "'valid_to' 2026-11-30 is before 'valid_from' 2026-12-01",
        ),
        (
            "kind: [thanks, not_feedback]",
            "kind: [complaint_denunciation], urgency: [low]",
            "offices: rule 'courtesy' never decides, 'legal_track' comes first; move or remove it",
        ),
        ("  - id: courtesy\n", "  - id: legal_track\n", "'id' 'legal_track' appears a second time"),
        ("minutes: 60}", "minutes: 6000}", "deadlines: rule 'emergency' could be due to resolve before"),
        ("offices:", "offices: [", "not valid YAML"),
    ],
)
def test_rules_that_cannot_be_used_are_refused_with_the_reason(write: Write, old: str, new: str, said: str) -> None:
    result = run("check", str(write(old, new)))
    assert result.exit_code == 2, result.stdout
    assert "The rules were refused; nothing was changed." in result.stderr
    assert said in result.stderr
    assert "rules.yaml" in result.stderr


def test_a_file_that_is_not_there_is_told() -> None:
    result = run("check", "nowhere.yaml")
    assert result.exit_code == 2
    assert "nowhere.yaml is missing" in result.stderr


def test_the_difference_to_the_pack_is_told_rule_by_rule(write: Write) -> None:
    assert "no rule differs" in run("diff", str(write())).stdout
    result = run("diff", str(write(CATCH_ALL, EVERYTHING + CATCH_ALL)))
    assert result.stdout.splitlines()[1:] == [
        (
            "+ offices: added 'everything': channel phone|sms, field environment|security|urban, kind report, "
            "time off, topic noise, unit 24133, urgency high|normal, words karaoke|loa kẹo kéo, from 2026-12-01, "
            "to 2026-12-31 -> commune:police"
        )
    ]
    changed = run("diff", str(write("to: commune:office", "to: province:desk")))
    assert changed.stdout.splitlines()[1:] == [
        (
            "~ offices: changed 'legal_track': kind complaint_denunciation -> commune:office => "
            "kind complaint_denunciation -> province:desk"
        )
    ]
