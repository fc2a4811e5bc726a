"""EvaluateModel: let the model answer texts whose truth is known, and count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.classifier.domain import evaluation
from services.classifier.domain.decision import Thresholds
from services.classifier.domain.evaluation import Bin, Coverage, Judged, LabelScore
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
    matrix: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, judged: Sequence[Judged]) -> "LabelTable":
        """Count."""
        return cls(
            count=len(judged),
            accuracy=evaluation.accuracy(judged),
            macro_f1=evaluation.macro_f1(judged),
            labels=evaluation.label_scores(judged),
            confusions=evaluation.confusions(judged),
            matrix=evaluation.confusion_matrix(judged),
        )


@dataclass(frozen=True, slots=True)
class TopicCoverage:
    """From which probability on answers of one topic pass, how many of them did, and how many of these were right."""

    topic: str
    threshold: float
    answers: int
    passed: int
    right: int


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """One text that was taken for another topic."""

    text: str
    expected: str
    answered: str
    probability: float
    is_acceptable: bool


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
    coverage_by_topic: tuple[TopicCoverage, ...]
    reliability: tuple[Bin, ...]
    calibration_error: float
    wrong: tuple[WrongAnswer, ...]


@dataclass(frozen=True, slots=True)
class EvaluateModel:
    """Answer every example and compare."""

    reach_verdicts: ReachVerdicts
    fields: Mapping[str, str]
    thresholds: Thresholds

    async def __call__(self, examples: Sequence[Example]) -> Evaluation:
        """Return the scores; an example without kind or urgency is left out of that table."""
        reached = await self.reach_verdicts([example.text for example in examples])
        pairs = list(zip(examples, (each.verdict for each in reached), strict=True))
        topics = [
            Judged(example.topic, verdict.topic, verdict.topic_probability, example.also_right)
            for example, verdict in pairs
        ]
        fields = dict(self.fields) | {example.topic: example.field for example in examples if example.field}
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
            coverage_by_topic=self._coverage_by_topic(topics, [verdict.needs_review for _, verdict in pairs]),
            reliability=evaluation.reliability(topics),
            calibration_error=evaluation.calibration_error(topics),
            wrong=tuple(
                WrongAnswer(example.text, answer.expected, answer.answered, answer.probability, answer.is_acceptable)
                for (example, _), answer in zip(pairs, topics, strict=True)
                if not answer.is_right
            ),
        )

    def _coverage_by_topic(self, answers: Sequence[Judged], needs_review: Sequence[bool]) -> tuple[TopicCoverage, ...]:
        by_topic: dict[str, list[tuple[Judged, bool]]] = {}
        for answer, review in zip(answers, needs_review, strict=True):
            by_topic.setdefault(answer.answered, []).append((answer, review))
        return tuple(
            TopicCoverage(
                topic=topic,
                threshold=self.thresholds.for_topic(topic),
                answers=len(given),
                passed=sum(not review for _, review in given),
                right=sum(answer.is_right for answer, review in given if not review),
            )
            for topic, given in sorted(by_topic.items())
        )
