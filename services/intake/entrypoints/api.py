"""The public REST API of the residents' side, /api/v1."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from services.intake.domain.second_word import ANSWER, PLACE, SecondWord
from services.intake.domain.submission import LONGEST_IDEMPOTENCY_KEY, Submission, is_idempotency_key
from services.intake.domain.tracking import Tracking
from services.intake.domain.tracking_code import read_tracking_code
from services.intake.entrypoints.bodies import (
    EXAMPLE_CODE,
    AnswerRequest,
    AnswerResponse,
    FeedbackRequest,
    FeedbackResponse,
    TopicResponse,
    TrackingResponse,
    TrackingsResponse,
    UnitResponse,
)
from services.intake.entrypoints.problems import (
    Fault,
    Problem,
    answered,
    answered_within,
    describe_problems,
    faults_of,
    invalid,
    is_not_json,
    not_json,
    read_body,
    unknown_code,
)
from services.intake.usecases.answer_resident import (
    NotAskedNowError,
    SaidOtherwiseError,
    UnknownCodeError,
    UnknownPartError,
)
from services.intake.usecases.submit_feedback import KeyTaken, Outcome, Receipt
from shared.clock import Clock
from shared.observability.tracing import current_traceparent
from shared.territory import Territory

MOST_CODES = 200
LARGEST_BODY_BYTES = 256 * 1024
CREATED, OK = 201, 200
NEEDED = {ANSWER: "the office asks (waiting_resident)", PLACE: "it is placed, while no unit is known for it"}
SETTLED_NEEDED = "it is resolved or closed"

PREFIX = "/api/v1"
SUBMIT_PATH = f"{PREFIX}/feedback"

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Intake:
    """What the routes need."""

    submit: Callable[[Submission], Awaitable[Outcome]]
    track: Callable[[Sequence[str]], Awaitable[Sequence[Tracking]]]
    answer: Callable[[str, SecondWord, UUID | None], Awaitable[bool]]
    territory: Territory
    clock: Clock
    address: str
    answer_within_seconds: float

    async def accept(self, submission: Submission) -> Receipt:
        """Submit; raises the problem of a key that belongs to something else, or of an absent database."""
        outcome = await answered(self.submit(submission))
        if isinstance(outcome, KeyTaken):
            raise Problem(
                409,
                "Mã chống trùng đã được dùng cho một nội dung khác",
                "This Idempotency-Key came before with a different body. Send a new report under a new key.",
            )
        return outcome

    async def find(self, codes: Sequence[str]) -> Sequence[Tracking]:
        """Look codes up; raises the problem of an absent database."""
        return await answered_within(self.answer_within_seconds, self.track(codes))

    async def hear(self, code: str, word: SecondWord, part: UUID | None) -> bool:
        """Take a second word about a report or a part of it; raises the problem of a wrong code, unit or moment."""
        if word.place is not None:
            self.check_unit(word.place.unit_code, "place.unit_code")
        try:
            return await answered_within(self.answer_within_seconds, self.answer(code, word, part))
        except UnknownCodeError as error:
            raise unknown_code() from error
        except UnknownPartError as error:
            raise invalid(
                [Fault("part", "Phản ánh không có phần này.", "the report has no such part; see its `parts`")]
            ) from error
        except NotAskedNowError as error:
            raise Problem(
                409,
                "Nơi xảy ra không còn cần hỏi nữa" if word.kind == PLACE else "Phản ánh chưa ở bước này",
                f"The case is {error.state}. This can be said once {NEEDED.get(word.kind, SETTLED_NEEDED)}.",
            ) from error
        except SaidOtherwiseError as error:
            raise Problem(
                409,
                "Ý kiến trước của bạn đã được ghi nhận",
                "Something else was said before and waits to be read. Wait until the office has acted on it.",
            ) from error

    def check_unit(self, code: str | None, field: str) -> None:
        """Refuse a unit this territory does not have."""
        if code is not None and code not in self.territory.unit_by_code:
            raise invalid(
                [Fault(field, "Không có xã, phường nào mang mã này.", "no unit has this code; see /api/v1/units")]
            )


def _inlined(model: type[BaseModel]) -> dict[str, Any]:
    """Give the JSON Schema of a body that the route reads itself, without references."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def resolve(part: Any) -> Any:
        if isinstance(part, dict):
            if "$ref" in part:
                return resolve(definitions[part["$ref"].rsplit("/", 1)[1]])
            return {name: resolve(value) for name, value in part.items()}
        return [resolve(value) for value in part] if isinstance(part, list) else part

    resolved: dict[str, Any] = resolve(schema)
    return resolved


