"""`langnghe classifier train | models | shadow | promote | rollback | retire | compare`: teach, choose the live one."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from services.classifier.adapters.corpus import CORPUS, read_corpus, read_examples
from services.classifier.adapters.designs import DESIGNS, compare_designs
from services.classifier.adapters.evaluation_sets import EVALUATION, read_evaluation_set
from services.classifier.adapters.linear_model import LinearModel
from services.classifier.adapters.live_model import reader_of
from services.classifier.adapters.model_folder import (
    DEFAULT_MODEL_FOLDER,
    ModelBrokenError,
    ModelFolder,
    ModelMissingError,
)
from services.classifier.adapters.model_registry import ModelRegistry
from services.classifier.adapters.store import Store
from services.classifier.adapters.training import CorpusTooSmallError, Progress, origin_of
from services.classifier.adapters.training import train as learn
from services.classifier.domain.registry import Comparison, Scoreboard, State
from services.classifier.entrypoints.console import ModelDir, complain, console, fail
from services.classifier.usecases.judge_model import JudgeModel
from services.classifier.usecases.ports import Agreement, Label
from services.classifier.usecases.promote_model import MoveModel, MoveRefusedError, PromoteModel, RollBack
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from services.classifier.usecases.train_model import TrainModel
from shared.clock import system_clock
from shared.csv_files import CsvError
from shared.db.engine import make_engine
from shared.db.faults import is_surroundings_fault

NOT_BETTER = 1
DATABASE = "DATABASE_URL"
T = TypeVar("T")

CorpusDir = Annotated[
    Path, typer.Option(help="Folder with one <field>.csv per field.", show_default="the repository's")
]
EvaluationDir = Annotated[Path, typer.Option(help="Folder of the evaluation set.", show_default="the repository's")]
Version = Annotated[str, typer.Argument(help="Version of the model, as `models` lists it.")]
Why = Annotated[str, typer.Option(help="Why; it stays in the history.")]


# --- train ---------------------------------------------------------------------------------------------------------


def train(
    corpus: CorpusDir = CORPUS,
    evaluation: EvaluationDir = EVALUATION,
    out: Annotated[
        Path, typer.Option(help="Folder of the models.", envvar="CLASSIFIER_MODEL_DIR")
    ] = DEFAULT_MODEL_FOLDER,
    if_changed: Annotated[
        bool, typer.Option("--if-changed", help="Do nothing when a kept model was made of the same.")
    ] = False,
) -> None:
    """Learn a model from the corpus and from people's corrections.

    The first model becomes live; a later one becomes a candidate. The same texts give the same version.
    """
    try:
        model = asyncio.run(
            _train(corpus, evaluation, out, if_changed=if_changed, progress=lambda step: console.print(f"… {step}"))
        )
    except (CsvError, CorpusTooSmallError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror or error}")
    if model is None:
        console.print("[green]✓[/] a kept model was made of the same: nothing to do")
        return
    _show_training(model)
    if ModelFolder(out).live.named() == model.version:
        console.print(f"[green]✓[/] model [bold]{model.version}[/] is live in {escape(str(out))}")
    else:
        console.print(f"[green]✓[/] model [bold]{model.version}[/] is a candidate in {escape(str(out))}")
        console.print(f"  next: langnghe classifier shadow {model.version}   (let it read along, unheard)")
        console.print(f"        langnghe classifier promote {model.version}  (make it live, if it is better)")


def train_if_stale(folder: Path, *, corpus: Path = CORPUS, evaluation: Path = EVALUATION) -> bool:
    """Make sure that a folder has a live model, and one made of this corpus; say whether one had to be trained.

    A model made of a newer corpus takes the live one's place if it is better.
    """

    async def run() -> bool:
        model = await _train(corpus, evaluation, folder, if_changed=_has_live(folder), with_labels=False)
        if model is not None and ModelFolder(folder).live.named() != model.version:
            await _promote(folder, model.version, evaluation, labels=())
        return model is not None

    return asyncio.run(run())


async def _train(
    corpus: Path,
    evaluation: Path,
    out: Path,
    *,
    if_changed: bool,
    with_labels: bool = True,
    progress: Progress = lambda _: None,
) -> LinearModel | None:
    evaluation_set = read_evaluation_set(evaluation)
    registry = ModelRegistry(ModelFolder(out))

    async def keep(model: LinearModel, labels: int) -> None:
        progress("the evaluation set")
        judge = JudgeModel(evaluation_set, model.fields)
        board = await judge(ReachVerdicts(reader_of(model)))
        now = system_clock()
        told = {"trained_at": now.isoformat(), "labels": labels, "evaluation": asdict(board)}
        registry.add(replace(model, metadata={**model.metadata, **told}), at=now)
        if not _has_live(out):
            registry.move(model.version, State.LIVE, at=now, why="the first model")

    train_model = TrainModel(
        read_corpus=lambda: read_corpus(corpus),
        read_labels=_labels if with_labels else _no_labels,
        origin_of=origin_of,
        kept_origins=lambda: [str(known["metadata"].get("origin")) for known in _descriptions(registry.folder)],
        learn=lambda examples: learn(examples, progress=progress),
        keep=keep,
    )
    return await train_model(only_if_changed=if_changed)


def _has_live(folder: Path) -> bool:
    try:
        ModelFolder(folder).live.load()
    except (ModelMissingError, ModelBrokenError):
        return False
    return True


def _descriptions(folder: ModelFolder) -> list[dict[str, Any]]:
    """Read what is known of every kept model; one that cannot be read is passed over."""
    known = []
    for version in folder.versions():
        try:
            known.append(folder.description(version))
        except (ModelMissingError, ModelBrokenError) as error:
            complain(str(error))
    return known


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
    for name, watched in validation["watched"].items():
        console.print(
            f"{name}: {watched['recall']:.1%} of {watched['texts']} found "
            f"(rules alone {watched['recall_of_rules']:.1%}), false alarms {watched['false_alarms']:.1%}"
        )
    console.print(
        f"A topic passes without a person from its own probability on, from where "
        f"{known['recipe']['aims']['topic_right']:.0%} of validation was right."
    )


# --- who is live ---------------------------------------------------------------------------------------------------


def models(model_dir: ModelDir = DEFAULT_MODEL_FOLDER) -> None:
    """List the models: candidate, shadow, live, retired, and how each did on the evaluation set."""
    folder = ModelFolder(model_dir)
    try:
        states = ModelRegistry(folder).states()
    except ModelBrokenError as error:
        fail(str(error))
    known = {described["version"]: described["metadata"] for described in _descriptions(folder)}
    if not known:
        fail(f"There is no model in {model_dir}: train one with `langnghe classifier train --out {model_dir}`.")
    table = Table()
    for heading in ("model", "state", "trained", "texts", "topic", "field", "danger", "legal"):
        table.add_column(heading, no_wrap=True)
    for version, told in sorted(known.items(), key=lambda item: str(item[1].get("trained_at")), reverse=True):
        board = told.get("evaluation", {})
        table.add_row(
            version,
            _STATE_STYLES[states[version]],
            _day(told.get("trained_at")),
            f"{told['corpus']['texts']}",
            *(
                f"{board[name]:.3f}" if name in board else "–"
                for name in ("topic_macro_f1", "field_macro_f1", "emergency_recall", "complaint_recall")
            ),
        )
    console.print(table)
    console.print("topic, field: macro-F1 on the evaluation set")
    console.print("danger, legal: share of emergencies and of formal complaints found")
    shadow = next((version for version, state in states.items() if state is State.SHADOW), None)
    if shadow is not None:
        _show_agreement(shadow, asyncio.run(_ask(lambda store: _agreement(store, shadow), otherwise=None)))
    for happening in folder.history()[-5:]:
        console.print(f"  {happening.at:%Y-%m-%d %H:%M} {happening.version} {happening.state}: {escape(happening.why)}")


def shadow(version: Version, model_dir: ModelDir = DEFAULT_MODEL_FOLDER) -> None:
    """Let a candidate read live traffic along, unheard; its answers are stored and compared."""
    _move(model_dir, version, State.SHADOW, why="reads along")
    console.print(f"[green]✓[/] {version} is the shadow; running services take it over with the next batch")


def promote(
    version: Version,
    evaluation: EvaluationDir = EVALUATION,
    model_dir: ModelDir = DEFAULT_MODEL_FOLDER,
) -> None:
    """Make a candidate or the shadow live, if it is better on the evaluation set and on corrections since."""
    try:
        since = _trained_at(ModelFolder(model_dir).description(version))
        labels = asyncio.run(_labels(since))
        comparison = asyncio.run(_promote(model_dir, version, evaluation, labels=labels))
    except (MoveRefusedError, ModelMissingError, ModelBrokenError, CsvError) as error:
        fail(str(error))
    for reason in comparison.reasons:
        console.print(f"  · {escape(reason)}")
    if not comparison.is_better:
        complain(f"{version} is not promoted; the live model stays.")
        raise typer.Exit(NOT_BETTER)
    console.print(f"[green]✓[/] {version} is live; running services take it over with the next batch")


def rollback(
    why: Why = "rolled back by hand",
    model_dir: ModelDir = DEFAULT_MODEL_FOLDER,
) -> None:
    """Put the model that was live before in its place again, without asking which is better."""
    try:
        now = RollBack(ModelRegistry(ModelFolder(model_dir)), system_clock)(why=why)
    except (MoveRefusedError, ModelMissingError, ModelBrokenError) as error:
        fail(str(error))
    console.print(f"[green]✓[/] {now} is live again; running services take it over with the next batch")


def adopt(
    source: Annotated[Path, typer.Argument(help="Folder of models, for example of a container image.")],
    evaluation: EvaluationDir = EVALUATION,
    model_dir: ModelDir = DEFAULT_MODEL_FOLDER,
) -> None:
    """Take the live model of another folder over: live where there is none or where it is better, else a candidate."""
    try:
        model = ModelFolder(source).live.load()
        registry = ModelRegistry(ModelFolder(model_dir))
        known = model.version in registry.folder.versions()
        registry.add(model, at=system_clock())
        if not _has_live(model_dir):
            registry.move(model.version, State.LIVE, at=system_clock(), why="the first model")
        elif not known:
            asyncio.run(_promote(model_dir, model.version, evaluation, labels=asyncio.run(_labels())))
    except (MoveRefusedError, ModelMissingError, ModelBrokenError, CsvError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{model_dir} cannot be written: {error.strerror or error}")
    console.print(f"[green]✓[/] {model.version} is {registry.states()[model.version]} in {escape(str(model_dir))}")


def retire(
    version: Version,
    why: Why = "retired by hand",
    model_dir: ModelDir = DEFAULT_MODEL_FOLDER,
) -> None:
    """Give a candidate or the shadow up; its files stay."""
    _move(model_dir, version, State.RETIRED, why=why)
    console.print(f"[green]✓[/] {version} is retired")


_STATE_STYLES = {
    State.LIVE: "[bold green]live[/]",
    State.SHADOW: "[cyan]shadow[/]",
    State.CANDIDATE: "candidate",
    State.RETIRED: "[dim]retired[/]",
}


def _move(folder: Path, version: str, to: State, *, why: str) -> None:
    if version == ModelFolder(folder).live.named() and to is not State.LIVE:
        fail(f"{version} is the live model: promote another first, or roll back.")
    try:
        MoveModel(ModelRegistry(ModelFolder(folder)), system_clock)(version, to, why=why)
    except (MoveRefusedError, ModelMissingError, ModelBrokenError) as error:
        fail(str(error))


async def _promote(folder: Path, version: str, evaluation: Path, *, labels: Sequence[Label]) -> Comparison:
    registry = ModelRegistry(ModelFolder(folder))
    evaluation_set = read_evaluation_set(evaluation)

    async def judge(candidate: str, live: str) -> tuple[Scoreboard, Scoreboard]:
        boards = []
        for name in (candidate, live):
            model = registry.folder.load(name)
            boards.append(await JudgeModel(evaluation_set, model.fields)(ReachVerdicts(reader_of(model)), labels))
        return boards[0], boards[1]

    return await PromoteModel(registry, judge, system_clock)(version)


def _show_agreement(version: str, agreement: Agreement | None) -> None:
    if agreement is None:
        console.print(f"The shadow {version} has read nothing yet, or the database was not asked ({DATABASE}).")
        return
    console.print(
        f"The shadow {version} read {agreement.texts} texts and said the same as was published: topic "
        f"{agreement.topic:.1%}, kind {agreement.kind:.1%}, urgency {agreement.urgency:.1%}; it would leave "
        f"{agreement.needs_review:.1%} to a person (live: {agreement.needs_review_live:.1%})"
    )


def _trained_at(described: dict[str, Any]) -> datetime | None:
    told = described["metadata"].get("trained_at")
    return None if told is None else datetime.fromisoformat(told)


def _day(moment: str | None) -> str:
    return "–" if moment is None else f"{datetime.fromisoformat(moment):%Y-%m-%d}"


# --- the database, where there is one ------------------------------------------------------------------------------


async def _no_labels() -> Sequence[Label]:
    return ()


async def _labels(since: datetime | None = None) -> Sequence[Label]:
    async def find(store: Store) -> Sequence[Label]:
        async with store.open_labels() as labels:
            return await labels.find(since=since)

    return await _ask(find, otherwise=())


async def _agreement(store: Store, version: str) -> Agreement | None:
    async with store.open_traffic() as traffic:
        return await traffic.agreement(version)


async def _ask(question: Callable[[Store], Awaitable[T]], *, otherwise: T) -> T:
    """Ask the database that the environment names; without one, or when it does not answer, say so and go on."""
    url = os.environ.get(DATABASE)
    if not url:
        return otherwise
    engine = make_engine(url, application_name="classifier-cli", pool_size=1)
    try:
        return await question(Store(engine))
    except Exception as error:
        if not is_surroundings_fault(error):
            raise
        complain("The database does not answer: going on without people's corrections and stored answers.")
        return otherwise
    finally:
        await engine.dispose()


# --- compare -------------------------------------------------------------------------------------------------------


COMPARISON = """# Designs of the topic model, side by side

