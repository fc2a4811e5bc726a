"""`langnghe demo`: the whole system on this machine from one command, with sample reports flowing through it."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from deploy.local.errors import LocalError
from deploy.local.installation import (
    DEFAULT_DATA,
    TERRITORY,
    Servers,
    announced,
    given_servers,
    prepare_data_folder,
)
from deploy.local.kafka_server import EmbeddedKafka
from deploy.local.migrate import create_all_topics, migrate_all
from deploy.local.postgres_server import EmbeddedPostgres
from deploy.local.processes import SERVICES, Services, check_ports_free, port_of
from deploy.local.samples import send_samples, wait_until_in_inboxes
from deploy.local.secrets import load_or_make_secrets
from services.classifier.entrypoints.learning import train_if_stale
from services.desk.entrypoints.cli import seed_demo_staff
from services.router.entrypoints.territory_cli import PACK_REFUSALS, load_territory_pack
from shared.clock import ClockRate

INTERRUPTED = 130
DEMO_PASSWORD = "langnghe-demo"  # noqa: S105 printed on the screen, for accounts that exist in the demo only
console = Console(highlight=False)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show what is being done while it runs, and how long it took."""
    started = time.monotonic()
    with console.status(f"{what} …"):
        yield
    console.print(f"[green]✓[/] {what} [dim]({time.monotonic() - started:.1f} s)[/]")


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Stop when every sample is in an inbox; exit status 0 means all arrived.")
    ] = False,
    fast_clock: Annotated[
        float, typer.Option(min=1, help="Let time run this many times faster: 600 makes a second ten minutes.")
    ] = 1,
    data: Annotated[Path, typer.Option(help="Folder that keeps the data between starts.")] = DEFAULT_DATA,
    port: Annotated[
        int,
        typer.Option(
            min=1, max=65000, help="First of five ports in a row: residents' pages; staff's are on the fifth."
        ),
    ] = SERVICES["intake"],
    samples: Annotated[bool, typer.Option(help="Send a few dozen sample reports.")] = True,
) -> None:
    """Start everything on this machine (no Docker, no root), send sample reports, and show where to look."""
    stop_on_signals()
    try:
        with ExitStack() as stack:
            services = start_system(stack, data=data, port=port, fast_clock=fast_clock)
            codes = send_and_follow_samples(services) if samples else []
            show_where_to_look(services, sample_code=codes[0] if codes else None, fast_clock=fast_clock)
            if not once:
                watch(services)
    except KeyboardInterrupt:
        console.print("\nStopped; the data stays in the folder.")
        if once:
            raise typer.Exit(INTERRUPTED) from None
    except (SQLAlchemyError, KafkaError) as error:
        raise LocalError(f"The servers do not work with the data in {data} ({type(error).__name__}).") from error


def send_and_follow_samples(services: Services) -> list[str]:
    """Send the samples and wait until each is in somebody's inbox; return their tracking codes."""
    url = services.running["intake"].url
    codes = send_samples(url, console=console)
    with step(f"All {len(codes)} samples are in an inbox"):
        wait_until_in_inboxes(url, codes, watch=services)
    return codes


def start_system(stack: ExitStack, *, data: Path, port: int, fast_clock: float) -> Services:
    """Start servers and services; everything that was started ends when `stack` closes."""
    data = prepare_data_folder(data)
    ports = [port_of(service, base=port) for service in SERVICES]
    check_ports_free(ports)
    servers = start_servers(stack, data)
    secrets = load_or_make_secrets(data)
    rate = ClockRate(fast_clock, datetime.now(UTC)) if fast_clock > 1 else ClockRate()
    environment: Mapping[str, str] = {
        **servers.environment(),
        "LANGNGHE_TERRITORY": str(TERRITORY),
        "LANGNGHE_CLOCK_RATE": str(rate),
        "CLASSIFIER_MODEL_DIR": str(data / "model"),
        "NOTIFIER_JOURNAL": str(data / "messages.jsonl"),
        "NOTIFIER_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LANGNGHE_URL": f"http://127.0.0.1:{port}",
    }
    os.environ.update(environment)
    with step("Five database schemas up to date"):
        migrate_all(servers.database_url)
    with step("Kafka topics of deploy/topics.yaml"):
        asyncio.run(create_all_topics(servers.kafka_bootstrap_servers))
    with step("Territory Đắk Lắk: 102 units, offices, deadlines, calendar"):
        try:
            asyncio.run(load_territory_pack(servers.database_url, TERRITORY))
        except PACK_REFUSALS as error:
            raise LocalError(f"the territory cannot be loaded: {error}") from error
        asyncio.run(seed_demo_staff(servers.database_url, TERRITORY, password=DEMO_PASSWORD))
    with step("Classifier model"):
        train_if_stale(data / "model")
    services = Services({**environment, **secrets}, log_folder=data / "logs", port_base=port)
    stack.callback(_stop_services, services)
    with step("Five services: " + ", ".join(SERVICES)):
        for name in SERVICES:
            services.start(name)
        asyncio.run(_all_ready(services))
    stack.enter_context(announced(data, environment))
    return services


