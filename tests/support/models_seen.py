"""Builders and fakes for what is shown of the models."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from services.classifier.domain.drift import Week
from services.classifier.domain.registry import Scoreboard, State
from services.classifier.usecases.ports import (
    Agreement,
    EvaluationSet,
    Example,
    Label,
    LabelCounts,
    LabelStore,
    Reading,
    TrafficStore,
    Watched,
)
from services.classifier.usecases.read_models import KeptModel, ListModels, ReadModels, RegistryUnreadableError
from shared.csv_files import CsvError
from tests.support.classifying import NOON, FakeModel, reads

MONDAY = date(2026, 11, 23)
"""The day of NOON."""

NO_LABELS = LabelCounts(texts=0, without_model=0, confirmed=0, topic=0, kind=0, urgency=0, topics=())
EVALUATION_SET = EvaluationSet(
    reports=[
        Example("Đèn đường hỏng", "street_lighting", "urban", "normal", "report"),
        Example("Mất điện cả xóm", "electricity", "utilities", "high", "report"),
        Example("<b>Rác</b> & mùi hôi", "waste", "environment", "normal", "report"),
    ],
    emergencies=[Watched("Nhà đang cháy, cứu với", is_one=True), Watched("Đám cháy đã được dập tắt", is_one=False)],
    complaints=[Watched("Tôi làm đơn tố cáo ông A", is_one=True), Watched("Cảm ơn cán bộ", is_one=False)],
)


def kept_model(version: str, state: State = State.CANDIDATE, *, trained_at: datetime | None = NOON) -> KeptModel:
    return KeptModel(
        version=version,
        state=state,
        since=NOON - timedelta(days=1),
        why="the first model",
        trained_at=trained_at,
        texts=9487,
        labels=12,
        validation={"accented": {"topic_macro_f1": 0.71}, "unaccented": {"topic_macro_f1": 0.68}},
        board=Scoreboard(0.81, 0.9, 0.85, 0.98, 0.95),
        fields={"street_lighting": "urban", "electricity": "utilities", "waste": "environment"},
    )


def week(
    weeks_ago: int, *, without_model: float = 0.0, needs_review: float = 0.3, topics: Mapping[str, int] | None = None
) -> Week:
    counts = topics or {"street_lighting": 60, "waste": 60}
    return Week(MONDAY - timedelta(weeks=weeks_ago), sum(counts.values()), needs_review, without_model, 0.06, counts)


@dataclass
class FakeInUse:
    """A model of one place over a fake one, or over none."""

    model: FakeModel | None
    complaint: str | None = None
    read: int = 0

    async def __call__(self, texts: Sequence[str]) -> Reading | None:
        self.read += len(texts)
        return await reads(self.model)(texts)

    async def check(self) -> str | None:
        return self.complaint


@dataclass
class FakeTraffic:
    """What the database tells, in memory; it may be gone."""

    told: Sequence[Week] = ()
    counts: LabelCounts = NO_LABELS
    compared: Agreement | None = None
    said: list[Label] = field(default_factory=list)
    fault: Exception | None = None
    asked_since: list[datetime | None] = field(default_factory=list)

    async def weeks(self, *, since: datetime) -> Sequence[Week]:
        self.asked_since.append(since)
        return self.told

    async def labels(self) -> LabelCounts:
        return self.counts

    async def agreement(self, version: str) -> Agreement | None:
        return self.compared if self.compared is not None and self.compared.model_version == version else None

    async def forget(self, *, now: datetime) -> Mapping[str, int]:
        raise NotImplementedError

    async def keep(self, labels: Sequence[Label]) -> None:
        self.said += labels

    async def find(self, *, since: datetime | None = None) -> Sequence[Label]:
        return [each for each in self.said if since is None or each.labelled_at > since]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[TrafficStore]:
        if self.fault is not None:
            raise self.fault
        yield self

    @asynccontextmanager
    async def open_labels(self) -> AsyncIterator[LabelStore]:
        yield self


def read_models(
    *,
    live: FakeInUse | None = None,
    shadow: FakeInUse | None = None,
    kept: Sequence[KeptModel] | None = None,
    traffic: FakeTraffic | None = None,
    evaluation_set: EvaluationSet | None = EVALUATION_SET,
    now: datetime = NOON,
) -> ReadModels:
    """Wire the use case over fakes; without an evaluation set or with `kept` unset it fails as the real ones do."""
    told = FakeTraffic() if traffic is None else traffic

    def read_set() -> EvaluationSet:
        if evaluation_set is None:
            raise CsvError("reports.csv does not exist.")
        return evaluation_set

    return ReadModels(
        list_models=lists([kept_model("model-1", State.LIVE)] if kept is None else kept),
        live=FakeInUse(FakeModel()) if live is None else live,
        shadow=FakeInUse(None) if shadow is None else shadow,
        read_evaluation_set=read_set,
        open_traffic=told.open,
        open_labels=told.open_labels,
        clock=lambda: now.astimezone(UTC),
    )


def lists(models: Sequence[KeptModel]) -> ListModels:
    def list_models() -> Sequence[KeptModel]:
        return models

    return list_models


def unreadable() -> Sequence[KeptModel]:
    raise RegistryUnreadableError("live names no model: mend it.")
