"""JSON Schema and AsyncAPI 3.0 documents of the events, generated from the models.

`python -m shared.events.documents DIRECTORY` writes the snapshots; it refuses a change that is not additive.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.events.base import Event
from shared.events.catalogue import EVENTS

Document = dict[str, Any]

HEADERS: Document = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "Same as event_id; stable over redelivery."},
        "ce_type": {"type": "string", "description": "Same as the topic."},
        "ce_source": {"type": "string", "description": "The service that says it."},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "format": "uuid", "description": "Same as feedback_id and as the Kafka key."},
        "traceparent": {"type": "string", "description": "W3C trace context."},
    },
}


def json_schema(event: type[Event]) -> Document:
    """Return the JSON Schema (2020-12) of an event's body."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:langnghe:{event.topic}",
        **event.model_json_schema(mode="serialization"),
    }


def asyncapi(*, service: str | None = None, topics_read: Sequence[str] = ()) -> Document:
    """Return the AsyncAPI document of the whole system, or of what one service sends and reads."""
    events = [
        event for event in EVENTS.values() if service is None or event.source == service or event.topic in topics_read
    ]
    channels: Document = {}
    operations: Document = {}
    messages: Document = {}
    for event in events:
        name = event.__name__
        messages[name] = {
            "name": name,
            "title": event.summary,
            "contentType": "application/json",
            "headers": HEADERS,
            "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": json_schema(event)},
            "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}}},
        }
        channels[event.topic] = {
            "address": event.topic,
            "description": event.summary,
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        }
        if service is None or event.source == service:
            operations[f"{event.source}.send.{event.topic}"] = _operation("send", event)
        if service is not None and event.topic in topics_read:
            operations[f"{service}.receive.{event.topic}"] = _operation("receive", event)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Lắng Nghe: {service}" if service else "Lắng Nghe",
            "version": "1.0.0",
            "description": "Events on Kafka: one topic per event type, key = feedback id, CloudEvents 1.0 headers.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def not_additive(old: Mapping[str, Any], new: Mapping[str, Any], *, where: str = "") -> list[str]:
    """List what a reader of `old` would miss in `new`: removed or retyped fields, narrowed values, new duties."""
    faults: list[str] = []
    properties = new.get("properties", {})
    for name, schema in old.get("properties", {}).items():
        path = f"{where}{name}"
        if name not in properties:
            faults.append(f"{path} is gone")
        elif _shape(schema) != _shape(properties[name]):
            faults.append(f"{path} has another type or range")
    had, has = set(old.get("required", ())), set(new.get("required", ()))
    faults += [f"{where}{name} is no longer always there" for name in sorted(had - has)]
    faults += [f"{where}{name} must be there now, and older events lack it" for name in sorted(has - had)]
    faults += [f"{where}{value} is no longer a value" for value in _left_out(old.get("enum"), new.get("enum"))]
    for name, definition in old.get("$defs", {}).items():
        if name not in new.get("$defs", {}):
            faults.append(f"{where}{name} is gone")
        else:
            faults += not_additive(definition, new["$defs"][name], where=f"{where}{name}.")
    return faults


def documents() -> dict[str, Document]:
    """Return every snapshot by file name."""
    files = {f"{topic}.json": json_schema(event) for topic, event in EVENTS.items()}
    return {**files, "asyncapi.json": asyncapi()}


def as_text(document: Document) -> str:
    """Serialise a document the way it is committed."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write(directory: Path) -> list[str]:
    """Write the snapshots; returns the faults, and writes nothing, when a change is not additive."""
    new = documents()
    faults: list[str] = []
    for name, document in new.items():
        path = directory / name
        if path.exists() and name != "asyncapi.json":
            old = json.loads(path.read_text(encoding="utf-8"))
            faults += [f"{name}: {fault}" for fault in not_additive(old, document)]
    if not faults:
        directory.mkdir(parents=True, exist_ok=True)
        for name, document in new.items():
            (directory / name).write_text(as_text(document), encoding="utf-8")
    return faults


def _operation(action: str, event: type[Event]) -> Document:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{event.topic.replace('/', '~1')}"},
        "summary": event.summary,
        "messages": [{"$ref": f"#/channels/{event.topic}/messages/{event.__name__}"}],
    }


def _shape(schema: Mapping[str, Any]) -> Document:
    return {key: value for key, value in schema.items() if key not in {"description", "title", "default"}}


def _left_out(old: Sequence[str] | None, new: Sequence[str] | None) -> list[str]:
    return [] if old is None else sorted(set(old) - set(new or ()))


if __name__ == "__main__":
    problems = write(Path(sys.argv[1]))
    if problems:
        sys.exit("Not additive; make a new version of the event instead:\n  " + "\n  ".join(problems))