def start_servers(stack: ExitStack, data: Path) -> Servers:
    """Use the servers that the environment names, or start embedded ones at the same time."""
    database_url, kafka = given_servers(os.environ)
    postgres_server = None if database_url else EmbeddedPostgres(data / "postgres")
    kafka_server = None if kafka else EmbeddedKafka(data / "kafka")
    embedded = [server for server in (postgres_server, kafka_server) if server]
    if embedded:
        for server in embedded:
            stack.callback(server.stop)
        with step(" and ".join(server.name for server in embedded) + ", embedded"):
            at_once(*[server.start for server in embedded])
    return Servers(
        database_url=postgres_server.url if postgres_server else str(database_url),
        kafka_bootstrap_servers=kafka_server.bootstrap_servers if kafka_server else str(kafka),
    )


def at_once(*actions: Callable[[], object]) -> None:
    """Run blocking actions side by side and raise the first error when all have ended."""
    errors: list[BaseException] = []

    def run(action: Callable[[], object]) -> None:
        try:
            action()
        except BaseException as error:  # noqa: BLE001 it is raised below, in the thread that can act on it
            errors.append(error)

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


async def _all_ready(services: Services) -> None:
    await asyncio.gather(*[services.wait_ready(name) for name in services.running])


def _stop_services(services: Services) -> None:
    with console.status("Stopping …"):
        services.stop()


def show_where_to_look(services: Services, *, sample_code: str | None, fast_clock: float) -> None:
    """Print addresses, sign-ins and what to try."""
    residents, staff = services.running["intake"].url, services.running["desk"].url + "/staff"
    lines = [
        ("Người dân / residents", residents),
        *([("  một phản ánh / one report", f"{residents}/t/{sample_code}")] if sample_code else []),
        ("Cán bộ / staff", staff),
        ("  một xã, phường / a unit", "24133, or any of the 102 unit codes"),
        ("  bàn trực tỉnh / province desk", "tinh"),
        ("  giám sát / supervisor", "giamsat"),
        ("  quản trị / admin", "quantri (mô hình, quy tắc, cơ quan, ranh giới, lịch / model, rules, …: /staff/admin)"),
        ("  mật khẩu / password of all", DEMO_PASSWORD),
        ("API", f"{residents}/openapi.json"),
    ]
    console.print()
    for name, value in lines:
        console.print(f"{name:<32} [bold]{value}[/]", soft_wrap=True)
    console.print(
        "\nHãy thử: gửi một phản ánh, đăng nhập xã nhận nó, tiếp nhận, trả lời, xem lại.\n"
        "Try: send a report, sign in as its unit, accept it, resolve it, look again.\n"
        "In a second terminal: [bold].venv/bin/langnghe ingest FILE.csv[/]"
    )
    if fast_clock > 1:
        console.print(
            f"The clock runs {fast_clock:g} times faster; watch emergencies escalate:\n"
            "[bold].venv/bin/langnghe messages list[/], and the case pages."
        )


def watch(services: Services) -> None:
    """Stay until Ctrl-C; raises LocalError when a service ends by itself."""
    console.print("\n[bold]Ctrl-C stops everything.[/]")
    while True:
        if ended := services.ended():
            log = services.running[ended[0]].log
            raise LocalError(f"The service {ended[0]} ended by itself; the last lines of {log} say why.")
        time.sleep(0.5)


def stop_on_signals() -> None:
    """Let SIGTERM end the demo as Ctrl-C does, and Ctrl-C also where a shell started it in the background."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
