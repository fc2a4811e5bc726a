"""Health and what happens around every request."""

import asyncio
import json

import httpx
import structlog
from fastapi import FastAPI
from starlette.middleware import Middleware
from structlog.testing import capture_logs

from shared.observability.tracing import Tracing, new_traceparent, trace_id_of
from shared.web.documents import document_routes
from shared.web.health import Health, health_routes
from shared.web.middleware import ObservedRequests


def client_of(health: Health | None = None) -> httpx.AsyncClient:
    """Build a small service."""
    tracing = Tracing("test", otlp_endpoint=None)
    app = FastAPI(middleware=[Middleware(ObservedRequests, service="test", tracing=tracing)])
    app.include_router(health_routes("test", health or Health()))
    app.include_router(document_routes("router", topics_read=["feedback.classified.v1"]))

    @app.get("/fails")
    async def fails() -> None:
        raise KeyError("Y Bhăm")

    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://test")


async def well() -> str | None:
    return None


async def unwell() -> str | None:
    return "the oldest row has waited 90 s"


async def hangs() -> str | None:
    await asyncio.Event().wait()
    return None


async def refuses() -> str | None:
    raise ConnectionRefusedError


async def test_a_required_check_decides_and_a_reported_one_is_only_told() -> None:
    async with client_of(Health(required={"database": well}, reported={"broker": unwell})) as client:
        ready = await client.get("/ready")
        assert ready.status_code == 200
        assert ready.json()["checks"] == {"database": "ok", "broker": "the oldest row has waited 90 s"}
    async with client_of(Health(required={"database": refuses})) as client:
        ready = await client.get("/ready")
        assert ready.status_code == 503
        assert ready.json()["checks"]["database"] == "does not answer (ConnectionRefusedError)"


async def test_checks_that_hang_do_not_make_ready_hang() -> None:
    health = Health(timeout_seconds=0.05, required={"database": hangs}, reported={"broker": hangs})
    async with client_of(health) as client:
        ready = await asyncio.wait_for(client.get("/ready"), 5)
    assert ready.json()["checks"] == dict.fromkeys(("database", "broker"), "does not answer (TimeoutError)")


async def test_live_and_metrics_answer_whatever_the_checks_say() -> None:
    async with client_of(Health(required={"database": refuses})) as client:
        assert (await client.get("/live")).json()["status"] == "live"
        assert "langnghe_records_total" in (await client.get("/metrics")).text


async def test_a_request_goes_on_with_the_callers_trace_and_carries_security_headers() -> None:
    parent = new_traceparent()
    async with client_of() as client:
        answer = await client.get("/asyncapi.json", headers={"traceparent": parent})
    assert answer.headers["x-trace-id"] == trace_id_of(parent)
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_a_failed_request_answers_500_with_its_trace_and_is_logged_inside_it() -> None:
    structlog.reset_defaults()
    async with client_of() as client:
        with capture_logs() as logs:
            answer = await client.get("/fails")
    assert answer.status_code == 500
    assert len(answer.headers["x-trace-id"]) == 32
    assert "Y Bhăm" not in answer.text
    [entry] = [entry for entry in logs if entry["event"] == "request failed"]
    assert entry["log_level"] == "error"


async def test_the_event_documents_are_served_and_need_no_network() -> None:
    async with client_of() as client:
        document = json.loads((await client.get("/asyncapi.json")).text)
        page = (await client.get("/asyncapi")).text
        schema = (await client.get("/schemas/feedback.placed.v1.json")).json()
        unknown = await client.get("/schemas/nothing.json")
    assert set(document["channels"]) == {"feedback.classified.v1", "feedback.placed.v1"}
    assert "feedback.placed.v1" in page
    assert "http://" not in page
    assert "https://" not in page
    assert schema["$id"] == "urn:langnghe:feedback.placed.v1"
    assert unknown.status_code == 404
