"""What the classifier's commands share: the screen, one sentence for what is wrong, and the model asked for."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from services.classifier.adapters.linear_model import LinearModel
from services.classifier.adapters.model_folder import ModelBrokenError, ModelFolder, ModelMissingError

WRONG_INPUT = 2
console = Console(highlight=False)

ModelDir = Annotated[Path, typer.Option("--model-dir", help="Folder of the models.", envvar="CLASSIFIER_MODEL_DIR")]
ModelName = Annotated[str | None, typer.Option("--model", help="Version of the model.", show_default="the live one")]


def fail(sentence: str) -> NoReturn:
    """Complain and end."""
    complain(sentence)
    raise typer.Exit(WRONG_INPUT)


def complain(sentence: str) -> None:
    """Say on the error stream what is wrong."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]✗[/] {escape(sentence)}")


def load_model(folder: Path, version: str | None = None) -> LinearModel:
    """Load the live model, or the one named; ends with one sentence when that cannot be done."""
    try:
        return ModelFolder(folder).live.load() if version is None else ModelFolder(folder).load(version)
    except (ModelMissingError, ModelBrokenError) as error:
        fail(str(error))
