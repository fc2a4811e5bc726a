"""Bring the five schemas up to date, and create the topics."""

import os
from pathlib import Path

from deploy.local.installation import ROOT, TOPICS_FILE
from deploy.local.processes import SERVICES
from shared.db.migrations import upgrade
from shared.kafka.topics import create_topics, read_topics


def migrations_of(service: str) -> Path:
    """Return the folder of a service's migrations."""
    return ROOT / "services" / service / "migrations"


def migrate_all(database_url: str) -> list[str]:
    """Migrate every schema and name them."""
    for service in SERVICES:
        upgrade(migrations_of(service), database_url)
    return list(SERVICES)


async def create_all_topics(bootstrap_servers: str) -> list[str]:
    """Create the missing topics of deploy/topics.yaml; KAFKA_REPLICATION_FACTOR overrides the file."""
    replication = os.environ.get("KAFKA_REPLICATION_FACTOR")
    plans = read_topics(TOPICS_FILE, replication_factor=int(replication) if replication else None)
    return await create_topics(bootstrap_servers, plans)
