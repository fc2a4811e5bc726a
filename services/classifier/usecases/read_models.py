"""ReadModels: which models there are, how good the one in use is, and whether what people write has changed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from services.classifier.domain import evaluation
from services.classifier.domain.decision import COMPLAINT, EMERGENCY, Thresholds
from services.classifier.domain.drift import WeekBeside, beside_the_weeks_before
from services.classifier.domain.evaluation import Judged
from services.classifier.domain.registry import Comparison, Scoreboard, State, compare
from services.classifier.usecases.evaluate_model import EvaluateModel, Evaluation
from services.classifier.usecases.judge_model import JudgeModel
from services.classifier.usecases.ports import (
    Agreement,
    EvaluationSet,
    Label,
    LabelCounts,
    OpenLabels,
    OpenTraffic,
    Reading,
    ReadTexts,
    Watched,
)
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from shared.clock import Clock
from shared.csv_files import CsvError
from shared.db.faults import is_surroundings_fault

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
WEEKS = 12
DATABASE_SECONDS = 1.5
"""How long the database may take: whoever asks for the page would rather read the rest of it."""

MOST_CORRECTIONS = 1000
"""Of the corrections since the shadow was trained the latest so many decide; the page must not take for ever."""


@dataclass(frozen=True, slots=True)
class KeptModel:
    """A model in the registry: where it stands, since when and why, and what its own description tells.

    `labels` are the people's corrections it learned from; `validation` holds shares between 0 and 1 by view (accented,
    unaccented) and name. What a description does not tell is none or empty.
    """

    version: str
    state: State
    since: datetime | None
    why: str
    trained_at: datetime | None
    texts: int | None
    labels: int | None
    validation: Mapping[str, Mapping[str, float]]
    board: Scoreboard | None
    fields: Mapping[str, str]


class RegistryUnreadableError(Exception):
    """Which models there are cannot be told; the message says why and what to do."""


ListModels = Callable[[], Sequence[KeptModel]]
"""List every kept model, the newest first; raises RegistryUnreadableError."""


class ModelInUse(Protocol):
    """The model of one place, live or shadow, as the service uses it."""

    async def __call__(self, texts: Sequence[str]) -> Reading | None:
        """Read texts, as `ReadTexts`."""
        ...

    async def check(self) -> str | None:
        """Complain of what was found when it last read; none when all is well."""
        ...


class Trouble(StrEnum):
    """What an administrator must know first."""

    NO_MODEL = "no_model"
    MODEL_BROKEN = "model_broken"
    OLD_MODEL = "old_model"
    SHADOW_BROKEN = "shadow_broken"
    REGISTRY_UNREADABLE = "registry_unreadable"
    NO_EVALUATION_SET = "no_evaluation_set"
    DATABASE_SILENT = "database_silent"
    WITHOUT_MODEL_LATELY = "without_model_lately"


@dataclass(frozen=True, slots=True)
class Complaint:
    """A trouble, and what was said about it."""

    trouble: Trouble
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Caught:
    """Of `texts` that must not slip through `found` were found; of `others` so many were taken for one."""

    texts: int
    found: int
    others: int
    false_alarms: int

    @property
    def recall(self) -> float:
        """Return the share found of what there is."""
        return self.found / self.texts if self.texts else 0.0

    @property
    def false_alarm_share(self) -> float:
        """Return the share of false alarms among all that is none."""
        return self.false_alarms / self.others if self.others else 0.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """One model over the evaluation set."""

    version: str
    evaluation: Evaluation
    emergencies: Caught
    complaints: Caught
    board: Scoreboard


@dataclass(frozen=True, slots=True)
class Beside:
    """The shadow and the live model over the same texts, and whether the shadow would be promoted."""

    shadow: Scoreboard
    live: Scoreboard
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the database tells: weeks, oldest first, what people said, and the shadow beside what was published."""

    weeks: tuple[WeekBeside, ...]
    labels: LabelCounts
    agreement: Agreement | None
    since_shadow: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class ModelsSeen:
    """Everything that is shown of the models, as it was at `at`; none where something could not be told.

    `in_use` is the version that answers at this moment, `this_week` the day on which the running week began.
    """

    at: datetime
    this_week: datetime
    models: tuple[KeptModel, ...]
    in_use: str | None
    live: Judgement | None
    shadow_version: str | None
    beside: Beside | None
    traffic: Traffic | None
    complaints: tuple[Complaint, ...]


