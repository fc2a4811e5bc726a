"""What went wrong and what to do about it: RFC 9457 problems for programs, in Vietnamese and English."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from fastapi import Request, Response
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from services.intake.usecases.ports import TooBusyError
from shared.db.faults import is_surroundings_fault

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_SECONDS = 5
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one field, in both languages."""

    field: str
    vi: str
    en: str


class Problem(Exception):  # noqa: N818 RFC 9457 calls it so
    """A request that cannot be answered as asked; says why and what to do."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Describe it: `title` in Vietnamese, `detail` in English."""
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Answer a program."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.faults:
            body["errors"] = [{"field": fault.field, "vi": fault.vi, "en": fault.en} for fault in self.faults]
        return Response(orjson.dumps(body), self.status, self.headers, media_type=PROBLEM_JSON)


class FaultBody(BaseModel):
    """One thing wrong with one field."""

    field: str = Field(description="Path of the field, for example place.lat; 'body' for the whole.")
    vi: str = Field(description="What is wrong and what to do, in Vietnamese.")
    en: str = Field(description="The same in English.")


class ProblemBody(BaseModel):
    """A problem as of RFC 9457."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(description="What is wrong, in Vietnamese.", examples=["Nội dung gửi chưa hợp lệ"])
    status: int = Field(examples=[422])
    detail: str = Field(description="What is wrong and what to do, in English.")
    errors: list[FaultBody] = Field(default=[], description="Field by field, where fields are at fault.")


def describe_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document problem answers for OpenAPI."""
    said = {
        400: "The body is not JSON.",
        404: "Nobody has this tracking code.",
        409: "It contradicts what was said before; see `detail`.",
        413: "The body is too large.",
        422: "A field is wrong; see `errors`.",
        503: "The database is away. Nothing is lost: send the same again after `Retry-After` seconds.",
    }
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    return {
        status: {"description": said[status], "model": ProblemBody, "content": {PROBLEM_JSON: {"schema": schema}}}
        for status in statuses
    }


def invalid(faults: Sequence[Fault]) -> Problem:
    """Describe a request with wrong fields."""
    return Problem(
        422,
        "Nội dung gửi chưa hợp lệ",
        "Correct these fields and send again: " + "; ".join(f"{fault.field}: {fault.en}" for fault in faults),
        faults=faults,
    )


def not_json() -> Problem:
    """Describe a body that is not JSON."""
    return Problem(400, "Nội dung gửi không phải JSON", "The body is not a JSON object in UTF-8. Send one.")


def too_large(limit_bytes: int) -> Problem:
    """Describe a body over the limit."""
    return Problem(
        413,
        "Nội dung gửi quá lớn",
        f"The body is over {limit_bytes // 1024} kB. Send less at a time.",
        # What is left of the body is not read.
        headers={"Connection": "close"},
    )


def unavailable() -> Problem:
    """Describe a database that is away."""
    return Problem(
        503,
        "Hệ thống đang tạm gián đoạn, xin gửi lại sau ít giây",
        "The report could not be stored just now. Send it again, with the same Idempotency-Key, "
        f"after {RETRY_AFTER_SECONDS} s.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def unknown_code() -> Problem:
    """Describe a tracking code that nobody has."""
    return Problem(
        404,
        "Không tìm thấy mã tra cứu",
        "No report has this tracking code. Codes look like DL-7K3FM-92QXA; check it and try again.",
    )


async def answered(work: Awaitable[Answer]) -> Answer:
    """Wait for `work`; raises the 503 problem when the database is away, too slow or too busy."""
    try:
        return await work
    except TooBusyError as error:
        raise unavailable() from error
    except Exception as error:
        if is_surroundings_fault(error):
            raise unavailable() from error
        raise


async def answered_within(seconds: float, work: Awaitable[Answer]) -> Answer:
    """Wait for `work`, but not for ever; raises the 503 problem."""

    async def bounded() -> Answer:
        async with asyncio.timeout(seconds):
            return await work

    return await answered(bounded())


async def read_body(request: Request, *, limit_bytes: int) -> bytes:
    """Read a body; raises the 413 problem before more than `limit_bytes` are in memory."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise too_large(limit_bytes)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise too_large(limit_bytes)
    return body


def faults_of(error: ValidationError) -> list[Fault]:
    """Translate what pydantic found."""
    return [_fault(fault) for fault in error.errors(include_url=False, include_input=False)]


def is_not_json(error: ValidationError) -> bool:
    """Say whether the body could not even be read, or is no object."""
    first = error.errors(include_url=False, include_input=False)[0]
    return first["type"] == "json_invalid" or (not first["loc"] and first["type"] == "model_type")


def _fault(fault: ErrorDetails) -> Fault:
    field = ".".join(str(part) for part in fault["loc"]) or "body"
    given = fault.get("ctx", {})
    if "vi" in given:
        return Fault(field, given["vi"], fault["msg"])
    vi = {
        "missing": "Thiếu trường này.",
        "extra_forbidden": "Không có trường nào tên như vậy.",
        "string_too_short": "Chưa có nội dung.",
        "string_too_long": f"Dài quá {given.get('max_length')} ký tự.",
        "string_type": "Phải là chữ.",
        "enum": f"Phải là một trong: {given.get('expected')}.",
        "literal_error": f"Phải là một trong: {given.get('expected')}.",
        "finite_number": "Phải là một số.",
        "float_type": "Phải là một số.",
        "float_parsing": "Phải là một số.",
        "greater_than_equal": f"Phải từ {given.get('ge')} trở lên.",
        "less_than_equal": f"Không được quá {given.get('le')}.",
        "timezone_aware": "Phải kèm múi giờ, ví dụ 2026-01-31T08:00:00+07:00.",
    }.get(fault["type"], "Giá trị chưa hợp lệ.")
    en = {
        "extra_forbidden": "there is no such field; remove it or correct its name",
        "missing": "is missing; add it",
        "timezone_aware": "needs an offset, for example 2026-01-31T08:00:00+07:00",
    }.get(fault["type"], fault["msg"])
    return Fault(field, vi, en)