Written by `langnghe classifier compare --judge FILE --out docs/designs.md`, one run, {texts} texts of the corpus.
"Voices held out": three folds by voice, so that no author stands on both sides. The other columns are files given with
`--judge`, answered by the same design learned from the whole corpus. F1 is macro-F1 over the labels that occur; ECE the
expected calibration error, all designs calibrated by one temperature found on the held-out voices (what is in use adds
a confidence curve on top). "fit s" is the time to learn the topics from everything, on the machine of the run.

{table}
"""


def compare(
    judged_by: Annotated[
        list[Path] | None,
        typer.Option("--judge", help="CSV with text and topic to judge every design by, beside held-out voices."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the table here, as Markdown.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Names of designs; all if left out.")] = None,
    corpus: CorpusDir = CORPUS,
) -> None:
    """Compare designs of the classifier by voices they did not learn from, in one run, as a table."""
    unknown = sorted(set(only or ()) - set(DESIGNS))
    if unknown:
        fail(f"There is no design {', '.join(unknown)}; choose of {', '.join(DESIGNS)}.")
    try:
        examples = read_corpus(corpus)
        judges = {file.stem: read_examples(file) for file in judged_by or ()}
    except CsvError as error:
        fail(str(error))
    table = compare_designs(
        examples, judges, names=only or tuple(DESIGNS), progress=lambda step: console.print(f"… {step}")
    )
    if out is None:
        console.print(table, markup=False, soft_wrap=True)
        return
    try:
        out.write_text(COMPARISON.format(texts=len(examples), table=table), encoding="utf-8")
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror or error}")
    console.print(f"[green]✓[/] written to {escape(str(out))}")
