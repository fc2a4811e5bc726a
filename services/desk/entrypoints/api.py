"""Cases as JSON, for tests and tools; the same sign-in and the same scope as the pages."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field

from services.desk.domain.case import Case, CaseStory, InboxRow
from services.desk.domain.life_cycle import moves_open_to
from services.desk.domain.staff import parts_of
from services.desk.entrypoints.guard import StaffRoute, Visit
from services.desk.entrypoints.pages import Desk, place_text, read_filters, read_key, read_place, read_tab
from shared.events.short_id import short_id
from shared.territory import Territory


class CaseResponse(BaseModel):
    """A case as it stands."""

    case_id: str = Field(description="Short id, as people read it out.", examples=["K3F-92Q-XA7"])
    feedback_id: UUID
    version: int
    state: str
    unit_code: str | None = Field(description="Commune or ward; none while with the province desk.")
    unit: str | None
    office: str
    kind: str
    topic: str
    urgency: str
    needs_review: bool
    received_at: AwareDatetime
    accept_by: AwareDatetime
    resolve_by: AwareDatetime
    due_at: AwareDatetime = Field(description="The deadline that counts now.")
    open: bool
    disputed: bool
    resolved_at: AwareDatetime | None
    closing_reason: str | None
    part_of: UUID | None = Field(description="The feedback this is a part of, when it went to several offices.")
    assignee: str | None = Field(description="Who works on it, 'staff:<id>', where the unit shares its cases out.")

    @classmethod
    def of(cls, case: Case, territory: Territory) -> "CaseResponse":
        """Name everything."""
        return cls(
            case_id=short_id(case.feedback_id),
            feedback_id=case.feedback_id,
            version=case.version,
            state=case.state.value,
            unit_code=case.unit_code,
            unit=territory.unit_name(case.unit_code) or None,
            office=case.office,
            kind=case.kind,
            topic=case.subject,
            urgency=case.urgency,
            needs_review=case.needs_review,
            received_at=case.placement.received_at,
            accept_by=case.placement.accept_by,
            resolve_by=case.placement.resolve_by,
            due_at=case.due_at,
            open=case.is_open,
            disputed=case.disputed,
            resolved_at=case.resolved_at,
            closing_reason=case.closing_reason.value if case.closing_reason is not None else None,
            part_of=case.placement.part_of,
            assignee=f"staff:{case.assignee_id}" if case.assignee_id is not None else None,
        )


class ListedCaseResponse(CaseResponse):
    """A case in a list."""

    first_words: str | None
    alarm_level: int | None


class CasesResponse(BaseModel):
    """One page of a list."""

    cases: list[ListedCaseResponse]
    counts: dict[str, int]
    after: str | None = Field(description="Give it back as `after` for the next page.")


class StepResponse(BaseModel):
    """One step of a case."""

    version: int
    action: str
    state: str
    actor: str
    at: AwareDatetime
    unit_code: str | None
    office: str
    public_reply: str | None
    closing_reason: str | None
    note: str | None


class AlarmResponse(BaseModel):
    """A warning or an escalation that went out."""

    stage: str
    passed: str
    level: int
    generation: int
    recipient: str
    due_at: AwareDatetime
    at: AwareDatetime


class WordResponse(BaseModel):
    """What the resident said again."""

    kind: str
    text: str | None
    rating: int | None
    at: AwareDatetime


class AlternativeResponse(BaseModel):
    """A topic it could have been."""

    topic: str
    probability: float


class HighlightResponse(BaseModel):
    """A part of the text, in code points, end exclusive."""

    start: int
    end: int
    weight: float


class StoryResponse(CaseResponse):
    """Everything about a case."""

    text: str | None = Field(description="The resident's words; none until the classifier's event has come.")
    placed_by: str
    explanation: str
    approximate: bool
    reasons: list[str]
    alternatives: list[AlternativeResponse] = Field(description="Runner-up topics, likeliest first.")
    highlights: list[HighlightResponse] = Field(description="Where in `text` the words stand that spoke for the topic.")
    second_topic: str | None = Field(description="Another matter the text speaks of, perhaps.")
    moves: list[str] = Field(description="What whoever asks may do now.")
    steps: list[StepResponse]
    alarms: list[AlarmResponse]
    words: list[WordResponse]


def api_routes(desk: Desk) -> APIRouter:
    """Serve /staff/api."""
    router = APIRouter(prefix="/staff/api", tags=["cases"], route_class=StaffRoute)

    @router.get("/cases", summary="List cases", response_model=CasesResponse)
    async def list_cases(request: Request) -> JSONResponse:
        """Take `unit` (one's own if left out), `tab`, `urgency`, `topic`, `review`, `mine`, `q` and `after`."""
        visit = await desk.door.visit(request)
        unit_code = request.query_params.get("unit") or visit.staff.unit_code
        page = await desk.find_inbox(
            visit, unit_code, read_tab(request), read_filters(request, desk.territory, visit.staff), read_place(request)
        )
        answer = CasesResponse(
            cases=[_listed(row, desk.territory) for row in page.rows],
            counts={tab.value: count for tab, count in page.counts.items()},
            after=place_text(page.next_place) if page.next_place is not None else None,
        )
        return JSONResponse(answer.model_dump(mode="json"))

    @router.get("/cases/{key}", summary="Read a case", response_model=StoryResponse)
    async def read_case(request: Request, key: str) -> JSONResponse:
        """Find it by its short id or by the feedback id."""
        visit = await desk.door.visit(request)
        story = await desk.find_story(read_key(key), visit)
        return JSONResponse(_story(story, visit, desk.territory).model_dump(mode="json"))

    return router


def _listed(row: InboxRow, territory: Territory) -> ListedCaseResponse:
    case = CaseResponse.of(row.case, territory)
    return ListedCaseResponse(**case.model_dump(), first_words=row.first_words, alarm_level=row.alarm_level)


def _story(story: CaseStory, visit: Visit, territory: Territory) -> StoryResponse:
    case, report = story.case, story.report
    more: dict[str, Any] = {
        "text": report.text if report is not None else None,
        "placed_by": case.placement.placed_by,
        "explanation": case.placement.explanation,
        "approximate": case.placement.approximate,
        "reasons": list(report.reasons) if report is not None else [],
        "alternatives": [
            AlternativeResponse(topic=topic, probability=share)
            for topic, share in (report.alternatives if report is not None else ())
        ],
        "highlights": [
            HighlightResponse(start=mark.start, end=mark.end, weight=mark.weight)
            for mark in (report.highlights if report is not None else ())
        ],
        "second_topic": report.second_subject if report is not None else None,
        "moves": [move.action.value for move in moves_open_to(case.standing, parts_of(visit.staff, case.standing))],
        "steps": [
            StepResponse(
                version=taken.step.version,
                action=taken.step.action.value,
                state=taken.step.state.value,
                actor=taken.actor,
                at=taken.at,
                unit_code=taken.step.unit_code,
                office=taken.step.office,
                public_reply=taken.step.public_reply,
                closing_reason=taken.step.closing_reason.value if taken.step.closing_reason is not None else None,
                note=taken.step.note,
            )
            for taken in story.steps
        ],
        "alarms": [
            AlarmResponse(
                stage=alarm.stage,
                passed=alarm.passed,
                level=alarm.level,
                generation=alarm.generation,
                recipient=alarm.recipient,
                due_at=alarm.due_at,
                at=alarm.at,
            )
            for alarm in story.alarms
        ],
        "words": [WordResponse(kind=word.kind, text=word.text, rating=word.rating, at=word.at) for word in story.words],
    }
    return StoryResponse(**CaseResponse.of(case, territory).model_dump(), **more)
