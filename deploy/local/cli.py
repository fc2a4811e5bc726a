"""The command `langnghe`: everything a person can ask for from a terminal."""

import asyncio
import importlib
import json
import sys
from enum import StrEnum
from typing import Annotated, NoReturn

import typer
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from deploy.local.demo import demo
from deploy.local.errors import LocalError
from deploy.local.installation import use_announced
from deploy.local.migrate import create_all_topics, migrate_all
from services.classifier.entrypoints.cli import app as classifier_app
from services.desk.entrypoints.cli import app as staff_app
from services.intake.entrypoints.cli import ingest
from services.notifier.entrypoints.cli import app as messages_app
from services.router.entrypoints.cli import app as router_app
from services.router.entrypoints.cli import territory_app
from shared.events.documents import as_text, asyncapi
from shared.kafka.dead_tools import DeadLetters, NoSuchTopicError
from shared.settings import ServiceSettings

console = Console()
app = typer.Typer(
    help="Lắng Nghe: takes what residents say, finds who must act, and sees that they do.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
dead_app = typer.Typer(help="Look at records that could not be applied, and say them again or drop them.")
topics_app = typer.Typer(help="Create the Kafka topics, and show the event documents.")

app.command()(demo)
app.command()(ingest)
app.add_typer(classifier_app, name="classifier")
app.add_typer(router_app, name="router")
app.add_typer(territory_app, name="territory")
app.add_typer(staff_app, name="staff")
app.add_typer(messages_app, name="messages")
app.add_typer(dead_app, name="dead", no_args_is_help=True)
app.add_typer(topics_app, name="topics", no_args_is_help=True)


class ServiceName(StrEnum):
    """The five services."""

    INTAKE = "intake"
    CLASSIFIER = "classifier"
    ROUTER = "router"
    NOTIFIER = "notifier"
    DESK = "desk"


@app.callback()
def root(context: typer.Context) -> None:
    """Point commands at a demo that runs in this folder, unless the environment names servers."""
    if context.invoked_subcommand != "demo":
        use_announced()


@app.command()
def run(service: ServiceName) -> None:
    """Run one service in the foreground, on the servers that the environment names."""
    importlib.import_module(f"services.{service.value}.main").main()


@app.command()
def migrate() -> None:
    """Bring the five database schemas up to date."""
    for schema in migrate_all(ServiceSettings().database_url):
        console.print(f"[green]✓[/] {schema}")


@topics_app.command("create")
def topics_create() -> None:
    """Create the topics of deploy/topics.yaml that are missing."""
    created = asyncio.run(create_all_topics(ServiceSettings().kafka_bootstrap_servers))
    console.print("\n".join(f"[green]✓[/] {name}" for name in created) or "All topics are there.")


@topics_app.command("document")
def topics_document() -> None:
    """Print the AsyncAPI document of all events."""
    sys.stdout.write(as_text(asyncapi()))


TopicArgument = Annotated[str, typer.Argument(help="Topic, with or without .dead, for example feedback.submitted.v1")]
LimitOption = Annotated[int, typer.Option(min=1, help="At most this many, oldest first.")]


@dead_app.command("list")
def dead_list() -> None:
    """Count the dead letters that wait for a decision, by topic."""
    table = Table("topic", "waiting")
    for count in asyncio.run(_dead_letters().counts()):
        table.add_row(count.topic, f"[red]{count.waiting}[/]" if count.waiting else "0")
    console.print(table)


@dead_app.command("show")
def dead_show(topic: TopicArgument, limit: LimitOption = 20, body: bool = False) -> None:
    """Show where dead letters came from and why they failed; --body prints their content, which may be personal."""
    records = asyncio.run(_dead_letters().waiting(topic, limit=limit))
    if not records:
        console.print("No dead letter waits here.")
    for record in records:
        headers = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
        console.print(
            f"[bold]{record.offset}[/] {headers.get('dead_at', '')} [red]{headers.get('dead_reason', '')}[/]\n"
            f"   from {headers.get('dead_topic')} partition {headers.get('dead_partition')} offset "
            f"{headers.get('dead_offset')}, group {headers.get('dead_group')}, event {headers.get('ce_id', '?')}"
        )
        if body:
            console.print(f"   {json.dumps((record.value or b'').decode('utf-8', 'replace'), ensure_ascii=False)}")


@dead_app.command("retry")
def dead_retry(topic: TopicArgument, limit: LimitOption = 1000) -> None:
    """Say dead letters again to the topic they came from, in their order."""
    console.print(f"{asyncio.run(_dead_letters().retry(topic, limit=limit))} said again.")


@dead_app.command("drop")
def dead_drop(
    topic: TopicArgument,
    limit: LimitOption = 1000,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Let dead letters go for good."""
    if not yes:
        typer.confirm(f"Drop up to {limit} dead letters of {topic}?", abort=True)
    console.print(f"{asyncio.run(_dead_letters().drop(topic, limit=limit))} dropped.")


def _dead_letters() -> DeadLetters:
    return DeadLetters(ServiceSettings().kafka_bootstrap_servers)


def main() -> None:
    """Run the command line; what a person can mend is said in one sentence, without a traceback."""
    try:
        app()
    except LocalError as error:
        _fail(str(error))
    except NoSuchTopicError as error:
        _fail(str(error))
    except ValidationError as error:
        fault = error.errors()[0]
        _fail(f"The setting {'.'.join(map(str, fault['loc']))} in the environment cannot be used: {fault['msg']}.")
    except ProgrammingError:
        _fail("The database has not all the tables; bring them up to date with `langnghe migrate`.")
    except KafkaError as error:
        _fail(f"Kafka does not answer ({type(error).__name__}): `make demo` starts it, or set KAFKA_BOOTSTRAP_SERVERS.")
    except (SQLAlchemyError, OSError) as error:
        _fail(f"The database does not answer ({type(error).__name__}): `make demo` starts one, or set DATABASE_URL.")


def _fail(sentence: str) -> NoReturn:
    Console(stderr=True).print(f"[red]✗[/] {sentence}", highlight=False)
    sys.exit(2)
