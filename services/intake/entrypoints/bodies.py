"""The bodies of the public REST API."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from services.intake.domain.contact import LONGEST_NAME, Contact, read_email, read_phone
from services.intake.domain.second_word import (
    ANSWER,
    BEST_RATING,
    DISPUTE,
    LONGEST_ANSWER,
    PLACE,
    RATING,
    WORST_RATING,
    SecondWord,
    can_still_say,
)
from services.intake.domain.submission import (
    LONGEST_PLACE_TEXT,
    LONGEST_TEXT,
    Place,
    Submission,
    clean_text,
    says_something,
)
from services.intake.domain.tracking import Tracking, is_overdue
from shared.territory import Territory

EXAMPLE_CODE = "DL-7K3FM-92QXA"


def _wrong(vi: str, en: str) -> PydanticCustomError:
    return PydanticCustomError("wrong", en, {"vi": vi})


def _cleaned(value: str | None) -> str | None:
    return (clean_text(value) or None) if value is not None else None


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PlaceRequest(_Request):
    """Where it is: any, all or none of a point, a unit and words."""

    lat: float | None = Field(default=None, ge=-180, le=180, description="Latitude, WGS 84 degrees; give `lon` too.")
    lon: float | None = Field(default=None, ge=-180, le=180, description="Longitude, WGS 84 degrees; give `lat` too.")
    unit_code: str | None = Field(default=None, max_length=20, description="Code of the commune or ward, see /units.")
    text: str | None = Field(default=None, max_length=LONGEST_PLACE_TEXT, description="The place in words.")

    _clean = field_validator("unit_code", "text")(_cleaned)

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise _wrong("Tọa độ cần cả lat và lon.", "give both lat and lon, or neither")
        return self

    def place(self) -> Place:
        """Turn it into what the use cases take."""
        return Place(self.lat, self.lon, self.unit_code, self.text)


class ContactRequest(_Request):
    """How to reach the resident; kept sealed, never shown."""

    phone: str | None = Field(default=None, max_length=40, examples=["0912 345 678"])
    email: str | None = Field(default=None, max_length=254)
    name: str | None = Field(default=None, max_length=LONGEST_NAME)

    _clean = field_validator("name", "phone", "email")(_cleaned)

    @field_validator("phone")
    @classmethod
    def _dialled(cls, typed: str | None) -> str | None:
        phone = read_phone(typed) if typed is not None else None
        if typed is not None and phone is None:
            raise _wrong(
                "Số điện thoại chưa đúng, ví dụ 0912 345 678.",
                "not a phone number; write 8 to 15 digits, for example 0912 345 678",
            )
        return phone

    @field_validator("email")
    @classmethod
    def _address(cls, typed: str | None) -> str | None:
        email = read_email(typed) if typed is not None else None
        if typed is not None and email is None:
            raise _wrong("Địa chỉ email chưa đúng.", "not an e-mail address; correct it or leave it out")
        return email


class FeedbackRequest(_Request):
    """A report."""

    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT * 2)] = Field(
        description=f"What the resident says, 1 to {LONGEST_TEXT} characters once the space around it is gone.",
        examples=["Đèn đường trước số nhà 24 Y Jút hỏng ba ngày nay, tối rất nguy hiểm."],
    )
    channel: Literal["web", "app", "sms", "phone", "email", "api"] = Field(
        default="api", description="How the words reached the sender."
    )
    place: PlaceRequest = PlaceRequest()
    contact: ContactRequest | None = None
    sent_at: AwareDatetime | None = Field(default=None, description="When the resident sent it, with offset.")
    language: str = Field(
        default="vi", max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="BCP 47 language tag."
    )

    @field_validator("text")
    @classmethod
    def _readable(cls, text: str) -> str:
        text = clean_text(text)
        if not says_something(text):
            raise _wrong("Xin viết vài chữ về sự việc.", "is empty; say what it is about")
        if len(text) > LONGEST_TEXT:
            raise _wrong(
                f"Dài quá {LONGEST_TEXT} ký tự, xin viết ngắn hơn.",
                f"is over {LONGEST_TEXT} characters; shorten it or send it in two parts",
            )
        return text

    def submission(self, idempotency_key: str, *, trace: str | None) -> Submission:
        """Turn it into what the use case takes."""
        contact = self.contact
        return Submission(
            idempotency_key=idempotency_key,
            text=self.text,
            channel=self.channel,
            language=self.language,
            place=self.place.place(),
            contact=Contact(contact.phone, contact.email, contact.name)
            if contact is not None and (contact.phone or contact.email or contact.name)
            else None,
            sent_at=self.sent_at.astimezone(UTC) if self.sent_at is not None else None,
            trace=trace,
        )


class FeedbackResponse(BaseModel):
    """The receipt: the report is stored and will not be lost."""

    tracking_code: str = Field(examples=[EXAMPLE_CODE])
    feedback_id: UUID
    received_at: AwareDatetime
    tracking_url: str = Field(description="The page on which the resident follows it.")


class AnswerRequest(_Request):
    """The resident's second word: exactly one of `answer`, `rating`, `dispute` and `place`."""

    answer: str | None = Field(default=None, max_length=LONGEST_ANSWER, description="Answer to the question asked.")
    rating: int | None = Field(default=None, ge=WORST_RATING, le=BEST_RATING, description="1 (bad) to 5 (good).")
    dispute: str | None = Field(default=None, max_length=LONGEST_ANSWER, description="Why it is not settled.")
    place: PlaceRequest | None = Field(default=None, description="Where it is, when `place_question` asks.")
    part: UUID | None = Field(
        default=None,
        description="The part of the report it is about, by its feedback_id in `parts`; the report itself when left "
        "out. A place is about all of them.",
    )

    _clean = field_validator("answer", "dispute")(_cleaned)

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.answer, self.rating, self.dispute, self.place)) != 1:
            raise _wrong(
                "Xin cho biết một trong bốn: trả lời, đánh giá, ý kiến chưa đồng ý hoặc nơi xảy ra.",
                "give exactly one of answer, rating, dispute and place, with words in it",
            )
        return self

    @field_validator("place")
    @classmethod
    def _somewhere(cls, given: PlaceRequest | None) -> PlaceRequest | None:
        if given is not None and given.place() == Place():
            raise _wrong(
                "Xin chọn xã, phường, ghi nơi xảy ra hoặc gửi kèm vị trí.",
                "says nothing; give a unit_code, a text, or lat and lon",
            )
        return given

    def second_word(self) -> SecondWord:
        """Turn it into what the use case takes."""
        if self.place is not None:
            return SecondWord(PLACE, place=self.place.place())
        if self.answer is not None:
            return SecondWord(ANSWER, text=self.answer)
        if self.dispute is not None:
            return SecondWord(DISPUTE, text=self.dispute)
        return SecondWord(RATING, rating=self.rating)


