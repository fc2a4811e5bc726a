"""What happens around every HTTP request: a trace, a measured time, security headers."""

import time

import structlog
from opentelemetry.trace import SpanKind
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.observability import metrics
from shared.observability.tracing import Tracing, trace_id_of

log = structlog.get_logger(__name__)

CONTENT_SECURITY_POLICY = (
    b"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; "
    b"base-uri 'none'; form-action 'self'"
)
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", CONTENT_SECURITY_POLICY),
)
QUIET_ROUTES = frozenset({"/live", "/ready", "/metrics"})
SERVER_ERROR = 500


class ObservedRequests:
    """ASGI middleware: continue or start the trace, time the request by route, answer with the trace id."""

    def __init__(self, app: ASGIApp, *, service: str, tracing: Tracing) -> None:
        """Wrap `app`."""
        self._app = app
        self._service = service
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http" or scope["path"] in QUIET_ROUTES:
            await self._app(scope, receive, send)
            return
        parent = next(
            (value.decode("ascii", "replace") for name, value in scope["headers"] if name == b"traceparent"), None
        )
        started = time.perf_counter()
        status = SERVER_ERROR

        with self._tracing.span(
            f"{scope['method']} {self._service}", parent=parent if trace_id_of(parent) else None, kind=SpanKind.SERVER
        ) as traceparent:
            trace_id = (trace_id_of(traceparent) or "").encode()

            async def send_with_headers(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    message["headers"] = [*message["headers"], (b"x-trace-id", trace_id), *SECURITY_HEADERS]
                await send(message)

            begun = False

            async def send_noting(message: Message) -> None:
                nonlocal begun
                begun = True
                await send_with_headers(message)

            try:
                await self._app(scope, receive, send_noting)
            except Exception:
                log.exception("request failed", method=scope["method"])
                if begun:
                    raise
                await PlainTextResponse("Hệ thống gặp lỗi / internal error", SERVER_ERROR)(
                    scope, receive, send_with_headers
                )
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                metrics.HTTP_SECONDS.labels(self._service, scope["method"], route, str(status)).observe(
                    time.perf_counter() - started
                )
