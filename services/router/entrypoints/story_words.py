"""The story of a placement in plain words, Vietnamese first, English second: the same for the command and the page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from services.router.domain.counting import Counting
from services.router.entrypoints.rule_words import RuleWords
from services.router.usecases.explain_placement import Generation, RuleMet, Story
from shared.events import FeedbackPlaced, PlacedBy, PlacementReason
from shared.events.names import CHANNELS, KINDS, PLACED_BY, URGENCIES, Pair
from shared.events.short_id import short_id
from shared.territory import Territory

REASONS: Mapping[PlacementReason, Pair] = {
    PlacementReason.FIRST: ("lần đầu", "the first time"),
    PlacementReason.ANSWERED: ("người gửi cho biết địa điểm", "the resident said where it is"),
    PlacementReason.CORRECTED: ("cán bộ sửa loại, chủ đề hoặc mức độ", "a person corrected kind, topic or urgency"),
    PlacementReason.TRANSFERRED: ("hồ sơ được chuyển đơn vị", "the case was transferred"),
    PlacementReason.WAITING: ("đồng hồ dừng khi chờ người dân", "the clock stood while the resident was asked"),
    PlacementReason.RECOMPUTED: ("tính lại theo quy tắc và lịch mới", "computed anew by new rules and calendar"),
    PlacementReason.UNITS_CHANGED: ("xã, phường sáp nhập hoặc chia tách", "units were merged or split"),
}
MOST_SPECIAL_DAYS = 6
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading and its sentences; a quiet one is for reference."""

    heading: str
    sentences: tuple[str, ...]
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class StoryWords:
    """Tells stories in one language; times are those of `zone`."""

    language: str
    territory: Territory
    zone: tzinfo

    def chapters(self, story: Story) -> list[Chapter]:
        """Tell a story: what came, where it is, who acts, by when, on which grounds, and what changed since."""
        newest = story.newest
        told = [
            (self._say("Phản ánh", "The report"), self._report(newest), False),
            (self._say("Ở đâu", "Where"), self._place(newest.placement.event), False),
            (self._say("Cơ quan", "Who acts"), self._office(newest), False),
            (self._say("Thời hạn", "By when"), self._deadlines(newest), False),
            (self._say("Căn cứ", "On which grounds"), self._grounds(newest), True),
            (self._say("Thay đổi", "What changed"), self._changes(story), False),
        ]
        chapters = (Chapter(heading, tuple(sentences), quiet) for heading, sentences, quiet in told)
        return [chapter for chapter in chapters if chapter.sentences]

    def title(self, story: Story) -> str:
        """Name a case."""
        event = story.newest.placement.event
        name = self._say("Vụ việc", "Case") + f" {short_id(story.feedback_id)}"
        if event.part_of is not None:
            name += self._say(f" (một phần của {short_id(event.part_of)})", f" (a part of {short_id(event.part_of)})")
        return f"{name}, {event.tracking_code}" if event.tracking_code else name

    # --- chapters ----------------------------------------------------------------------------------------------------

    def _report(self, generation: Generation) -> Iterator[str]:
        event, channel = generation.placement.event, generation.placement.channel
        through = ""
        if channel is not None:
            through = self._say(" qua ", " by ") + self._named(CHANNELS, channel)
        yield self._say("Nhận lúc", "Received at") + f" {self._time(event.received_at)}{through}."
        kind, urgency = self._named(KINDS, event.kind.value), self._named(URGENCIES, event.urgency.value)
        topic = self.territory.topic_name(event.subject, self.language)
        yield self._say(
            f"Loại: {kind}. Chủ đề: {topic}. Mức độ: {urgency}.", f"Kind: {kind}. Topic: {topic}. Urgency: {urgency}."
        )
        if event.needs_review:
            yield self._say(
                "Máy không chắc về phân loại: cần người xem lại.",
                "The classifier was not sure: a person must look.",
            )

    def _place(self, event: FeedbackPlaced) -> Iterator[str]:
        unit = self.territory.unit_name(event.unit_code, missing=self._say("Tổ điều phối của tỉnh", "Province desk"))
        how = self._named(PLACED_BY, event.placed_by.value)
        sure = ""
        if event.placed_by is not PlacedBy.PROVINCE_DESK:
            sure = self._say(f", độ tin cậy {event.confidence:.2f}", f", confidence {event.confidence:.2f}")
        approximate = self._say(", gần đúng", ", approximate") if event.approximate else ""
        yield f"{unit}: {how}{sure}{approximate}."
        yield event.explanation
        if event.alternatives:
            others = ", ".join(
                f"{self.territory.unit_name(other.unit_code, missing=other.unit_code)} ({other.confidence:.2f})"
                for other in event.alternatives
            )
            yield self._say(f"Cũng có thể là: {others}.", f"It could also be: {others}.")
        if event.question:
            yield self._say(f"Cần hỏi người gửi: {event.question}", f"To ask the resident: {event.question}")

    def _office(self, generation: Generation) -> Iterator[str]:
        event = generation.placement.event
        yield self.territory.office_name(event.office, self.language) + "."
        if generation.office_by_people:
            yield self._say(
                "Cán bộ đã chuyển vụ việc đến cơ quan này; không phải do quy tắc chọn.",
                "People gave the case to it; no rule chose it.",
            )
        elif generation.office_rule is not None:
            follows = self._rules().office(generation.office_rule.rule.outcome)
            yield f"{self._met(generation.office_rule)} → {follows}."
        elif event.office_rule:
            yield self._say(f"Theo quy tắc “{event.office_rule}”.", f"By rule “{event.office_rule}”.")
        if event.office_explanation:
            yield event.office_explanation

    def _deadlines(self, generation: Generation) -> Iterator[str]:
        event = generation.placement.event
        if generation.deadline_rule is not None:
            terms = self._rules().terms(generation.deadline_rule.rule.outcome)
            yield f"{self._met(generation.deadline_rule)} → {terms}."
        for vi, en, due, counting in (
            ("Tiếp nhận trước", "To be accepted by", event.accept_by, generation.accept),
            ("Giải quyết trước", "To be resolved by", event.resolve_by, generation.resolve),
        ):
            counted = f": {self._counted(counting)}" if counting is not None else ""
            yield f"{self._say(vi, en)} {self._time(due)}{counted}."

    def _grounds(self, generation: Generation) -> Iterator[str]:
        event = generation.placement.event
        yield self._say("Quy tắc", "Rules") + f" {event.policy_version}."
        yield self._say("Lịch làm việc", "Calendar") + f" {event.calendar_version}."
        yield self._say("Ranh giới", "Boundaries") + f" {event.boundary_version}."
        yield self._say("Danh mục xã, phường", "Units") + f" {generation.placement.units_version}."

    def _changes(self, story: Story) -> Iterator[str]:
        for before, after in pairwise(story.generations):
            old, new = before.placement.event, after.placement.event
            changes = list(self._differences(old, new)) or [self._say("không đổi gì", "nothing else")]
            reason = self._say(*REASONS[new.reason])
            yield f"{self._time(new.occurred_at)}, {reason}: {'; '.join(changes)}."
        if story.moved_on is not None:
            desk = self._say("Tổ điều phối của tỉnh", "Province desk")
            unit = self.territory.unit_name(story.moved_on.unit_code, missing=desk)
            office = self.territory.office_name(story.moved_on.office, self.language)
            yield self._say(
                f"Nay vụ việc ở {unit}, {office}: cán bộ đã chuyển, thời hạn không đổi.",
                f"The case is with {unit}, {office} now: people gave it there, and no deadline moved.",
            )

    def _differences(self, old: FeedbackPlaced, new: FeedbackPlaced) -> Iterator[str]:
        desk = self._say("tổ điều phối của tỉnh", "the province desk")
        names = [self.territory.unit_name(event.unit_code, missing=desk) for event in (old, new)]
        offices = [self.territory.office_name(event.office, self.language) for event in (old, new)]
        topics = [self.territory.topic_name(event.subject, self.language) for event in (old, new)]
        for vi, en, (was, now) in (
            ("đơn vị", "unit", names),
            ("cơ quan", "office", offices),
            ("chủ đề", "topic", topics),
            ("hạn tiếp nhận", "deadline to accept", [self._time(event.accept_by) for event in (old, new)]),
            ("hạn giải quyết", "deadline to resolve", [self._time(event.resolve_by) for event in (old, new)]),
        ):
            if was != now:
                yield f"{self._say(vi, en)} {was} → {now}"

    # --- words -------------------------------------------------------------------------------------------------------

    def _met(self, met: RuleMet) -> str:
        conditions = self._rules().conditions(met.rule)
        asks = ", ".join(conditions) if conditions else self._say("mọi trường hợp còn lại", "whatever is left")
        return self._say(
            f"Quy tắc “{met.rule.id}” (thứ {met.place} trong {met.of}; {asks})",
            f"Rule “{met.rule.id}” (number {met.place} of {met.of}; {asks})",
        )

    def _counted(self, counting: Counting) -> str:
        parts = [self._rules().length(counting.duration)]
        if counting.duration.working:
            parts.append(self._say(f"tính trong {counting.days} ngày", f"counted on {self._days(counting.days)}"))
            if counting.weekend_days:
                off = counting.weekend_days
                parts.append(self._say(f"bỏ {off} ngày nghỉ cuối tuần", f"{self._days(off)} of weekend left out"))
            for special in counting.special[:MOST_SPECIAL_DAYS]:
                name = self._say(special.name_vi, special.name_en or special.name_vi)
                what = self._say("làm bù", "worked") if special.works else self._say("nghỉ", "off")
                parts.append(f"{special.day:%d/%m} {what}: {name}")
            more = len(counting.special) - MOST_SPECIAL_DAYS
            if more > 0:
                parts.append(self._say(f"và {more} ngày nghỉ, làm bù khác", f"and {more} more days off or worked"))
        if counting.waited:
            minutes = round(counting.waited / MINUTE)
            parts.append(
                self._say(f"không tính {minutes} phút đồng hồ dừng", f"{minutes} minutes of standing left out")
            )
        return "; ".join(parts)

    def _days(self, count: int) -> str:
        return f"{count} day{'' if count == 1 else 's'}"

    def _rules(self) -> RuleWords:
        return RuleWords(self.language, self.territory)

    def _named(self, names: Mapping[str, Pair], value: str) -> str:
        return self._say(*names.get(value, (value, value)))

    def _time(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%H:%M %d/%m/%Y}"

    def _say(self, vi: str, en: str) -> str:
        return en if self.language == "en" else vi
