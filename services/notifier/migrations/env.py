"""Alembic's entry for the schema of notifier."""

from services.notifier.adapters.tables import METADATA, SCHEMA
from shared.db.migrations import run_migrations

run_migrations(SCHEMA, METADATA)
