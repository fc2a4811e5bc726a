"""Add the staff accounts of the demonstration: `python -m deploy.local.demo_staff`. Their password is no secret."""

import asyncio

from deploy.local.demo import DEMO_PASSWORD
from services.desk.entrypoints.cli import seed_demo_staff
from shared.settings import ServiceSettings

if __name__ == "__main__":
    settings = ServiceSettings()
    added = asyncio.run(seed_demo_staff(settings.database_url, settings.territory, password=DEMO_PASSWORD))
    print(f"✓ {added} demo accounts added")
