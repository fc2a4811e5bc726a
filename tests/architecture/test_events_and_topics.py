"""What holds for every event and topic, whoever adds the next one."""

import typing
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from pydantic import AwareDatetime, BaseModel

from shared.events import EVENTS, Event
from shared.events.base import Value

ROOT = Path(__file__).parent.parent.parent
SERVICES = {"intake", "classifier", "router", "notifier", "desk"}


def parts_of(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Collect a model and every model inside it."""
    found = {model}
    for field in model.model_fields.values():
        for inner in flattened(field.annotation):
            if isinstance(inner, type) and issubclass(inner, BaseModel) and inner not in found:
                found |= parts_of(inner)
    return found


def flattened(annotation: object) -> list[object]:
    """List the plain types inside an annotation."""
    arguments = typing.get_args(annotation)
    return [annotation, *[inner for argument in arguments for inner in flattened(argument)]]


def test_every_topic_of_the_deployment_has_an_event_and_the_reverse() -> None:
    topics = yaml.safe_load((ROOT / "deploy" / "topics.yaml").read_text(encoding="utf-8"))["topics"]
    assert sorted(topics) == sorted(EVENTS)


def test_every_event_class_is_in_the_catalogue() -> None:
    defined = {event for event in Event.__subclasses__() if event.__module__.startswith("shared.events.")}
    assert defined == set(EVENTS.values())


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_every_event_is_frozen_with_aware_times_and_names_its_service(event: type[Event]) -> None:
    assert event.source in SERVICES
    assert event.topic.endswith((".v1", ".v2", ".v3"))
    for part in parts_of(event):
        assert issubclass(part, Value)
        assert part.model_config.get("frozen") is True, f"{part.__name__} is not frozen"
        for name, field in part.model_fields.items():
            types = flattened(field.annotation)
            assert datetime not in types or AwareDatetime in types or AwareDatetime in field.metadata, (
                f"{part.__name__}.{name}"
            )


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_no_event_carries_a_contact_in_clear(event: type[Event]) -> None:
    fields = {name for part in parts_of(event) for name in part.model_fields}
    assert not fields & {"phone", "email", "name", "address", "contact"}
