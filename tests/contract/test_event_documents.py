"""The committed documents are what the models say, and a change to them is additive."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.events import EVENTS
from shared.events.documents import as_text, asyncapi, documents, json_schema, not_additive, write

SNAPSHOTS = Path(__file__).parent.parent.parent / "docs" / "events"


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_snapshot_is_what_the_models_say(name: str) -> None:
    snapshot = (SNAPSHOTS / name).read_text(encoding="utf-8")
    assert snapshot == as_text(documents()[name]), "run `make schemas` and look at the difference"


def test_no_snapshot_is_left_over() -> None:
    assert {path.name for path in SNAPSHOTS.iterdir()} == set(documents())


def schema(**changes: Any) -> dict[str, Any]:
    """Build a small schema."""
    return {
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
        "required": ["a"],
        "$defs": {"Colour": {"enum": ["red", "green"]}},
        **changes,
    }


def test_a_new_optional_field_and_a_new_value_are_additive() -> None:
    grown = schema(
        properties={"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": "string"}},
        **{"$defs": {"Colour": {"enum": ["red", "green", "blue"]}}},
    )
    assert not_additive(schema(), grown) == []


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        (schema(properties={"a": {"type": "string"}}), "b is gone"),
        (schema(properties={"a": {"type": "integer"}, "b": {"type": "integer"}}), "a has another type"),
        (schema(required=[]), "a is no longer always there"),
        (schema(required=["a", "b"]), "b must be there now"),
        (schema(**{"$defs": {"Colour": {"enum": ["red"]}}}), "green is no longer a value"),
        (schema(**{"$defs": {}}), "Colour is gone"),
    ],
)
def test_whatever_a_reader_would_miss_is_not_additive(changed: dict[str, Any], complaint: str) -> None:
    assert any(complaint in fault for fault in not_additive(schema(), changed))


def test_a_change_that_is_not_additive_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    assert write(tmp_path) == []
    path = tmp_path / "case.changed.v1.json"
    richer = json.loads(path.read_text(encoding="utf-8"))
    richer["properties"]["colour"] = {"type": "string"}
    path.write_text(json.dumps(richer), encoding="utf-8")
    assert write(tmp_path) == ["case.changed.v1.json: colour is gone"]
    assert json.loads(path.read_text(encoding="utf-8")) == richer


def test_the_document_of_a_service_has_what_it_sends_and_reads() -> None:
    document = asyncapi(service="router", topics_read=["feedback.classified.v1"])
    assert set(document["operations"]) == {
        "router.send.feedback.placed.v1",
        "router.receive.feedback.classified.v1",
    }
    assert document["asyncapi"] == "3.0.0"


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = asyncapi()
    for operation in document["operations"].values():
        for reference in [operation["channel"]["$ref"], *[m["$ref"] for m in operation["messages"]]]:
            node: Any = document
            for part in reference.removeprefix("#/").split("/"):
                node = node[part]
            assert node


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_every_schema_names_itself_and_its_required_fields(event: Any) -> None:
    document = json_schema(event)
    assert document["$id"] == f"urn:langnghe:{event.topic}"
    assert {"event_id", "feedback_id", "occurred_at"} <= set(document["required"])