@dataclass(frozen=True, slots=True)
class ReadModels:
    """Gather it; what a model says of the evaluation set is remembered as long as that model is in use."""

    list_models: ListModels
    live: ModelInUse
    shadow: ModelInUse
    read_evaluation_set: Callable[[], EvaluationSet]
    open_traffic: OpenTraffic
    open_labels: OpenLabels
    clock: Clock
    database_seconds: float = DATABASE_SECONDS
    most_corrections: int = MOST_CORRECTIONS
    _judged: dict[str, Judgement] = field(default_factory=dict)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self) -> ModelsSeen:
        """Look at everything once; what fails becomes a complaint."""
        async with self._one_at_a_time:
            return await self._look()

    async def _look(self) -> ModelsSeen:
        now = self.clock()
        complaints: list[Complaint] = []
        models = self._models(complaints)
        # To read nothing tells which model answers, and takes over one that was put there since.
        live, shadow = await self.live(()), await self.shadow(())
        complaints += await self._of_the_models(models, live)
        monday = monday_of(now)
        traffic = await self._traffic(models, shadow, since=monday - timedelta(weeks=WEEKS - 1), complaints=complaints)
        if traffic is not None and live is not None:
            complaints += _without_model_lately(traffic, monday)
        evaluation_set = await self._evaluation_set(complaints)
        judged, beside = None, None
        if evaluation_set is not None and live is not None:
            fields = {model.version: model.fields for model in models}
            judged = await self._judge(self.live, live, fields, evaluation_set)
            if shadow is not None:
                shadowed = await self._judge(self.shadow, shadow, fields, evaluation_set)
                beside = await self._beside(shadowed, judged, traffic)
        in_use = {reading.model_version for reading in (live, shadow) if reading is not None}
        for version in self._judged.keys() - in_use:
            del self._judged[version]
        return ModelsSeen(
            at=now,
            this_week=monday,
            models=tuple(models),
            in_use=None if live is None else live.model_version,
            live=judged,
            shadow_version=None if shadow is None else shadow.model_version,
            beside=beside,
            traffic=traffic,
            complaints=tuple(complaints),
        )

    def _models(self, complaints: list[Complaint]) -> Sequence[KeptModel]:
        try:
            return self.list_models()
        except RegistryUnreadableError as error:
            complaints.append(Complaint(Trouble.REGISTRY_UNREADABLE, str(error)))
            return ()

    async def _of_the_models(self, models: Sequence[KeptModel], live: Reading | None) -> list[Complaint]:
        found: list[Complaint] = []
        detail = await self.live.check()
        if live is None:
            named = any(model.state is State.LIVE for model in models)
            found.append(Complaint(Trouble.MODEL_BROKEN if named else Trouble.NO_MODEL, detail or ""))
        elif detail is not None:
            found.append(Complaint(Trouble.OLD_MODEL, detail))
        of_shadow = await self.shadow.check()
        if of_shadow is not None:
            found.append(Complaint(Trouble.SHADOW_BROKEN, of_shadow))
        return found

    async def _evaluation_set(self, complaints: list[Complaint]) -> EvaluationSet | None:
        try:
            return await asyncio.to_thread(self.read_evaluation_set)
        except CsvError as error:
            complaints.append(Complaint(Trouble.NO_EVALUATION_SET, str(error)))
            return None

    async def _traffic(
        self, models: Sequence[KeptModel], shadow: Reading | None, *, since: datetime, complaints: list[Complaint]
    ) -> Traffic | None:
        version = None if shadow is None else shadow.model_version
        trained_at = next((model.trained_at for model in models if model.version == version), None)
        try:
            async with asyncio.timeout(self.database_seconds):
                async with self.open_traffic() as traffic:
                    weeks = await traffic.weeks(since=since)
                    counts = await traffic.labels()
                    agreement = None if version is None else await traffic.agreement(version)
                labels: Sequence[Label] = ()
                if trained_at is not None:
                    async with self.open_labels() as said:
                        labels = await said.find(since=trained_at)
        except Exception as error:
            if not is_surroundings_fault(error):
                raise
            complaints.append(Complaint(Trouble.DATABASE_SILENT, type(error).__name__))
            return None
        return Traffic(beside_the_weeks_before(weeks), counts, agreement, tuple(labels[-self.most_corrections :]))

    async def _judge(
        self,
        model: ReadTexts,
        reading: Reading,
        fields: Mapping[str, Mapping[str, str]],
        evaluation_set: EvaluationSet,
    ) -> Judgement:
        version = reading.model_version
        if version not in self._judged:
            self._judged[version] = await judge(
                version, model, fields.get(version, {}), reading.thresholds, evaluation_set
            )
        return self._judged[version]

    async def _beside(self, shadow: Judgement, live: Judgement, traffic: Traffic | None) -> Beside:
        labels = () if traffic is None else traffic.since_shadow
        boards = [
            replace(judged.board, corrected=len(labels), corrected_right=await _right_on(model, labels))
            for judged, model in ((shadow, self.shadow), (live, self.live))
        ]
        return Beside(boards[0], boards[1], compare(boards[0], boards[1]))


async def judge(
    version: str,
    model: ReadTexts,
    fields: Mapping[str, str],
    thresholds: Thresholds,
    evaluation_set: EvaluationSet,
) -> Judgement:
    """Let one model answer the whole evaluation set."""
    reach_verdicts = ReachVerdicts(model)
    return Judgement(
        version=version,
        evaluation=await EvaluateModel(reach_verdicts, fields, thresholds)(evaluation_set.reports),
        emergencies=await _caught(reach_verdicts, evaluation_set.emergencies, EMERGENCY),
        complaints=await _caught(reach_verdicts, evaluation_set.complaints, COMPLAINT),
        board=await JudgeModel(evaluation_set, fields)(reach_verdicts),
    )


def monday_of(moment: datetime) -> datetime:
    """Return when the week of a moment began in Viet Nam."""
    local = moment.astimezone(LOCAL)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=local.weekday())


async def _caught(reach_verdicts: ReachVerdicts, watched: Sequence[Watched], label: str) -> Caught:
    reached = await reach_verdicts([each.text for each in watched])
    called = [label in {each.verdict.urgency, each.verdict.kind} for each in reached]
    texts = sum(each.is_one for each in watched)
    found = sum(call and each.is_one for call, each in zip(called, watched, strict=True))
    return Caught(texts=texts, found=found, others=len(watched) - texts, false_alarms=sum(called) - found)


async def _right_on(model: ReadTexts, labels: Sequence[Label]) -> float:
    reached = await ReachVerdicts(model)([label.text for label in labels])
    said = [Judged(label.topic, each.verdict.topic) for label, each in zip(labels, reached, strict=True)]
    return round(evaluation.accuracy(said), 4)


def _without_model_lately(traffic: Traffic, monday: datetime) -> list[Complaint]:
    shares = (each.week.without_model for each in traffic.weeks if each.week.monday == monday.date())
    return [Complaint(Trouble.WITHOUT_MODEL_LATELY, f"{share:.4f}") for share in shares if share]
