"""Alembic for one schema: what each service's migrations/env.py calls, and how to bring a schema up to date."""

import asyncio
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text

from shared.db.engine import make_engine


def config_for(script_location: Path, database_url: str) -> Config:
    """Build the Alembic configuration of one service."""
    config = Config()
    config.set_main_option("script_location", str(script_location))
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    return config


def upgrade(script_location: Path, database_url: str, *, revision: str = "head") -> None:
    """Bring one service's schema to `revision`; concurrent callers wait for each other."""
    command.upgrade(config_for(script_location, database_url), revision)


def run_migrations(schema: str, metadata: MetaData) -> None:
    """Run the pending migrations of `schema`, its version table inside the schema itself (called by env.py)."""
    asyncio.run(_run(schema, metadata))


async def _run(schema: str, metadata: MetaData) -> None:
    url = context.config.attributes["database_url"]
    engine = make_engine(url, application_name=f"migrate-{schema}", command_timeout_seconds=600)
    try:
        async with engine.begin() as connection:
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": "migrate:" + schema}
            )
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
            await connection.run_sync(_configure_and_run, schema, metadata)
    finally:
        await engine.dispose()


def _configure_and_run(connection: Connection, schema: str, metadata: MetaData) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=schema,
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name == schema,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
