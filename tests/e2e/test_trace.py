"""One trace leads from the HTTP request to the placement, through four processes and three topics."""

from pathlib import Path

import httpx
import pytest

from deploy.local.processes import SERVICES
from tests.support.collector import running_collector
from tests.support.system import System

pytestmark = pytest.mark.faults


def test_a_report_is_one_trace_from_the_request_to_the_placement_and_the_inbox(tmp_path: Path) -> None:
    with running_collector() as collector, System(tmp_path) as system:
        for service in SERVICES:
            system.restart(service, OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint)
        answer = httpx.post(
            f"{system.url('intake')}/api/v1/feedback",
            json={"text": "Ổ gà lớn giữa đường ở phường Tuy Hòa"},
            trust_env=False,
        )
        trace_id = answer.headers["x-trace-id"]
        wanted = {
            ("langnghe-intake", "POST intake"),
            ("langnghe-classifier", "classifier feedback.submitted.v1"),
            ("langnghe-router", "router feedback.classified.v1"),
            ("langnghe-desk", "desk feedback.placed.v1"),
            ("langnghe-notifier", "notifier feedback.placed.v1"),
        }
        system.wait_until(
            lambda: wanted <= {(span.service, span.name) for span in collector.trace(trace_id)}, what="the whole trace"
        )
        spans = {span.span_id: span for span in collector.trace(trace_id)}
        placed = next(span for span in spans.values() if span.name == "router feedback.classified.v1")
        above = [placed.service]
        while (placed := spans.get(placed.parent_id)) is not None:  # type: ignore[assignment]
            above.append(placed.service)
        assert above == ["langnghe-router", "langnghe-classifier", "langnghe-intake"]
        batches = [span for span in collector.spans if span.name == "router feedback.classified.v1 batch"]
        assert any(trace_id in span.links for span in batches)
