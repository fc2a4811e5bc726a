"""The topics of the system: read from deploy/topics.yaml, created where missing, never deleted or shrunk."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.kafka.dead_letters import DEAD_SUFFIX


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """One topic as it should be."""

    name: str
    partitions: int
    replication_factor: int
    config: Mapping[str, str]


def read_topics(path: Path, *, replication_factor: int | None = None) -> list[TopicPlan]:
    """Read the plan: every topic, and its dead-letter twin right after it.

    Raises ValueError that says which part of the file is missing.
    """
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    missing = {"defaults", "dead_letters", "topics"} - set(document)
    if missing:
        raise ValueError(f"{path}: the part '{min(missing)}' is missing")
    live = document["defaults"]
    dead = {**live, **document["dead_letters"], "config": {**live["config"], **document["dead_letters"]["config"]}}
    return [
        TopicPlan(
            name=name + suffix,
            partitions=kind["partitions"],
            replication_factor=replication_factor or kind["replication_factor"],
            config=kind["config"],
        )
        for name in document["topics"]
        for suffix, kind in (("", live), (DEAD_SUFFIX, dead))
    ]


async def create_topics(bootstrap_servers: str, plans: list[TopicPlan]) -> list[str]:
    """Create the topics that are missing and return their names; raises KafkaError when the broker refuses one."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers.split(","))
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [plan for plan in plans if plan.name not in existing]
        if not missing:
            return []
        answer = await admin.create_topics(
            [
                NewTopic(
                    name=plan.name,
                    num_partitions=plan.partitions,
                    replication_factor=plan.replication_factor,
                    topic_configs=dict(plan.config),
                )
                for plan in missing
            ]
        )
        for name, code, *detail in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error(f"topic {name}: {detail[0] if detail else ''}")
        return [plan.name for plan in missing]
    finally:
        await admin.close()