class AnswerResponse(BaseModel):
    """The second word is stored and will reach the office."""

    tracking_code: str = Field(examples=[EXAMPLE_CODE])
    kind: Literal["answer", "rating", "dispute", "place"]


class NamedUnitResponse(BaseModel):
    """A unit with its name."""

    code: str
    name: str = Field(description="In Vietnamese.")


class IdentifiedResponse(BaseModel):
    """Something with an id and a name."""

    id: str
    name: str = Field(description="In Vietnamese.")


class StepResponse(BaseModel):
    """One step in the life of the case."""

    version: int
    at: AwareDatetime
    action: str
    state: str
    public_reply: str | None = Field(description="Words for the resident.")
    closing_reason: str | None


class StandingResponse(BaseModel):
    """Where a report, or a part of it, stands."""

    feedback_id: UUID
    state: str = Field(
        description="received (not placed yet), placed, accepted, in_progress, waiting_resident, resolved, closed, "
        "transferred, returned or reopened."
    )
    placed: bool
    placed_at: AwareDatetime | None = None
    placed_after_seconds: float | None = Field(
        default=None, description="Real time from storing the report to knowing its place."
    )
    unit: NamedUnitResponse | None = Field(default=None, description="Who has it; none while with the province desk.")
    office: IdentifiedResponse | None = None
    topic: IdentifiedResponse | None = None
    kind: str | None = None
    urgency: str | None = None
    needs_review: bool | None = Field(default=None, description="A person checks the topic first.")
    placed_by: str | None = Field(default=None, description="pin, unit_named, text or province_desk.")
    explanation: str | None = Field(default=None, description="How the place was found, in Vietnamese.")
    approximate: bool | None = None
    accept_by: AwareDatetime | None = None
    resolve_by: AwareDatetime | None = None
    overdue: bool = False
    question: str | None = Field(default=None, description="What the office asks the resident, while it waits.")
    place_question: str | None = Field(
        default=None,
        description="What to say for a unit to be found, in Vietnamese; answer it with `place`.",
    )
    place_choices: list[NamedUnitResponse] = Field(default=[], description="Units it could be, the likeliest first.")
    history: list[StepResponse] = []

    @classmethod
    def standing(cls, tracking: Tracking, *, territory: Territory, now: datetime) -> dict[str, Any]:
        """Put the values together, with names beside codes."""
        place: dict[str, Any] = {}
        if (placement := tracking.placement) is not None:
            place = {
                "placed_at": placement.placed_at,
                "placed_after_seconds": placement.after_seconds,
                "topic": {"id": placement.subject, "name": territory.topic_name(placement.subject)},
                "kind": placement.kind,
                "urgency": placement.urgency,
                "needs_review": placement.needs_review,
                "placed_by": placement.placed_by,
                "explanation": placement.explanation,
                "approximate": placement.approximate,
                "accept_by": placement.accept_by,
                "resolve_by": placement.resolve_by,
            }
            if can_still_say(tracking, PLACE):
                place |= {
                    "place_question": tracking.place_question,
                    "place_choices": [
                        {"code": code, "name": territory.unit_name(code)} for code in placement.alternatives
                    ],
                }
        unit, office = tracking.unit_code, tracking.office
        return {
            **place,
            "feedback_id": tracking.feedback_id,
            "state": tracking.state,
            "placed": placement is not None,
            "unit": {"code": unit, "name": territory.unit_name(unit)} if unit else None,
            "office": {"id": office, "name": territory.office_name(office)} if office else None,
            "overdue": is_overdue(tracking, now=now),
            "question": tracking.question,
            "history": [
                {
                    "version": step.version,
                    "at": step.occurred_at,
                    "action": step.action,
                    "state": step.state,
                    "public_reply": step.public_reply,
                    "closing_reason": step.closing_reason,
                }
                for step in tracking.steps
            ],
        }


