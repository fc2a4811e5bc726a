"""ReachVerdicts: texts in, one verdict each out, with or without a model."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.classifier.domain.decision import NO_MODEL, Verdict, decide, decide_without_model, findings_in
from services.classifier.usecases.ports import ReadTexts

WITHOUT_MODEL = "chưa có mô hình phân loại, cần người xem"
UNREADABLE = "mô hình không đọc được nội dung này, cần người xem"


@dataclass(frozen=True, slots=True)
class Reached:
    """A verdict and the version of the model that stands behind it."""

    verdict: Verdict
    model_version: str


@dataclass(frozen=True, slots=True)
class ReachVerdicts:
    """Let model and rules speak; what the model cannot read goes to a person."""

    read_texts: ReadTexts

    async def __call__(self, texts: Sequence[str]) -> Sequence[Reached]:
        """Return one verdict per text, in their order; never raises for a text."""
        reading = await self.read_texts(texts)
        if reading is None:
            return [Reached(decide_without_model(findings_in(text), why=WITHOUT_MODEL), NO_MODEL) for text in texts]
        return [
            Reached(decide_without_model(findings_in(text), why=UNREADABLE), NO_MODEL)
            if scores is None
            else Reached(decide(text, scores, findings_in(text), thresholds=reading.thresholds), reading.model_version)
            for text, scores in zip(texts, reading.scores, strict=True)
        ]
