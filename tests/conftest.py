"""Fixtures that every test may use: a real PostgreSQL and a real Kafka, started once a session.

They are the embedded ones; with `--servers=containers`, the images of compose.yaml. Where DATABASE_URL and
KAFKA_BOOTSTRAP_SERVERS are set, servers that exist already are used instead.
"""

import asyncio
import os
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
            url = stack.enter_context(EmbeddedPostgres(tmp_path_factory.mktemp("postgres"))).url
        yield url


@pytest.fixture
async def database_url(postgres_server_url: str) -> AsyncIterator[str]:
    """Give the URL of an empty database of this test's own."""
    name = f"test_{uuid4().hex[:12]}"
    admin = create_async_engine(with_driver(postgres_server_url), isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
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
