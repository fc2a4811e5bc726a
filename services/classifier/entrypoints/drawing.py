"""From templates to HTML: the page about the models and the report of an evaluation share charts, tables and style."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.classifier.entrypoints.words import Names, Words
from services.classifier.usecases.evaluate_model import TopicCoverage
from shared.web.pages import bilingual

TEMPLATES = Path(__file__).parent / "templates"
NICE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0)

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def draw(template: str, *, language: str, names: Names, **values: Any) -> str:
    """Render a template; `_`, `language`, `w` and the values given are its variables."""
    return _environment.get_template(template).render(
        _=bilingual(language), language=language, w=Words(language, names), **values
    )


def top_of_axis(highest: float) -> float:
    """Return where an axis ends that begins at 0 and must hold `highest`: a number people count in."""
    scale = 1.0
    while scale < highest:
        scale *= 10
    return next(step * scale for step in NICE if step * scale >= highest or step == 1.0) if highest > 0 else 1.0


def most_left_to_people(topics: Sequence[TopicCoverage]) -> Sequence[TopicCoverage]:
    """Sort topics so that those come first that leave most answers to people."""
    return sorted(topics, key=lambda each: (each.passed - each.answers, each.topic))


_environment.globals.update(top_of_axis=top_of_axis, most_left_to_people=most_left_to_people)
