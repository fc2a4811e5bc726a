"""Fixtures that every test may use: a real PostgreSQL and a real Kafka, started once a session.

Where DATABASE_URL and KAFKA_BOOTSTRAP_SERVERS are set, servers that exist already are used instead.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from deploy.local.kafka_server import EmbeddedKafka
from deploy.local.postgres_server import EmbeddedPostgres
from shared.db.engine import make_engine
from shared.kafka.topics import create_topics, read_topics

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def postgres_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of a server on which databases may be created."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server.url


@pytest.fixture
async def database_url(postgres_server_url: str) -> AsyncIterator[str]:
    """Give the URL of an empty database of this test's own."""
    name = f"test_{uuid4().hex[:12]}"
    admin = create_async_engine(postgres_server_url, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_server_url).set(database=name).render_as_string(hide_password=False)
    async with admin.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await admin.dispose()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Open the database of this test."""
    engine = make_engine(database_url, application_name="test")
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
def kafka_bootstrap_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give a broker on which the topics of deploy/topics.yaml exist; tests use keys and groups of their own."""
    if servers := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        asyncio.run(create_topics(servers, read_topics(ROOT / "deploy" / "topics.yaml")))
        yield servers
        return
    with EmbeddedKafka(tmp_path_factory.mktemp("kafka")) as server:
        asyncio.run(create_topics(server.bootstrap_servers, read_topics(ROOT / "deploy" / "topics.yaml")))
        yield server.bootstrap_servers
