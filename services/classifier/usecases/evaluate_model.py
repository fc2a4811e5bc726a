"""EvaluateModel: let the model answer texts whose truth is known, and count."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.classifier.domain import evaluation
from services.classifier.domain.evaluation import Coverage, Judged, LabelScore
from services.classifier.usecases.ports import Example
from services.classifier.usecases.reach_verdicts import ReachVerdicts


@dataclass(frozen=True, slots=True)
class LabelTable:
    """How one of the three answers fared."""

    count: int
    accuracy: float
    macro_f1: float
    labels: tuple[LabelScore, ...]
    confusions: tuple[tuple[str, str, int], ...]

    @classmethod
    def of(cls, judged: Sequence[Judged]) -> "LabelTable":
        """Count."""
        return cls(
            count=len(judged),
            accuracy=evaluation.accuracy(judged),
            macro_f1=evaluation.macro_f1(judged),
            labels=evaluation.label_scores(judged),
            confusions=evaluation.confusions(judged),
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How the model fared over one set of texts."""

    model_version: str
    topics: LabelTable
    fields: LabelTable
    kinds: LabelTable
    urgencies: LabelTable
    acceptability: float
    coverage: Coverage
    calibration_error: float


@dataclass(frozen=True, slots=True)
class EvaluateModel:
    """Answer every example and compare."""

    reach_verdicts: ReachVerdicts
    fields: dict[str, str]

    async def __call__(self, examples: Sequence[Example]) -> Evaluation:
        """Return the scores; an example without kind or urgency is left out of that table."""
        reached = await self.reach_verdicts([example.text for example in examples])
        pairs = list(zip(examples, (each.verdict for each in reached), strict=True))
        topics = [
            Judged(example.topic, verdict.topic, verdict.topic_probability, example.also_right)
            for example, verdict in pairs
        ]
        fields = self.fields | {example.topic: example.field for example in examples if example.field}
        kinds = [Judged(e.kind, v.kind, v.kind_probability) for e, v in pairs if e.kind is not None]
        urgencies = [Judged(e.urgency, v.urgency, v.urgency_probability) for e, v in pairs if e.urgency is not None]
        return Evaluation(
            model_version=next((each.model_version for each in reached), ""),
            topics=LabelTable.of(topics),
            fields=LabelTable.of(evaluation.by_group(topics, fields)),
            kinds=LabelTable.of(kinds),
            urgencies=LabelTable.of(urgencies),
            acceptability=evaluation.acceptability(topics),
            coverage=evaluation.coverage(
                [(answer, verdict.needs_review) for answer, (_, verdict) in zip(topics, pairs, strict=True)]
            ),
            calibration_error=evaluation.calibration_error(topics),
        )
