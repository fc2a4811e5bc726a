"""How staff pages name things: Vietnamese first, English second."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.desk.domain.assignment import AbsenceRefusal
from services.desk.domain.case import RESIDENT, SYSTEM, Alarm, Case, StepTaken
from services.desk.domain.deadlines import Pressure, pressure, span
from services.desk.domain.life_cycle import Action, Reason, Refusal, State
from services.desk.domain.staff import Role
from shared.events.names import CHANNELS, KINDS, PLACED_BY, URGENCIES, Pair
from shared.events.short_id import short_id
from shared.territory import Territory

STATES: Mapping[State, Pair] = {
    State.PLACED: ("Mới đến", "New"),
    State.ACCEPTED: ("Đã tiếp nhận", "Accepted"),
    State.IN_PROGRESS: ("Đang xử lý", "In progress"),
    State.WAITING_RESIDENT: ("Chờ người dân", "Waiting for the resident"),
    State.RESOLVED: ("Đã có kết quả", "Resolved"),
    State.CLOSED: ("Đã kết thúc", "Closed"),
    State.TRANSFERRED: ("Mới được chuyển đến", "Transferred here"),
    State.RETURNED: ("Đơn vị trả lại", "Returned by a unit"),
    State.REOPENED: ("Mở lại", "Reopened"),
}
STATE_BADGES: Mapping[State, str] = {
    State.ACCEPTED: "blue",
    State.IN_PROGRESS: "blue",
    State.WAITING_RESIDENT: "amber",
    State.RESOLVED: "green",
    State.CLOSED: "green",
}
URGENCY_BADGES = {"emergency": "alarm", "high": "amber"}
REASONS: Mapping[Reason, Pair] = {
    Reason.FIXED: ("Đã khắc phục", "Fixed"),
    Reason.ANSWERED: ("Đã trả lời", "Answered"),
    Reason.NOT_OURS: ("Không thuộc thẩm quyền", "Not within our powers"),
    Reason.WILL_NOT_DO: ("Không thực hiện", "Will not be done"),
    Reason.DUPLICATE: ("Trùng với phản ánh khác", "Same as another report"),
    Reason.UNVERIFIABLE: ("Không xác minh được", "Could not be verified"),
    Reason.WITHDRAWN: ("Người dân rút lại", "Withdrawn"),
}
# What a button says.
ACTIONS: Mapping[Action, Pair] = {
    Action.OPEN: ("Mở hồ sơ", "Open"),
    Action.ACCEPT: ("Tiếp nhận", "Accept"),
    Action.START: ("Bắt đầu xử lý", "Start work"),
    Action.ASK: ("Hỏi người dân", "Ask the resident"),
    Action.ANSWERED: ("Người dân trả lời", "The resident answered"),
    Action.REPLY: ("Nhắn người dân", "Write to the resident"),
    Action.RESOLVE: ("Báo kết quả", "Resolve"),
    Action.CLOSE: ("Kết thúc", "Close"),
    Action.TRANSFER: ("Chuyển đơn vị", "Transfer"),
    Action.RETURN: ("Trả về tỉnh", "Return to the province"),
    Action.REOPEN: ("Mở lại", "Reopen"),
}
# What a timeline says, after a name: "An đã tiếp nhận".
DEEDS: Mapping[Action, Pair] = {
    Action.OPEN: ("Hồ sơ được mở", "The case was opened"),
    Action.ACCEPT: ("đã tiếp nhận", "accepted it"),
    Action.START: ("đã bắt đầu xử lý", "started work"),
    Action.ASK: ("đã hỏi người dân", "asked the resident"),
    Action.ANSWERED: ("Người dân đã trả lời", "The resident answered"),
    Action.REPLY: ("đã nhắn người dân", "wrote to the resident"),
    Action.RESOLVE: ("đã báo kết quả", "resolved it"),
    Action.CLOSE: ("đã kết thúc hồ sơ", "closed it"),
    Action.TRANSFER: ("đã chuyển hồ sơ", "transferred it"),
    Action.RETURN: ("đã trả hồ sơ về tỉnh", "returned it to the province"),
    Action.REOPEN: ("đã mở lại", "reopened it"),
}
_WHOLE_SENTENCES = frozenset({Action.OPEN, Action.ANSWERED})
DONE: Mapping[str, Pair] = {
    "accept": ("Đã tiếp nhận. Người dân được báo.", "Accepted. The resident will hear."),
    "start": ("Đã bắt đầu xử lý.", "Work has started."),
    "ask": ("Đã gửi câu hỏi cho người dân.", "The question was sent to the resident."),
    "reply": ("Đã gửi tin cho người dân.", "The message was sent to the resident."),
    "resolve": ("Đã báo kết quả. Người dân được báo.", "Resolved. The resident will hear."),
    "close": ("Đã kết thúc hồ sơ.", "The case is closed."),
    "transfer": ("Đã chuyển hồ sơ.", "The case was transferred."),
    "return": ("Đã trả hồ sơ về tổ điều phối của tỉnh.", "The case was returned to the province desk."),
    "reopen": ("Đã mở lại hồ sơ.", "The case was reopened."),
    "correct": ("Đã ghi nhận.", "Kept."),
    "assign": ("Đã ghi người xử lý.", "Who works on it is kept."),
    "sharing_on": ("Đã bật chia việc.", "Sharing out is on."),
    "sharing_off": ("Đã tắt chia việc.", "Sharing out is off."),
    "absence": ("Đã ghi ngày vắng.", "The absence is kept."),
    "absence_removed": ("Đã bỏ ngày vắng.", "The absence is taken back."),
}
REFUSALS: Mapping[Refusal, Pair] = {
    Refusal.NOT_FROM_HERE: (
        "Bước này không làm được ở trạng thái hiện tại của hồ sơ.",
        "This cannot be done in the state the case is in.",
    ),
    Refusal.NOT_YOURS: ("Bước này không thuộc quyền của bạn.", "This is not yours to do."),
    Refusal.AT_THE_DESK_ALREADY: (
        "Hồ sơ đang ở tổ điều phối của tỉnh rồi.",
        "The case is with the province desk already.",
    ),
    Refusal.NEEDS_PUBLIC_REPLY: (
        "Xin viết đôi lời gửi người dân rồi bấm lại.",
        "Write some words to the resident, then try again.",
    ),
    Refusal.NEEDS_CLOSING_REASON: ("Xin chọn kết quả rồi bấm lại.", "Choose an outcome, then try again."),
    Refusal.NEEDS_NOTE: ("Xin ghi lý do rồi bấm lại.", "Say why, then try again."),
    Refusal.NEEDS_UNIT: ("Xin chọn xã, phường trong danh sách.", "Choose a commune or ward from the list."),
    Refusal.THERE_ALREADY: ("Hồ sơ đang ở đúng nơi đó rồi.", "The case is there already."),
    Refusal.TOO_LONG: ("Dài quá, xin viết ngắn hơn.", "Too long; please shorten it."),
    Refusal.NO_WORDS_YET: (
        "Nội dung của người dân chưa đến. Xin chờ ít giây, tải lại trang rồi sửa.",
        "The resident's words have not come yet. Wait a few seconds, load the page again, then correct.",
    ),
    Refusal.NOT_ON_THE_LIST: (
        "Xin chọn loại, lĩnh vực và mức độ trong danh sách.",
        "Choose kind, topic and urgency from the lists.",
    ),
    Refusal.ONLY_A_PART: (
        "Đây là một phần của phản ánh: xin xem lại loại, lĩnh vực và mức độ ở hồ sơ chính.",
        "This is a part of a report: check kind, topic and urgency in the main case.",
    ),
    Refusal.ASSIGNED_MEANWHILE: (
        "Người xử lý vừa được đổi. Xin xem lại rồi quyết định.",
        "Who works on it has just changed. Look again, then decide.",
    ),
    Refusal.NO_SUCH_HANDLER: (
        "Xin chọn một cán bộ xử lý của đơn vị đang giữ hồ sơ.",
        "Choose a handler of the unit that holds the case.",
    ),
}
ABSENCE_REFUSALS: Mapping[AbsenceRefusal, Pair] = {
    AbsenceRefusal.NO_DATES: ("Xin ghi đủ ngày đầu và ngày cuối.", "Give both the first and the last day."),
    AbsenceRefusal.ENDS_BEFORE: ("Ngày cuối đang trước ngày đầu.", "The last day is before the first."),
    AbsenceRefusal.OVER_ALREADY: ("Những ngày này đã qua.", "These days are over."),
    AbsenceRefusal.TOO_LONG: ("Dài hơn một năm: xin kiểm tra lại ngày.", "Longer than a year: check the days."),
}
# Why deadlines are others now, after "vì".
BECAUSE: Mapping[str, Pair] = {
    "answered": ("người dân cho biết nơi xảy ra", "the resident said where it is"),
    "corrected": ("loại, lĩnh vực hoặc mức độ được sửa", "kind, topic or urgency was corrected"),
    "transferred": ("đổi đơn vị", "the case went to another unit"),
    "waiting": ("chờ người dân trả lời", "of waiting for the resident"),
    "recomputed": ("quy định hoặc lịch làm việc thay đổi", "the policy or the calendar changed"),
    "units_changed": ("xã, phường thay đổi", "units changed"),
}
RECIPIENTS: Mapping[str, Pair] = {
    "office": ("bộ phận xử lý", "the office"),
    "unit_leader": ("lãnh đạo đơn vị", "the unit's leader"),
    "province_desk": ("tổ điều phối của tỉnh", "the province desk"),
    "supervisor": ("người giám sát", "the supervisor"),
}
STAGES: Mapping[str, Pair] = {
    "accept": ("hạn tiếp nhận", "deadline to accept"),
    "resolve": ("hạn có kết quả", "deadline to resolve"),
}
ROLES: Mapping[Role, Pair] = {
    Role.HANDLER: ("Cán bộ xử lý", "Handler"),
    Role.UNIT_LEADER: ("Lãnh đạo đơn vị", "Unit leader"),
    Role.PROVINCE_DESK: ("Tổ điều phối của tỉnh", "Province desk"),
    Role.SUPERVISOR: ("Giám sát", "Supervisor"),
    Role.ADMIN: ("Quản trị", "Administrator"),
}
_SPANS: Mapping[str, tuple[str, str, str]] = {
    "day": ("ngày", "day", "days"),
    "hour": ("giờ", "hour", "hours"),
    "minute": ("phút", "minute", "minutes"),
}
_PRESSURE_BADGES = {Pressure.LATE: "red", Pressure.SOON: "amber", Pressure.CALM: ""}


@dataclass(frozen=True, slots=True)
class Words:
    """Everything a template says of a case, in one language at one moment."""

    language: str
    territory: Territory
    now: datetime

    def say(self, pair: Pair) -> str:
        """Pick the language."""
        return pair[self.language == "en"]

    def state(self, state: State) -> str:
        """Name a state."""
        return self.say(STATES[state])

    def state_badge(self, state: State) -> str:
        """Colour a state."""
        return STATE_BADGES.get(state, "")

    def urgency(self, urgency: str) -> str:
        """Name an urgency."""
        return self.say(URGENCIES.get(urgency, (urgency, urgency)))

    def urgency_badge(self, urgency: str) -> str:
        """Colour an urgency."""
        return URGENCY_BADGES.get(urgency, "")

    def kind(self, kind: str) -> str:
        """Name a kind."""
        return self.say(KINDS.get(kind, (kind, kind)))

    def channel(self, channel: str) -> str:
        """Name a channel."""
        return self.say(CHANNELS.get(channel, (channel, channel)))

    def reason(self, reason: Reason) -> str:
        """Name a closing reason."""
        return self.say(REASONS[reason])

    def action(self, action: Action) -> str:
        """Name a move as its button does."""
        return self.say(ACTIONS[action])

    def placed_by(self, placed_by: str) -> str:
        """Say how a place was found."""
        return self.say(PLACED_BY.get(placed_by, (placed_by, placed_by)))

    def refusal(self, refusal: Refusal) -> str:
        """Say why a move was not made, and what to do."""
        return self.say(REFUSALS[refusal])

    def absence_refusal(self, refusal: AbsenceRefusal) -> str:
        """Say why an absence was not noted."""
        return self.say(ABSENCE_REFUSALS[refusal])

    def because(self, reason: str) -> str:
        """Say why deadlines moved."""
        return self.say(BECAUSE.get(reason, (reason, reason)))

    def days(self, first: date, last: date) -> str:
        """Say from which day to which."""
        begins, ends = f"{first:%d/%m/%Y}", f"{last:%d/%m/%Y}"
        return begins if first == last else f"{begins} – {ends}"

    def role(self, role: Role) -> str:
        """Name a role."""
        return self.say(ROLES[role])

    def topic(self, code: str) -> str:
        """Name a topic."""
        return self.territory.topic_name(code, self.language)

    def unit(self, code: str | None) -> str:
        """Name a unit, or the province desk."""
        return self.territory.unit_name(code, missing=self.say(ROLES[Role.PROVINCE_DESK]))

    def office(self, office: str) -> str:
        """Name an office."""
        return self.territory.office_name(office, self.language)

    def short_id(self, case: Case) -> str:
        """Name a case as people read it out."""
        return short_id(case.feedback_id)

    def length(self, length: timedelta) -> str:
        """Say a length of time."""
        said = span(length)
        if not said.count:
            return self.say(("chưa đến 1 phút", "under a minute"))
        vi, one, many = _SPANS[said.unit]
        return f"{said.count} {self.say((vi, one if said.count == 1 else many))}"

    def due(self, due: datetime) -> str:
        """Say how long is left, or how late it is."""
        length = self.length(due - self.now)
        if pressure(due, now=self.now) is Pressure.LATE:
            return self.say((f"trễ {length}", f"{length} late"))
        return self.say((f"còn {length}", f"{length} left"))

    def due_badge(self, due: datetime) -> str:
        """Colour a deadline."""
        return _PRESSURE_BADGES[pressure(due, now=self.now)]

    def who(self, taken: StepTaken) -> str:
        """Name whoever took a step."""
        return self.person(taken.actor, taken.actor_name)

    def person(self, actor: str, name: str | None) -> str:
        """Name an actor."""
        if name is not None:
            return name
        return {
            SYSTEM: self.say(("Hệ thống", "The system")),
            RESIDENT: self.say(("Người dân", "The resident")),
        }.get(actor, actor)

    def deed(self, taken: StepTaken) -> str:
        """Say what a step did, as a sentence with its subject."""
        deed = self.say(DEEDS[taken.step.action])
        return deed if taken.step.action in _WHOLE_SENTENCES else f"{self.who(taken)} {deed}"

    def alarm(self, alarm: Alarm) -> str:
        """Say what a warning or escalation was."""
        stage = self.say(STAGES.get(alarm.stage, (alarm.stage, alarm.stage)))
        recipient = self.say(RECIPIENTS.get(alarm.recipient, (alarm.recipient, alarm.recipient)))
        if alarm.passed == "warning":
            return self.say((f"Nhắc {recipient}: sắp đến {stage}", f"Reminded {recipient}: the {stage} is near"))
        return self.say((f"Báo {recipient}: đã quá {stage}", f"Told {recipient}: the {stage} has passed"))

    def alarm_level(self, level: int) -> str:
        """Name how far up it went, for a list."""
        if level == 0:
            return self.say(("đã nhắc", "reminded"))
        return self.say((f"đã báo cấp {level}", f"escalated, level {level}"))

    def percent(self, share: float | None) -> str:
        """Say a share; a dash when there is none."""
        if share is None:
            return "–"
        return f"{share * 100:.0f} %" if self.language == "en" else f"{share * 100:.0f}%"
