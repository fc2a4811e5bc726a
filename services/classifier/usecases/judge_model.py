"""JudgeModel: one model, the evaluation set and what people corrected; one scoreboard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.classifier.domain import evaluation
from services.classifier.domain.decision import COMPLAINT, EMERGENCY, Verdict
from services.classifier.domain.evaluation import Judged
from services.classifier.domain.registry import Scoreboard
from services.classifier.usecases.ports import EvaluationSet, Label, Watched
from services.classifier.usecases.reach_verdicts import ReachVerdicts


@dataclass(frozen=True, slots=True)
class JudgeModel:
    """Let a model answer the evaluation set; `fields` says which field a topic belongs to."""

    evaluation_set: EvaluationSet
    fields: Mapping[str, str]

    async def __call__(self, reach_verdicts: ReachVerdicts, corrected: Sequence[Label] = ()) -> Scoreboard:
        """Return how it fared there, and on what people said of reports it never learned from."""
        reports = self.evaluation_set.reports
        verdicts = await _answers(reach_verdicts, [example.text for example in reports])
        topics = [
            Judged(example.topic, verdict.topic, verdict.topic_probability)
            for example, verdict in zip(reports, verdicts, strict=True)
        ]
        kinds = [Judged(e.kind, v.kind) for e, v in zip(reports, verdicts, strict=True) if e.kind is not None]
        said = await _answers(reach_verdicts, [label.text for label in corrected])
        return Scoreboard(
            topic_macro_f1=_share(evaluation.macro_f1(topics)),
            field_macro_f1=_share(evaluation.macro_f1(evaluation.by_group(topics, self.fields))),
            kind_macro_f1=_share(evaluation.macro_f1(kinds)),
            emergency_recall=await self._recall(reach_verdicts, self.evaluation_set.emergencies, EMERGENCY),
            complaint_recall=await self._recall(reach_verdicts, self.evaluation_set.complaints, COMPLAINT),
            corrected=len(said),
            corrected_right=_share(
                evaluation.accuracy(
                    [Judged(label.topic, verdict.topic) for label, verdict in zip(corrected, said, strict=True)]
                )
            ),
        )

    @staticmethod
    async def _recall(reach_verdicts: ReachVerdicts, watched: Sequence[Watched], label: str) -> float:
        verdicts = await _answers(reach_verdicts, [each.text for each in watched if each.is_one])
        found = sum(label in {verdict.urgency, verdict.kind} for verdict in verdicts)
        return _share(found / len(verdicts)) if verdicts else 0.0


async def _answers(reach_verdicts: ReachVerdicts, texts: Sequence[str]) -> Sequence[Verdict]:
    return [reached.verdict for reached in await reach_verdicts(texts)] if texts else []


def _share(value: float) -> float:
    return round(value, 4)
