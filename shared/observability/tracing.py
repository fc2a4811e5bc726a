"""W3C trace context through HTTP, outbox and Kafka; OpenTelemetry spans when a collector is configured.

Without a collector no span is made, but every request still gets a trace id, and it travels with its events, so that
logs of five services can be joined by it.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)
_propagator = TraceContextTextMapPropagator()
_INVALID_TRACE_ID = "0" * 32
TRACEPARENT_PARTS = 4


class Tracing:
    """Make spans for one service, or only pass the trace context on when no collector is configured."""

    def __init__(self, service: str, *, otlp_endpoint: str | None) -> None:
        """Prepare the exporter when `otlp_endpoint` (base address of an OTLP/HTTP collector) is given."""
        self._provider: TracerProvider | None = None
        self._tracer: trace.Tracer | None = None
        if otlp_endpoint:
            self._provider = TracerProvider(resource=Resource.create({"service.name": f"langnghe-{service}"}))
            exporter = OTLPSpanExporter(endpoint=otlp_endpoint.rstrip("/") + "/v1/traces")
            self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
            self._tracer = self._provider.get_tracer("langnghe")

    @property
    def enabled(self) -> bool:
        """Say whether spans are made."""
        return self._tracer is not None

    def start(
        self,
        name: str,
        *,
        parent: str | None,
        kind: SpanKind = SpanKind.INTERNAL,
        links: Sequence[str] = (),
        attributes: Mapping[str, str | int] | None = None,
    ) -> tuple[Span | None, str]:
        """Start a span below `parent` and return it with its traceparent; the caller ends it.

        Without a collector there is no span, and the traceparent is the parent's, or a new one.
        """
        if self._tracer is None:
            return None, parent or new_traceparent()
        span = self._tracer.start_span(
            name,
            context=_context_of(parent),
            kind=kind,
            links=[Link(context) for context in map(_span_context_of, links) if context.is_valid],
            attributes=dict(attributes or {}),
        )
        return span, _traceparent_of(span)

    @contextmanager
    def span(
        self,
        name: str,
        *,
        parent: str | None,
        kind: SpanKind = SpanKind.INTERNAL,
        links: Sequence[str] = (),
        attributes: Mapping[str, str | int] | None = None,
    ) -> Iterator[str]:
        """Run a block inside a span; `current_traceparent()` names it for the length of the block."""
        span, traceparent = self.start(name, parent=parent, kind=kind, links=links, attributes=attributes)
        token = _current.set(traceparent)
        try:
            yield traceparent
        except BaseException as error:
            if span is not None:
                span.set_status(StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            _current.reset(token)
            if span is not None:
                span.end()

    def shutdown(self) -> None:
        """Send what is left and stop."""
        if self._provider is not None:
            self._provider.shutdown()


def current_traceparent() -> str | None:
    """Return the traceparent of the running block, if any."""
    return _current.get()


def new_traceparent() -> str:
    """Make a new, unsampled W3C traceparent."""
    random = secrets.token_hex(24)
    return f"00-{random[:32]}-{random[32:]}-00"


def trace_id_of(traceparent: str | None) -> str | None:
    """Return the trace id inside a traceparent, or none when it is not one."""
    parts = (traceparent or "").split("-")
    if len(parts) != TRACEPARENT_PARTS or len(parts[1]) != len(_INVALID_TRACE_ID) or parts[1] == _INVALID_TRACE_ID:
        return None
    return parts[1]


def _context_of(traceparent: str | None) -> Context:
    return _propagator.extract({"traceparent": traceparent}) if traceparent else Context()


def _span_context_of(traceparent: str) -> SpanContext:
    return trace.get_current_span(_context_of(traceparent)).get_span_context()


def _traceparent_of(span: Span) -> str:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
