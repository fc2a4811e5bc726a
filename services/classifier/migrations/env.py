"""Alembic's entry for the schema of the classifier."""

from services.classifier.adapters.tables import METADATA, SCHEMA
from shared.db.migrations import run_migrations

run_migrations(SCHEMA, METADATA)
