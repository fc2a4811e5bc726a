"""`langnghe classifier`: teach it, ask it, measure it, and decide which model is live."""

import typer

from services.classifier.entrypoints import asking, learning

app = typer.Typer(help="Teach the classifier, ask it, and measure how good it is.", no_args_is_help=True)

for command in (
    learning.train,
    learning.models,
    learning.shadow,
    learning.promote,
    learning.rollback,
    learning.retire,
    learning.adopt,
    learning.compare,
    asking.predict,
    asking.evaluate,
    asking.explain,
):
    app.command()(command)