def _documented_body(model: type[BaseModel]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": _inlined(model)}}}


_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A key of the sender's own for this report. The same key again gives the same answer and stores "
    "nothing twice; send one always, so that a request whose answer got lost can be repeated.",
    "schema": {"type": "string", "maxLength": LONGEST_IDEMPOTENCY_KEY},
}


def idempotency_key_of(request: Request) -> str:
    """Read the key, or make one."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return uuid4().hex
    if not is_idempotency_key(key):
        raise invalid(
            [
                Fault(
                    "Idempotency-Key",
                    f"Mã chống trùng phải có từ 1 đến {LONGEST_IDEMPOTENCY_KEY} ký tự ASCII.",
                    f"must be 1 to {LONGEST_IDEMPOTENCY_KEY} visible ASCII characters",
                )
            ]
        )
    return key


@dataclass(frozen=True, slots=True)
class _Named:
    """What the request metrics ask of a route."""

    path: str


SUBMIT_ROUTE = _Named(SUBMIT_PATH)


async def submit(intake: Intake, request: Request) -> Response:
    """Hand in a report. Reads the body and writes the answer itself: the framework's own way is many times slower."""
    key = idempotency_key_of(request)
    body = await _read(FeedbackRequest, request)
    intake.check_unit(body.place.unit_code, "place.unit_code")
    receipt = await intake.accept(body.submission(key, trace=current_traceparent()))
    return Response(
        orjson.dumps(
            {
                "tracking_code": receipt.tracking_code,
                # As text: one read back from the database is a UUID of the driver's own, which orjson refuses.
                "feedback_id": str(receipt.feedback_id),
                "received_at": receipt.received_at,
                "tracking_url": f"{intake.address}/t/{receipt.tracking_code}",
            }
        ),
        OK if receipt.repeated else CREATED,
        media_type="application/json",
    )


class SubmitAtOnce:
    """ASGI middleware: answer POST /api/v1/feedback before the router looks; everything else goes on.

    The way through the framework costs more than the report itself. The route is registered with it all the same,
    for the OpenAPI document.
    """

    def __init__(self, app: ASGIApp, *, intake: Intake) -> None:
        """Wrap `app`."""
        self._app = app
        self._intake = intake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != SUBMIT_PATH:
            await self._app(scope, receive, send)
            return
        scope["route"] = SUBMIT_ROUTE
        try:
            response = await submit(self._intake, Request(scope, receive))
        except Problem as problem:
            response = problem.response()
        await response(scope, receive, send)


