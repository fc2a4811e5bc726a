"""Alembic's entry for the schema of intake."""

from services.intake.adapters.tables import METADATA, SCHEMA
from shared.db.migrations import run_migrations

run_migrations(SCHEMA, METADATA)
