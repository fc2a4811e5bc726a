"""`langnghe classifier predict | evaluate | explain`: what a model says, and how good that is."""

import asyncio
import csv
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from services.classifier.adapters.corpus import read_examples
from services.classifier.adapters.live_model import reader_of
from services.classifier.adapters.model_folder import DEFAULT_MODEL_FOLDER
from services.classifier.domain.decision import Verdict
from services.classifier.domain.words import fold
from services.classifier.entrypoints.console import ModelDir, ModelName, complain, console, fail, load_model
from services.classifier.entrypoints.report import render_report
from services.classifier.entrypoints.words import Names
from services.classifier.usecases.evaluate_model import EvaluateModel, Evaluation, LabelTable
from services.classifier.usecases.reach_verdicts import Reached, ReachVerdicts
from shared.csv_files import CsvError, read_csv

ROW_REFUSED = 1
PREDICTED = ("id", "kind", "topic", "probability", "second_topic", "urgency", "needs_review")
CONFUSIONS_SHOWN = 12
EXAMPLES_SHOWN = 2
EXAMPLE_CHARS = 110
TERRITORY = Path("deploy/territories/daklak")


def predict(
    file: Annotated[Path, typer.Argument(help="CSV with the columns id and text.")],
    out: Annotated[Path | None, typer.Option(help="Write here instead of to the screen.")] = None,
    model: ModelName = None,
    model_dir: ModelDir = DEFAULT_MODEL_FOLDER,
) -> None:
    """Classify every row of a CSV file (id, text) and print CSV."""
    try:
        rows = read_csv(file, needed=("id", "text"))
    except CsvError as error:
        fail(str(error))
    reader = reader_of(load_model(model_dir, model))
    readable = [row for _, row in rows if row["text"].strip()]
    reached = asyncio.run(ReachVerdicts(reader)([row["text"] for row in readable]))
    answers = [(row["id"], *_answer(each)) for row, each in zip(readable, reached, strict=True)]
    if out is None:
        _write(sys.stdout, answers)
    else:
        try:
            with out.open("w", encoding="utf-8", newline="") as opened:
                _write(opened, answers)
        except OSError as error:
            fail(f"{out} cannot be written: {error.strerror or error}")
    empty = [line for line, row in rows if not row["text"].strip()]
    for line in empty:
        complain(f"{file}, line {line}: text is empty.")
    if empty:
        raise typer.Exit(ROW_REFUSED)


def _write(opened: TextIO, answers: Sequence[tuple[str, ...]]) -> None:
    writer = csv.writer(opened, lineterminator="\n")
    writer.writerow(PREDICTED)
    writer.writerows(answers)


def _answer(reached: Reached) -> tuple[str, ...]:
    verdict = reached.verdict
    second = verdict.second_topics[0].label if verdict.second_topics else ""
    review = "true" if verdict.needs_review else "false"
    return verdict.kind, verdict.topic, f"{verdict.topic_probability:.4f}", second, verdict.urgency, review


