"""Ask Kafka which cluster it is."""

from aiokafka.admin import AIOKafkaAdminClient


async def ask_cluster_id(bootstrap_servers: str, *, timeout_seconds: float = 5.0) -> str:
    """Return the cluster id, which lives and dies with the broker's log; raises KafkaError when none answers."""
    admin = AIOKafkaAdminClient(
        bootstrap_servers=bootstrap_servers.split(","),
        client_id="langnghe-intake-cluster",
        request_timeout_ms=int(timeout_seconds * 1000),
    )
    try:
        await admin.start()
        return str((await admin.describe_cluster())["cluster_id"])
    finally:
        await admin.close()
