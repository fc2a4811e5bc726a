"""How long the clock stands at most while a resident is asked: written in a policy, checked, compared, remembered."""

from pathlib import Path

import pytest

from services.router.adapters.rule_documents import policy_of, policy_set
from services.router.domain.clock import Duration
from services.router.domain.rule_diff import compare_policies
from services.router.domain.rules import Policy
from services.router.usecases.ports import ReferenceSet
from shared.territory import TerritoryError, read_policy
from tests.support.placing import PACK, pack

WRITTEN = "waiting: {limit: {working_minutes: 4500}}\n"
RULES = (PACK / "policy.yaml").read_text(encoding="utf-8")


def rules(folder: Path, waiting: str) -> ReferenceSet:
    assert WRITTEN in RULES
    file = folder / "policy.yaml"
    file.write_text(RULES.replace(WRITTEN, waiting), encoding="utf-8")
    return policy_set(pack(), read_policy(file, pack()))


def policy(folder: Path, waiting: str) -> Policy:
    return policy_of(rules(folder, waiting).document)


def test_a_policy_says_the_limit_in_either_kind_of_time(tmp_path: Path) -> None:
    assert policy(tmp_path, WRITTEN).waiting_limit == Duration(4500, working=True)
    assert policy(tmp_path, "waiting: {limit: {minutes: 1440}}\n").waiting_limit == Duration(1440, working=False)


def test_a_policy_that_does_not_say_it_has_ten_working_days_and_the_version_it_had(tmp_path: Path) -> None:
    silent = rules(tmp_path, "")
    assert policy_of(silent.document).waiting_limit == Duration(4500, working=True)
    assert "waiting_limit" not in silent.document


@pytest.mark.parametrize(
    ("waiting", "said"),
    [
        ("waiting: {limit: {working_minutes: 0}}\n", "working_minutes"),
        ("waiting: {limit: {working_minutes: 1.5}}\n", "whole minutes"),
        ("waiting: {limit: {days: 3}}\n", "limit"),
        ("waiting: {limit: {minutes: 99999999}}\n", "minutes"),
        ("waiting: {for: {minutes: 1}}\n", "must say its limit"),
        ("waiting: {}\n", "waiting"),
        ("waiting: 10\n", "waiting"),
    ],
)
def test_a_limit_that_is_none_is_refused_when_the_rules_are_read(tmp_path: Path, waiting: str, said: str) -> None:
    with pytest.raises(TerritoryError, match=said):
        rules(tmp_path, waiting)


def test_another_limit_is_a_difference_between_policies(tmp_path: Path) -> None:
    before, after = policy(tmp_path, WRITTEN), policy(tmp_path, "waiting: {limit: {working_minutes: 900}}\n")
    (change,) = compare_policies(before, after)
    assert (change.part, change.rule_id, change.before, change.after) == (
        "waiting",
        "limit",
        "4500 working min",
        "900 working min",
    )
    assert compare_policies(before, policy(tmp_path, "")) == []
