"""The evaluation set in the repository: texts that no model learns from, and by which models are compared."""

from pathlib import Path

from services.classifier.adapters.corpus import read_examples
from services.classifier.domain.decision import COMPLAINT, EMERGENCY
from services.classifier.usecases.ports import EvaluationSet, Watched
from shared.csv_files import read_csv

EVALUATION = Path(__file__).parent.parent / "evaluation"
"""`reports.csv` with three labels each; `emergencies.csv` and `legal_acts.csv` with what they are and near-misses."""


def read_evaluation_set(folder: Path = EVALUATION) -> EvaluationSet:
    """Read the three files; raises CsvError when one is missing or wrong."""
    return EvaluationSet(
        reports=read_examples(folder / "reports.csv"),
        emergencies=_watched(folder / "emergencies.csv", EMERGENCY),
        complaints=_watched(folder / "legal_acts.csv", COMPLAINT),
    )


def _watched(file: Path, label: str) -> list[Watched]:
    return [Watched(row["text"], row["expected"] == label) for _, row in read_csv(file, needed=("text", "expected"))]
