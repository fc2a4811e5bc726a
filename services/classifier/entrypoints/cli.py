"""The classifier's commands: `langnghe classifier train | predict | evaluate`."""

import asyncio
import csv
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NoReturn, TextIO

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.classifier.adapters.corpus import CORPUS, read_corpus, read_examples
from services.classifier.adapters.linear_model import LinearModel
from services.classifier.adapters.live_model import reader_of
from services.classifier.adapters.model_folder import (
    DEFAULT_MODEL_FOLDER,
    ModelBrokenError,
    ModelFolder,
    ModelMissingError,
)
from services.classifier.adapters.training import CorpusTooSmallError, Progress, origin_of, train
from services.classifier.domain.words import fold
from services.classifier.usecases.evaluate_model import EvaluateModel, Evaluation, LabelTable
from services.classifier.usecases.reach_verdicts import Reached, ReachVerdicts
from services.classifier.usecases.train_model import TrainModel
from shared.csv_files import CsvError, read_csv

ROW_REFUSED = 1
WRONG_INPUT = 2
PREDICTED = ("id", "kind", "topic", "probability", "second_topic", "urgency", "needs_review")
CONFUSIONS_SHOWN = 15

app = typer.Typer(help="Teach the classifier, ask it, and measure how good it is.", no_args_is_help=True)
console = Console(highlight=False)

ModelOption = Annotated[Path, typer.Option("--model-dir", help="Folder of the models.", envvar="CLASSIFIER_MODEL_DIR")]


def _fail(sentence: str) -> NoReturn:
    _complain(sentence)
    raise typer.Exit(WRONG_INPUT)


def _complain(sentence: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]✗[/] {escape(sentence)}")


def _load(folder: Path) -> LinearModel:
    try:
        return ModelFolder(folder).load()
    except (ModelMissingError, ModelBrokenError) as error:
        _fail(str(error))


# --- train ---------------------------------------------------------------------------------------------------------


@app.command("train")
def train_command(
    corpus: Annotated[
        Path, typer.Option(help="Folder with one <field>.csv per field.", show_default="the repository's")
    ] = CORPUS,
    out: Annotated[
        Path, typer.Option(help="Folder of the models.", envvar="CLASSIFIER_MODEL_DIR")
    ] = DEFAULT_MODEL_FOLDER,
    if_changed: Annotated[
        bool, typer.Option("--if-changed", help="Do nothing when the live model was made of the same.")
    ] = False,
) -> None:
    """Learn a model from the corpus and make it the live one; the same corpus gives the same version."""
    try:
        model = _train(corpus, out, only_if_changed=if_changed, progress=lambda step: console.print(f"… {step}"))
    except (CsvError, CorpusTooSmallError) as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{out} cannot be written: {error.strerror or error}")
    if model is None:
        console.print(f"[green]✓[/] model {ModelFolder(out).live_version()} was made of the same: nothing to do")
        return
    _show_training(model)
    console.print(f"[green]✓[/] model [bold]{model.version}[/] is live in {escape(str(out))}")


def train_if_stale(folder: Path, *, corpus: Path = CORPUS) -> bool:
    """Make sure that a folder has a live model made of this corpus; say whether one had to be trained."""
    return _train(corpus, folder, only_if_changed=True) is not None


def _train(
    corpus: Path, out: Path, *, only_if_changed: bool, progress: Progress = lambda _: None
) -> LinearModel | None:
    folder = ModelFolder(out)

    def live_origin() -> str | None:
        try:
            return str(folder.load().metadata["origin"])
        except (ModelMissingError, ModelBrokenError, KeyError):
            return None

    train_model = TrainModel(
        read_corpus=lambda: read_corpus(corpus),
        origin_of=origin_of,
        live_origin=live_origin,
        learn=lambda examples: train(examples, progress=progress),
        keep=folder.keep,
    )
    return train_model(only_if_changed=only_if_changed)


def _show_training(model: LinearModel) -> None:
    known: dict[str, Any] = dict(model.metadata)
    size, validation = known["corpus"], known["validation"]
    console.print(
        f"\n{size['texts']} texts by {size['voices']} voices, {len(model.labels['topic'])} topics, "
        f"{known['features']} features"
    )
    table = Table("voices not learned from", "accented", "unaccented", title="Validation", title_justify="left")
    for name in validation["accented"]:
        table.add_row(name.replace("_", " "), *(f"{validation[view][name]:.3f}" for view in ("accented", "unaccented")))
    console.print(table)
    danger = validation["danger"]
    console.print(
        f"Emergencies: {danger['recall']:.1%} found (rules alone {danger['recall_of_rules']:.1%}), "
        f"false alarms {danger['false_alarms']:.1%} of the rest"
    )
    thresholds = model.thresholds
    console.print(
        f"A person decides below {thresholds.topic:.3f} (topic) and {thresholds.kind:.3f} "
        f"(formal complaint, thanks, no feedback); emergency from {thresholds.emergency:.3f}"
    )


