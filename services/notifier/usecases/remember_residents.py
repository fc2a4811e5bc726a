"""Remember how residents who gave a contact may be reached, without being able to read it here."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifier.usecases.ports import OpenUnitOfWork, Resident
from services.notifier.usecases.write_messages import WriteToResidents
from shared.events import Event, FeedbackSubmitted


@dataclass(frozen=True, slots=True)
class RememberResidents:
    """Keep the sealed contacts of a batch, and who left none.

    A resident whose case, or a part of it, was placed, asked about or answered before the contact came is told now.
    """

    open_unit_of_work: OpenUnitOfWork
    write: WriteToResidents

    async def __call__(self, batch: Sequence[FeedbackSubmitted]) -> Sequence[Event]:
        """Apply the batch in one transaction; nothing follows from it."""
        reachable = {submitted.feedback_id: submitted.sealed_contact is not None for submitted in batch}
        residents = [
            Resident(submitted.feedback_id, submitted.tracking_code, submitted.sealed_contact)
            for submitted in batch
            if submitted.sealed_contact is not None
        ]
        async with self.open_unit_of_work() as store:
            await store.hear_of(reachable)
            await store.add_residents(residents)
            parts = await store.parts_of(reachable)
            await self.write.placed(store, [*(resident.feedback_id for resident in residents), *parts])
            await self.write.pass_on(store, await store.take_held_words([*reachable, *parts]))
        return []
