"""Structured logs: one JSON object a line, with trace id, without personal data."""

import logging
import re
import sys
import time
import traceback
from collections.abc import Callable

import structlog
from structlog.typing import EventDict, ExcInfo, WrappedLogger

from shared.observability.tracing import current_traceparent, trace_id_of

# Values under these names are personal or may quote a resident; they never reach a log.
PRIVATE_KEYS = frozenset(
    {
        "text",
        "phone",
        "email",
        "contact",
        "name",
        "reply",
        "public_reply",
        "password",
        "body",
        "value",
        "token",
        "cookie",
    }
)
OUR_PACKAGES = ("services.", "shared.", "deploy.")
_PHONE = re.compile(r"(?<![\w-])(?:\+?84|0)(?:[ .-]?\d){8,10}(?![\w-])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_CREDENTIALS = re.compile(r"(\w+://[^:/\s@]+):[^@\s]+@")


class Repeats(logging.Filter):
    """Let a library say the same thing once in a while: while a broker is away, some say it thousands of times.

    Our own messages pass: they wait with growing pauses themselves.
    """

    def __init__(self, *, once_in_seconds: float = 10.0, now: Callable[[], float] = time.monotonic) -> None:
        """Pass one message of each place in a library's code per `once_in_seconds`."""
        super().__init__()
        self._once_in_seconds = once_in_seconds
        self._now = now
        self._passed_at: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is to be written."""
        if record.name.startswith(OUR_PACKAGES):
            return True
        place, now = (record.pathname, record.lineno), self._now()
        if now - self._passed_at.get(place, -self._once_in_seconds) < self._once_in_seconds:
            return False
        self._passed_at[place] = now
        return True


def scrub(message: str) -> str:
    """Take phone numbers, mail addresses and passwords in addresses out of a message."""
    message = _CREDENTIALS.sub(r"\1:***@", message)
    return _PHONE.sub("[phone]", _EMAIL.sub("[email]", message))


def setup_logging(service: str, *, level: str) -> None:
    """Send every log of this process, libraries included, to standard output as JSON."""
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=["topic", "group_id"]),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        lambda _, __, event: {"service": service, **event},
        _add_trace_id,
        structlog.processors.ExceptionRenderer(_frames_and_types),
        _without_personal_data,
    ]
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(Repeats())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=processors,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiokafka", "faststream", "uvicorn", "uvicorn.error", "uvicorn.access", "alembic"):
        logger = logging.getLogger(noisy)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    logging.getLogger("faststream").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    structlog.configure(
        processors=[*processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _frames_and_types(exc_info: ExcInfo) -> str:
    """Show where and what kind of errors were raised; their messages may quote a resident and are left out."""
    lines: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        lines += [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-12:]
        ]
        lines.append(type(error).__qualname__)
        error = error.__cause__ or error.__context__
    return "\n".join(lines)


def _add_trace_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    trace_id = trace_id_of(current_traceparent())
    if trace_id is not None:
        event.setdefault("trace_id", trace_id)
    return event


def _without_personal_data(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {
        key: "[private]" if key in PRIVATE_KEYS else scrub(value) if isinstance(value, str) else value
        for key, value in event.items()
    }
