"""Notice that Kafka is not the Kafka it was: a broker that lost its log comes back under a new cluster id."""

from dataclasses import dataclass

from services.intake.usecases.ports import OpenUnitOfWork


@dataclass(frozen=True, slots=True)
class NoticeCluster:
    """Compare the id of the cluster with the one remembered, and have a new one told everything that is open."""

    open_unit_of_work: OpenUnitOfWork

    async def __call__(self, cluster_id: str) -> bool:
        """Return True when the cluster replaced another one."""
        async with self.open_unit_of_work() as store:
            known = await store.lock_cluster()
            if known == cluster_id:
                return False
            await store.set_cluster(cluster_id, tell_anew=known is not None)
        return known is not None
