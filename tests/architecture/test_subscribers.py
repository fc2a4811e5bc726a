"""Every subscription is declared in a way that loses nothing."""

import ast
from pathlib import Path

import pytest

from shared.events import EVENTS

ROOT = Path(__file__).parent.parent.parent
SERVICES = ("intake", "classifier", "router", "notifier", "desk")
SUBSCRIBE = ROOT / "shared" / "kafka" / "subscribe.py"
SAFE = {
    "group_id": "group_id",
    "max_records": "max_records",
    "batch": "True",
    "fetch_min_bytes": "FETCH_MIN_BYTES",
    "fetch_max_wait_ms": "FETCH_MAX_WAIT_MS",
    "auto_offset_reset": "'earliest'",
    "ack_policy": "AckPolicy.MANUAL",
    "parser": "raw_records",
    "decoder": "whole_message",
}


def calls(path: Path, name: str) -> list[ast.Call]:
    """Find every call of a function or method of this name in a file."""
    return [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) == name
    ]


def test_the_one_subscriber_names_its_group_reset_and_ack_policy() -> None:
    [call] = calls(SUBSCRIBE, "subscriber")
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    assert ast.unparse(call.args[0]) == "event.topic"
    assert {name: given.get(name) for name in SAFE} == SAFE


def test_nobody_else_subscribes() -> None:
    elsewhere = [
        path
        for folder in ("services", "shared", "deploy")
        for path in (ROOT / folder).rglob("*.py")
        if path != SUBSCRIBE and calls(path, "subscriber")
    ]
    assert elsewhere == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_reads_known_events_as_its_own_group(service: str) -> None:
    path = ROOT / "services" / service / "entrypoints" / "kafka.py"
    constants = {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert service in constants.values(), f"{service} does not read as a group of its own name"
    readings = calls(path, "read_batches")
    assert readings, f"{service} reads nothing"
    for call in readings:
        assert {"group_id", "max_records"} <= {keyword.arg for keyword in call.keywords}
        event = ast.unparse(call.args[2])
        assert event == "event" or event in {known.__name__ for known in EVENTS.values()}


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