def api_routes(intake: Intake) -> APIRouter:
    """Serve /api/v1."""
    router = APIRouter(prefix=PREFIX, tags=["feedback"])

    @router.post(
        "/feedback",
        status_code=CREATED,
        summary="Hand in a report",
        description="Answers 201 once the report is stored durably, and 200 with the same body when the same "
        "Idempotency-Key came before.",
        responses={
            CREATED: {"description": "Stored.", "model": FeedbackResponse},
            OK: {"description": "Stored before under this key.", "model": FeedbackResponse},
            **describe_problems(400, 409, 413, 422, 503),
        },
        openapi_extra={"requestBody": _documented_body(FeedbackRequest), "parameters": [_KEY_PARAMETER]},
    )
    async def submit_feedback(request: Request) -> Response:
        return await submit(intake, request)

    @router.get(
        "/feedback",
        summary="Follow several reports",
        response_model=TrackingsResponse,
        responses=describe_problems(422, 503),
    )
    async def track_several(
        code: Annotated[
            list[str], Query(min_length=1, max_length=MOST_CODES, description="Tracking code; repeat the parameter.")
        ],
    ) -> Response:
        read = {typed: read_tracking_code(typed) for typed in code}
        found = await intake.find([known for known in read.values() if known is not None])
        codes = {tracking.tracking_code for tracking in found}
        return _json(
            TrackingsResponse(
                feedback=[_tracking(one) for one in found],
                unknown=[typed for typed, known in read.items() if known not in codes],
            )
        )

    @router.get(
        "/feedback/{code}",
        summary="Follow a report",
        response_model=TrackingResponse,
        responses=describe_problems(404, 503),
    )
    async def track_one(code: Annotated[str, Path(description="Tracking code.", examples=[EXAMPLE_CODE])]) -> Response:
        return _json(_tracking(await find_one(intake, code)))

    @router.post(
        "/feedback/{code}/answers",
        status_code=CREATED,
        summary="Say a second word: answer, rate, dispute, or say where it is",
        description="Answer while the state is waiting_resident; rate or dispute once it is resolved or closed; say "
        "where it is while `place_question` asks. Each once until somebody acts on it; the same words again give 200.",
        responses={
            CREATED: {"description": "Stored.", "model": AnswerResponse},
            OK: {"description": "Said before.", "model": AnswerResponse},
            **describe_problems(400, 404, 409, 413, 422, 503),
        },
        openapi_extra={"requestBody": _documented_body(AnswerRequest)},
    )
    async def answer_resident(
        request: Request, code: Annotated[str, Path(description="Tracking code.", examples=[EXAMPLE_CODE])]
    ) -> Response:
        body = await _read(AnswerRequest, request)
        known, word = known_code(code), body.second_word()
        new = await intake.hear(known, word, body.part)
        return _json(AnswerResponse(tracking_code=known, kind=word.kind), CREATED if new else OK)

    units = _json_list(
        UnitResponse(
            code=unit.code,
            name=unit.name,
            full_name=unit.full_name,
            type=unit.type,
            former_province=unit.former_province,
            lat=unit.lat,
            lon=unit.lon,
        )
        for unit in intake.territory.units
    )
    topics = _json_list(
        TopicResponse(
            id=topic.code,
            name=topic.name_vi,
            name_en=topic.name_en,
            field=topic.field,
            field_name=intake.territory.field_by_code[topic.field].name_vi,
        )
        for topic in intake.territory.topics
    )

    @router.get("/units", summary="List the communes and wards", response_model=list[UnitResponse], tags=["territory"])
    async def list_units() -> Response:
        return Response(units, media_type="application/json", headers={"Cache-Control": "public, max-age=3600"})

    @router.get("/topics", summary="List the topics", response_model=list[TopicResponse], tags=["territory"])
    async def list_topics() -> Response:
        return Response(topics, media_type="application/json", headers={"Cache-Control": "public, max-age=3600"})

    def _tracking(tracking: Tracking) -> TrackingResponse:
        return TrackingResponse.of(tracking, territory=intake.territory, now=intake.clock())

    return router


def known_code(typed: str) -> str:
    """Read a code; raises the 404 problem when it is none."""
    code = read_tracking_code(typed)
    if code is None:
        raise unknown_code()
    return code


async def find_one(intake: Intake, typed: str) -> Tracking:
    """Look one code up; raises the 404 problem when nobody has it."""
    found = await intake.find([known_code(typed)])
    if not found:
        raise unknown_code()
    return found[0]


async def _read(model: type[Body], request: Request) -> Body:
    try:
        return model.model_validate_json(await read_body(request, limit_bytes=LARGEST_BODY_BYTES))
    except ValidationError as error:
        raise (not_json() if is_not_json(error) else invalid(faults_of(error))) from error


def _json(body: BaseModel, status: int = OK) -> Response:
    return Response(
        body.model_dump_json(), status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _json_list(bodies: Iterable[BaseModel]) -> bytes:
    return orjson.dumps([body.model_dump() for body in bodies])
