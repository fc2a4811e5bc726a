"""Every alert leads to a runbook, and asks for metrics, labels and values that the code really gives."""

import importlib
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

ROOT = Path(__file__).parent.parent.parent
RUNBOOKS = ROOT / "docs" / "runbooks"
METRICS = [*sorted(ROOT.glob("services/*/adapters/metrics.py")), ROOT / "shared" / "observability" / "metrics.py"]
PRINT = "print(prometheus_client.generate_latest().decode())"
RULES: list[Mapping[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
NAMES = [rule["alert"] for rule in RULES]
each_rule = pytest.mark.parametrize("rule", RULES, ids=NAMES)
SELECTOR = re.compile(r"(langnghe_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(?:=~|!~|!=|=)"([^"]*)"')


def metrics() -> dict[str, MetricWrapperBase]:
    """Collect what the code counts, under the names Prometheus knows."""
    found: dict[str, MetricWrapperBase] = {}
    for file in METRICS:
        module = importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
        for metric in vars(module).values():
            if isinstance(metric, MetricWrapperBase):
                suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(metric._type, [""])
                found |= {f"{metric._name}{suffix}": metric for suffix in suffixes}
    return found


def test_alerts_have_names_of_their_own() -> None:
    assert NAMES
    assert len(set(NAMES)) == len(NAMES)


@each_rule
def test_an_alert_says_what_happened_and_leads_to_its_runbook(rule: Mapping[str, Any]) -> None:
    notes = rule["annotations"]
    assert set(notes) == {"summary", "description", "runbook_url"}
    name = "-".join(re.findall("[A-Z][a-z]+", rule["alert"])).lower()
    assert notes["runbook_url"] == f"docs/runbooks/{name}.md"
    page = (ROOT / notes["runbook_url"]).read_text(encoding="utf-8")
    assert page.startswith(f"# {rule['alert']}\n")
    for part in ("## What residents notice", "## Where to look", "## What to do"):
        assert part in page
    assert f"| {rule['alert']} | [{name}.md]({name}.md) |" in (RUNBOOKS / "README.md").read_text(encoding="utf-8")


def test_there_is_no_runbook_without_an_alert() -> None:
    pages = {f"docs/runbooks/{page.name}" for page in RUNBOOKS.glob("*.md") if page.name != "README.md"}
    assert pages == {rule["annotations"]["runbook_url"] for rule in RULES}


@each_rule
def test_an_alert_asks_for_what_the_code_counts(rule: Mapping[str, Any]) -> None:
    known = metrics()
    selectors = SELECTOR.findall(rule["expr"])
    assert selectors
    for name, matchers in selectors:
        assert name in known, f"nothing in the code counts {name}"
        metric = known[name]
        for label, values in MATCHER.findall(matchers):
            assert label in metric._labelnames, f"{name} has no label {label}"
            for value in values.split("|"):
                # The help of a metric lists the values of its labels.
                assert f"'{value}'" in metric._documentation, f"{name}: {label} is never {value}"


@each_rule
def test_an_expression_closes_what_it_opens(rule: Mapping[str, Any]) -> None:
    for opening, closing in ("()", "[]", "{}"):
        assert rule["expr"].count(opening) == rule["expr"].count(closing)
    assert rule["expr"].count('"') % 2 == 0


def test_a_counter_that_an_alert_watches_is_there_before_its_first_increase() -> None:
    """Prometheus sees no increase in a series that begins with its first count."""
    modules = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in METRICS]
    told = subprocess.run(
        [sys.executable, "-c", f"import prometheus_client, {', '.join(modules)}; {PRINT}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name, matchers in {pair for rule in RULES for pair in SELECTOR.findall(rule["expr"]) if "_total" in pair[0]}:
        exact = re.findall(r'\w+="[^"]*"', matchers)
        lines = [line for line in told.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
        assert [line for line in lines if all(part in line for part in exact)], f"{name}{{{matchers}}} is not there"