class PartResponse(StandingResponse):
    """A further part of a report that went to several offices: a case of its own, under the same tracking code."""


class TrackingResponse(StandingResponse):
    """Where a report stands. The words of the resident are not part of it."""

    tracking_code: str = Field(examples=[EXAMPLE_CODE])
    channel: str
    received_at: AwareDatetime
    parts: list[PartResponse] = Field(
        default=[], description="What else became of it, when it went to several offices; the first is told above."
    )

    @classmethod
    def of(cls, tracking: Tracking, *, territory: Territory, now: datetime) -> Self:
        """Put it together."""
        return cls.model_validate(
            {
                **cls.standing(tracking, territory=territory, now=now),
                "tracking_code": tracking.tracking_code,
                "channel": tracking.channel,
                "received_at": tracking.received_at,
                "parts": [cls.standing(part, territory=territory, now=now) for part in tracking.parts],
            }
        )


class TrackingsResponse(BaseModel):
    """Several reports at once."""

    feedback: list[TrackingResponse] = Field(description="In the order asked for.")
    unknown: list[str] = Field(description="What was asked for and is no known code.")


class UnitResponse(BaseModel):
    """A commune or ward."""

    code: str = Field(examples=["24133"])
    name: str = Field(examples=["Buôn Ma Thuột"])
    full_name: str = Field(examples=["Phường Buôn Ma Thuột"])
    type: str = Field(examples=["phường"])
    former_province: str
    lat: float
    lon: float


class TopicResponse(BaseModel):
    """A topic of the taxonomy."""

    id: str = Field(examples=["road_damage"])
    name: str = Field(description="In Vietnamese.")
    name_en: str
    field: str
    field_name: str
