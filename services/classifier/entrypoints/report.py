"""The report of an evaluation as one HTML file that needs nothing beside it."""

from services.classifier.entrypoints.drawing import draw
from services.classifier.entrypoints.words import Names
from services.classifier.usecases.evaluate_model import Evaluation
from shared.web import pages

LOOK = pages.HERE / "assets" / "langnghe.css"
NO_NAMES = Names()


def render_report(evaluation: Evaluation, *, title: str, language: str, names: Names = NO_NAMES) -> str:
    """Draw a report in 'vi' or 'en'; `names` are those of topics and fields, without them their codes are shown."""
    look = LOOK.read_text(encoding="utf-8")
    return draw("report.html", language=language, names=names, evaluation=evaluation, title=title, look=look)
