"""Make servers ready for the services: `python -m deploy.local.prepare`. Run again, it changes nothing.

Schemas, topics, territory; with DEMO=1 the staff accounts of the demonstration too, whose password is no secret.
"""

import asyncio
import os
import sys

from deploy.local.demo import DEMO_PASSWORD
from deploy.local.migrate import create_all_topics, migrate_all
from services.desk.entrypoints.cli import seed_demo_staff
from services.router.entrypoints.territory_cli import PACK_REFUSALS, load_territory_pack
from shared.settings import ServiceSettings


def main() -> None:
    """Do it step by step, and say each."""
    settings = ServiceSettings()
    print("✓ schemas:", ", ".join(migrate_all(settings.database_url)))
    created = asyncio.run(create_all_topics(settings.kafka_bootstrap_servers))
    print("✓ topics:", ", ".join(created) or "all there")
    try:
        changed = asyncio.run(load_territory_pack(settings.database_url, settings.territory))
    except PACK_REFUSALS as error:
        sys.exit(f"✗ the territory cannot be loaded: {error}")
    print("✓ territory:", ", ".join(changed) or "nothing new")
    if os.environ.get("DEMO") == "1":
        seed = seed_demo_staff(settings.database_url, settings.territory, password=DEMO_PASSWORD)
        print("✓ demo staff:", asyncio.run(seed), "new")


if __name__ == "__main__":
    main()
