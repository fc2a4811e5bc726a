"""Every subscription is declared in a way that loses nothing."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SERVICES = ("intake", "classifier", "router", "notifier", "desk")
SAFE = {
    "batch": "True",
    "fetch_min_bytes": "FETCH_MIN_BYTES",
    "fetch_max_wait_ms": "FETCH_MAX_WAIT_MS",
    "auto_offset_reset": "'earliest'",
    "ack_policy": "AckPolicy.MANUAL",
    "parser": "raw_records",
    "decoder": "whole_message",
}


def subscriptions(path: Path) -> list[ast.Call]:
    """Find every `.subscriber(...)` call of a file."""
    return [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "subscriber"
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_every_subscriber_names_its_group_reset_and_ack_policy(service: str) -> None:
    calls = subscriptions(ROOT / "services" / service / "entrypoints" / "kafka.py")
    assert calls, f"{service} subscribes to nothing"
    for call in calls:
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        topic = ast.unparse(call.args[0])
        assert topic.endswith(".topic"), f"{service}: {topic} is not the topic of an event class"
        assert "group_id" in given, f"{service}: {topic} has no group"
        assert "max_records" in given, f"{service}: {topic} has no batch limit"
        assert {name: given.get(name) for name in SAFE} == SAFE, f"{service}: {topic}"


def test_subscribers_stand_in_the_kafka_entrypoints_alone() -> None:
    elsewhere = [
        path
        for folder in ("services", "shared", "deploy")
        for path in (ROOT / folder).rglob("*.py")
        if path.parts[-2:] != ("entrypoints", "kafka.py") and subscriptions(path)
    ]
    assert elsewhere == []


def test_no_clock_is_read_outside_the_clock_module_and_the_wiring() -> None:
    readers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("services", "shared")
        for path in (ROOT / folder).rglob("*.py")
        if path.name not in {"main.py", "clock.py", "cli.py"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in {"utcnow", "now", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    ]
    assert readers == []
