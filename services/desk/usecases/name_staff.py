"""Say who is who: what events and audits call 'staff:7' as people know them."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.desk.usecases.ports import OpenStaff


@dataclass(frozen=True, slots=True)
class NameStaff:
    """Name everybody who works here or ever did."""

    open_staff: OpenStaff

    async def __call__(self) -> Mapping[str, str]:
        """Return the display names by how events name their bearers."""
        async with self.open_staff() as store:
            return {known.staff.actor: known.staff.display_name for known in await store.list_staff()}
