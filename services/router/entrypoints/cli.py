"""The router's commands: `langnghe territory ...` on the database, `langnghe router ...` on the pack alone."""

import typer

from services.router.entrypoints.calendar_cli import deadline
from services.router.entrypoints.explain_cli import explain
from services.router.entrypoints.offices_cli import offices_app
from services.router.entrypoints.place_cli import locate
from services.router.entrypoints.recompute_cli import recompute
from services.router.entrypoints.rules_cli import rules_app
from services.router.entrypoints.territory_cli import territory_app

__all__ = ["app", "territory_app"]

app = typer.Typer(help="Ask the router, from the territory pack alone: where is it, by when.", no_args_is_help=True)

# --- langnghe router -----------------------------------------------------------------------------------------------

app.command()(locate)

# --- why -------------------------------------------------------------------------------------------------------------

app.command()(explain)

# --- the clock -----------------------------------------------------------------------------------------------------

app.command()(deadline)
app.command()(recompute)

# --- the rules -----------------------------------------------------------------------------------------------------

app.add_typer(rules_app, name="rules")

# --- the desks of offices --------------------------------------------------------------------------------------------

app.add_typer(offices_app, name="offices")