# --- predict -------------------------------------------------------------------------------------------------------


@app.command()
def predict(
    file: Annotated[Path, typer.Argument(help="CSV with the columns id and text.")],
    out: Annotated[Path | None, typer.Option(help="Write here instead of to the screen.")] = None,
    model_dir: ModelOption = DEFAULT_MODEL_FOLDER,
) -> None:
    """Classify every row of a CSV file (id, text) and print CSV."""
    try:
        rows = read_csv(file, needed=("id", "text"))
    except CsvError as error:
        _fail(str(error))
    model = _load(model_dir)
    readable = [row for _, row in rows if row["text"].strip()]
    reached = asyncio.run(ReachVerdicts(reader_of(model))([row["text"] for row in readable]))
    answers = [(row["id"], *_answer(each)) for row, each in zip(readable, reached, strict=True)]
    if out is None:
        _write(sys.stdout, answers)
    else:
        try:
            with out.open("w", encoding="utf-8", newline="") as opened:
                _write(opened, answers)
        except OSError as error:
            _fail(f"{out} cannot be written: {error.strerror or error}")
    empty = [line for line, row in rows if not row["text"].strip()]
    for line in empty:
        _complain(f"{file}, line {line}: text is empty.")
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


# --- evaluate ------------------------------------------------------------------------------------------------------


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="CSV with text and topic; optionally alt_topics, field, urgency, kind.")],
    unaccented: Annotated[bool, typer.Option("--unaccented", help="Drop all accents first.")] = False,
    model_dir: ModelOption = DEFAULT_MODEL_FOLDER,
) -> None:
    """Let the model answer texts whose truth is known, and show how good it is."""
    try:
        examples = read_examples(file)
    except CsvError as error:
        _fail(str(error))
    model = _load(model_dir)
    known = set(model.labels["topic"])
    strange = sorted({example.topic for example in examples} - known)
    if strange:
        _complain(f"{file}: the model never learned {', '.join(strange)}; these count as wrong.")
    if unaccented:
        examples = [replace(example, text=fold(example.text)) for example in examples]
    evaluation = asyncio.run(EvaluateModel(ReachVerdicts(reader_of(model)), dict(model.fields))(examples))
    _show_evaluation(evaluation, file=file, unaccented=unaccented, threshold=model.thresholds.topic)


def _show_evaluation(evaluation: Evaluation, *, file: Path, unaccented: bool, threshold: float) -> None:
    topics = evaluation.topics
    accents = ", without accents" if unaccented else ""
    console.print(f"[bold]{topics.count} texts of {escape(file.name)}{accents}[/], model {evaluation.model_version}\n")
    summary = Table("", "accuracy", "macro-F1", title="Summary", title_justify="left")
    for name, table in (
        ("topic", topics),
        ("field", evaluation.fields),
        ("kind", evaluation.kinds),
        ("urgency", evaluation.urgencies),
    ):
        if table.count:
            summary.add_row(name, f"{table.accuracy:.3f}", f"{table.macro_f1:.3f}")
    console.print(summary)
    coverage = evaluation.coverage
    console.print(f"topic right or acceptable (alt_topics)  {evaluation.acceptability:.3f}")
    console.print(f"no review needed (topic from {threshold:.3f})     {coverage.share:.3f}")
    console.print(f"  of these the topic is right           {coverage.right:.3f}")
    console.print(f"expected calibration error              {evaluation.calibration_error:.3f}\n")
    for name, table in (
        ("field", evaluation.fields),
        ("topic", topics),
        ("kind", evaluation.kinds),
        ("urgency", evaluation.urgencies),
    ):
        if table.count:
            console.print(_label_table(name, table))
    console.print(_confusion_table(topics))


def _label_table(name: str, table: LabelTable) -> Table:
    shown = Table(name, title=f"By {name}", title_justify="left")
    for column in ("texts", "precision", "recall", "F1"):
        shown.add_column(column, justify="right")
    for label in table.labels:
        shown.add_row(label.label, str(label.count), f"{label.precision:.2f}", f"{label.recall:.2f}", f"{label.f1:.2f}")
    return shown


def _confusion_table(table: LabelTable) -> Table:
    shown = Table("expected", "answered", title="Worst confusions", title_justify="left")
    shown.add_column("times", justify="right")
    for expected, answered, times in table.confusions[:CONFUSIONS_SHOWN]:
        shown.add_row(expected, answered, str(times))
    return shown
