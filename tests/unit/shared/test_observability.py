"""Logs say where and what, and nothing about a person; traces go on across services."""

import json
import logging
import re

import pytest
import structlog

from shared.observability.logs import Repeats, scrub, setup_logging
from shared.observability.tracing import Tracing, current_traceparent, new_traceparent, trace_id_of


@pytest.mark.parametrize(
    "text",
    ["call 0912345678", "call +84 912 345 678", "call 0912.345.678", "mail y.bham@example.com", "02623851234"],
)
def test_phone_numbers_and_addresses_are_scrubbed(text: str) -> None:
    assert not re.search(r"\d{3}|@", scrub(text))


@pytest.mark.parametrize("text", ["offset 1234", "event 0190f5c2-3b1a-7cc4-8000-0123456789ab", "port 8001", "1.5 s"])
def test_ids_and_numbers_that_are_no_phone_stay(text: str) -> None:
    assert scrub(text) == text


def test_a_password_in_an_address_is_scrubbed() -> None:
    assert scrub("postgresql://langnghe:secret@127.0.0.1/x") == "postgresql://langnghe:***@127.0.0.1/x"


def test_a_log_line_is_json_with_service_and_trace_and_without_private_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    setup_logging("intake", level="INFO")
    with Tracing("intake", otlp_endpoint=None).span("request", parent=None) as traceparent:
        structlog.get_logger("x").info("accepted", text="nhà tôi cháy", phone="0912345678", channel="sms")
    line = json.loads(capsys.readouterr().out)
    assert line["service"] == "intake"
    assert line["trace_id"] == trace_id_of(traceparent)
    assert line["channel"] == "sms"
    assert (line["text"], line["phone"]) == ("[private]", "[private]")


def test_a_logged_error_shows_where_but_not_its_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    setup_logging("intake", level="INFO")
    try:
        {}["Y Bhăm, số nhà 12"]
    except KeyError:
        structlog.get_logger("x").exception("failed")
    out = capsys.readouterr().out
    assert "KeyError" in out
    assert "test_observability.py" in out
    assert "Bhăm" not in out


def test_a_span_continues_the_parents_trace() -> None:
    tracing = Tracing("test", otlp_endpoint=None)
    parent = new_traceparent()
    with tracing.span("x", parent=parent):
        assert trace_id_of(current_traceparent()) == trace_id_of(parent)
    assert current_traceparent() is None


@pytest.mark.parametrize("text", [None, "", "00-abc-def-01", "nonsense", f"00-{'0' * 32}-{'1' * 16}-01"])
def test_what_is_no_traceparent_has_no_trace_id(text: str | None) -> None:
    assert trace_id_of(text) is None


def record(name: str, line: int) -> logging.LogRecord:
    """Build a log record of a place in code."""
    return logging.LogRecord(name, logging.ERROR, f"{name}.py", line, "broker away", None, None)


def test_a_library_says_the_same_thing_once_in_a_while_and_we_are_never_cut_short() -> None:
    clock = iter([0.0, 1.0, 2.0, 11.0])
    repeats = Repeats(once_in_seconds=10, now=lambda: next(clock))
    aiokafka, other_place = record("aiokafka.client", 1), record("aiokafka.client", 2)
    assert [repeats.filter(r) for r in (aiokafka, aiokafka, other_place, aiokafka)] == [True, False, True, True]
    assert all(repeats.filter(record("shared.kafka.consume", 1)) for _ in range(5))