def explain(
    text: Annotated[str, typer.Argument(help="What a resident might write.")],
    model: ModelName = None,
    model_dir: ModelDir = DEFAULT_MODEL_FOLDER,
) -> None:
    """Classify one text and show which of its words decided, and what else it could be."""
    if not text.strip():
        fail("The text is empty.")
    (reached,) = asyncio.run(ReachVerdicts(reader_of(load_model(model_dir, model)))([text]))
    verdict = reached.verdict
    console.print(_marked(text, verdict))
    table = Table("", "answer", "probability", show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("topic", f"[bold]{verdict.topic}[/]", f"{verdict.topic_probability:.3f}")
    for other in verdict.second_topics:
        table.add_row("or", other.label, f"{other.probability:.3f}")
    if verdict.second_matter is not None:
        table.add_row("also", f"[bold]{verdict.second_matter}[/]", "a second matter")
    table.add_row("kind", verdict.kind, f"{verdict.kind_probability:.3f}")
    table.add_row("urgency", verdict.urgency, f"{verdict.urgency_probability:.3f}")
    table.add_row("decided by", "a person" if verdict.needs_review else "the model", reached.model_version)
    console.print(table)
    for reason in verdict.reasons:
        console.print(f"  · {escape(reason)}")


def _marked(text: str, verdict: Verdict) -> Text:
    marked = Text(text)
    for told in verdict.highlights:
        marked.stylize("bold yellow", told.start, told.end)
    return marked


def evaluate(
    file: Annotated[Path, typer.Argument(help="CSV with text and topic; optionally alt_topics, field, urgency, kind.")],
    unaccented: Annotated[bool, typer.Option("--unaccented", help="Drop all accents first.")] = False,
    html: Annotated[Path | None, typer.Option(help="Also write a page with plots to this file.")] = None,
    language: Annotated[str, typer.Option("--lang", help="Language of that page: vi or en.")] = "vi",
    territory: Annotated[
        Path, typer.Option(help="Territory pack with the names of topics.", envvar="LANGNGHE_TERRITORY")
    ] = TERRITORY,
    model: ModelName = None,
    model_dir: ModelDir = DEFAULT_MODEL_FOLDER,
) -> None:
    """Let a model answer texts whose truth is known, and show how good it is."""
    try:
        examples = read_examples(file)
    except CsvError as error:
        fail(str(error))
    loaded = load_model(model_dir, model)
    strange = sorted({example.topic for example in examples} - set(loaded.labels["topic"]))
    if strange:
        complain(f"{file}: the model never learned {', '.join(strange)}; these count as wrong.")
    if unaccented:
        examples = [replace(example, text=fold(example.text)) for example in examples]
    evaluate_model = EvaluateModel(ReachVerdicts(reader_of(loaded)), loaded.fields, loaded.thresholds)
    evaluation = asyncio.run(evaluate_model(examples))
    accents = ", without accents" if unaccented else ""
    console.print(
        f"[bold]{evaluation.topics.count} texts of {escape(file.name)}{accents}[/], model {evaluation.model_version}\n"
    )
    _show(evaluation)
    if html is not None:
        try:
            html.write_text(
                render_report(
                    evaluation, title=f"{file.name}{accents}", language=language, names=Names.read(territory)
                ),
                encoding="utf-8",
            )
        except OSError as error:
            fail(f"{html} cannot be written: {error.strerror or error}")
        console.print(f"[green]✓[/] page with plots: {escape(str(html))}", soft_wrap=True)


def _show(evaluation: Evaluation) -> None:
    named = (
        ("topic", evaluation.topics),
        ("field", evaluation.fields),
        ("kind", evaluation.kinds),
        ("urgency", evaluation.urgencies),
    )
    summary = Table("", "accuracy", "macro-F1", title="Summary", title_justify="left")
    for name, table in named:
        if table.count:
            summary.add_row(name, f"{table.accuracy:.3f}", f"{table.macro_f1:.3f}")
    console.print(summary)
    coverage = evaluation.coverage
    console.print(f"topic right or acceptable (alt_topics)  {evaluation.acceptability:.3f}")
    console.print(f"no review needed (each topic's bound)   {coverage.share:.3f}")
    console.print(f"  of these the topic is right           {coverage.right:.3f}")
    console.print(f"  of these right or acceptable          {coverage.acceptable:.3f}")
    console.print(f"expected calibration error              {evaluation.calibration_error:.3f}\n")
    for name, table in (named[1], named[0], named[2], named[3]):
        if table.count:
            console.print(_label_table(name, table))
    console.print(_reliability_table(evaluation))
    _show_confusions(evaluation)


def _label_table(name: str, table: LabelTable) -> Table:
    shown = Table(name, title=f"By {name}", title_justify="left")
    for column in ("texts", "precision", "recall", "F1"):
        shown.add_column(column, justify="right")
    for label in table.labels:
        shown.add_row(label.label, str(label.count), f"{label.precision:.2f}", f"{label.recall:.2f}", f"{label.f1:.2f}")
    return shown


def _reliability_table(evaluation: Evaluation) -> Table:
    shown = Table("said", title="Calibration: what it says and how often it is right", title_justify="left")
    for column in ("right", "texts"):
        shown.add_column(column, justify="right")
    shown.add_column("")
    for each in evaluation.reliability:
        bar = "█" * round(each.right * 30)
        shown.add_row(f"{each.probability:.2f}", f"{each.right:.2f}", str(each.count), bar)
    return shown


def _show_confusions(evaluation: Evaluation) -> None:
    console.print("Worst confusions")
    for expected, answered, times in evaluation.topics.confusions[:CONFUSIONS_SHOWN]:
        console.print(f"  {times} x [bold]{expected}[/] taken for [bold]{answered}[/]")
        examples = [each for each in evaluation.wrong if (each.expected, each.answered) == (expected, answered)]
        for each in examples[:EXAMPLES_SHOWN]:
            words = " ".join(each.text.split())
            shown = words if len(words) <= EXAMPLE_CHARS else f"{words[:EXAMPLE_CHARS]}…"
            note = " (acceptable)" if each.is_acceptable else ""
            console.print(f"      {each.probability:.2f}{note} {escape(shown)}", soft_wrap=True)
