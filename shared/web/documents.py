"""The event documents of a service, as JSON and as one page that needs no network."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from shared.events.catalogue import EVENTS
from shared.events.documents import asyncapi, json_schema

HERE = Path(__file__).parent


def document_routes(service: str, *, topics_read: Sequence[str]) -> APIRouter:
    """Serve /asyncapi (a page), /asyncapi.json and /schemas/<topic>.json."""
    router = APIRouter(include_in_schema=False)
    document = asyncapi(service=service, topics_read=topics_read)
    page = _page(document)

    @router.get("/asyncapi.json")
    async def asyncapi_json() -> JSONResponse:
        return JSONResponse(document)

    @router.get("/asyncapi", response_class=HTMLResponse)
    async def asyncapi_page() -> HTMLResponse:
        return HTMLResponse(page)

    @router.get("/schemas/{topic}.json")
    async def schema(topic: str) -> JSONResponse:
        if topic not in EVENTS:
            raise HTTPException(404, f"no event has the topic {topic}; there is {', '.join(sorted(EVENTS))}")
        return JSONResponse(json_schema(EVENTS[topic]))

    return router


def _page(document: Mapping[str, Any]) -> str:
    """Render the document as one page that needs no other file."""
    environment = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape())
    return environment.get_template("asyncapi.html").render(
        document=document,
        operations=[_operation(document, operation) for operation in document["operations"].values()],
        style=Markup((HERE / "assets" / "langnghe.css").read_text(encoding="utf-8")),  # noqa: S704 a file of ours
    )


def _operation(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any]:
    name = operation["messages"][0]["$ref"].rsplit("/", 1)[1]
    schema = document["components"]["messages"][name]["payload"]["schema"]
    return {
        "action": operation["action"],
        "topic": operation["channel"]["$ref"].removeprefix("#/channels/"),
        "summary": operation["summary"],
        "fields": [
            {
                "name": field,
                "type": _type_of(spec),
                "required": field in schema.get("required", ()),
                "meaning": spec.get("description", ""),
            }
            for field, spec in schema["properties"].items()
        ],
    }


def _type_of(spec: Mapping[str, Any]) -> str:
    if "$ref" in spec:
        return str(spec["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in spec:
        return " or ".join(_type_of(option) for option in spec["anyOf"])
    if spec.get("type") == "array":
        return f"list of {_type_of(spec.get('items', {}))}"
    return str(spec.get("format") or spec.get("type") or "any")
