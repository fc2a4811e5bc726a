"""Fixtures that every test may use: a real PostgreSQL and a real Kafka, started once a session.

They are the embedded ones; with `--servers=containers`, the images of compose.yaml. Where DATABASE_URL and
KAFKA_BOOTSTRAP_SERVERS are set, servers that exist already are used instead.
"""

import os

# A worker of a parallel run claims to be 80 columns wide, and what is made while importing believes it for good.
os.environ["COLUMNS"] = ""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from deploy.local.kafka_server import EmbeddedKafka
from deploy.local.postgres_server import EmbeddedPostgres
from shared.db.engine import make_engine, with_driver
from shared.db.migrations import upgrade
from shared.kafka.topics import create_topics, read_topics
from tests.support.docker import kafka_container, postgres_container

ROOT = Path(__file__).parent.parent
CONTAINERS = "containers"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the same tests run on other servers."""
    parser.addoption("--servers", choices=("embedded", CONTAINERS), default="embedded", help="Kafka and PostgreSQL")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the tests of the embedded servers where those are not the ones that run."""
    embedded = collection_path.name.startswith("test_embedded_")
    return True if embedded and config.getoption("--servers") == CONTAINERS else None


@pytest.fixture(scope="session")
def postgres_server_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of a server on which databases may be created."""
    with ExitStack() as stack:
        if request.config.getoption("--servers") == CONTAINERS:
            url = stack.enter_context(postgres_container())
        elif not (url := os.environ.get("DATABASE_URL", "")):
            server = stack.enter_context(EmbeddedPostgres(tmp_path_factory.mktemp("postgres")))
            asyncio.run(_forget_at_power_cuts(server.admin_url))
            url = server.url
        yield url


async def _forget_at_power_cuts(admin_url: str) -> None:
    """Let a server whose data nobody needs tomorrow not wait for the disk."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        await _execute(admin_url, f"ALTER SYSTEM SET {setting} = off")
    await _execute(admin_url, "SELECT pg_reload_conf()")


@pytest.fixture
def migrations() -> tuple[Path, ...]:
    """Name the migrations that a test's database has; none, unless a folder of tests or a test says otherwise."""
    return ()


@pytest.fixture(scope="session")
def templates(postgres_server_url: str) -> Iterator[dict[tuple[Path, ...], str]]:
    """Remember the databases that others are copied from, by the migrations they have."""
    made: dict[tuple[Path, ...], str] = {}
    yield made
    for name in made.values():
        asyncio.run(_execute(postgres_server_url, f"DROP DATABASE {name}"))


async def _template(server_url: str, migrations: tuple[Path, ...], templates: dict[tuple[Path, ...], str]) -> str:
    if not migrations:
        return "template1"
    if migrations not in templates:
        name = f"template_{uuid4().hex[:12]}"
        await _execute(server_url, f"CREATE DATABASE {name}")
        url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        for folder in migrations:
            await asyncio.to_thread(upgrade, folder, url)
        templates[migrations] = name
    return templates[migrations]


async def _execute(server_url: str, statement: str) -> None:
    admin = create_async_engine(with_driver(server_url), isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(statement))
    await admin.dispose()


@pytest.fixture
async def database_url(
    postgres_server_url: str, migrations: tuple[Path, ...], templates: dict[tuple[Path, ...], str]
) -> AsyncIterator[str]:
    """Give the URL of a database of this test's own, with the tables of `migrations` and nothing in them."""
    name = f"test_{uuid4().hex[:12]}"
    template = await _template(postgres_server_url, migrations, templates)
    await _execute(postgres_server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    admin = create_async_engine(with_driver(postgres_server_url), isolation_level="AUTOCOMMIT")
    yield make_url(postgres_server_url).set(database=name).render_as_string(hide_password=False)
    async with admin.connect() as connection:
        # Not WITH (FORCE): that is refused where autovacuum, which is not ours to end, happens to look at the database;
        # without it PostgreSQL sends autovacuum away by itself and waits for what we ended.
        ours = "datname = :name AND usename = current_user"
        end = text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")  # noqa: S608 a constant
        await connection.execute(end, {"name": name})
        await connection.execute(text(f"DROP DATABASE {name}"))
    await admin.dispose()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Open the database of this test."""
    engine = make_engine(database_url, application_name="test")
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
def kafka_bootstrap_servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give a broker on which the topics of deploy/topics.yaml exist; tests use keys and groups of their own."""
    with ExitStack() as stack:
        if request.config.getoption("--servers") == CONTAINERS:
            servers = stack.enter_context(kafka_container())
        elif not (servers := os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")):
            kafka = stack.enter_context(EmbeddedKafka(tmp_path_factory.mktemp("kafka")))
            servers = kafka.bootstrap_servers
        asyncio.run(create_topics(servers, read_topics(ROOT / "deploy" / "topics.yaml")))
        yield servers
