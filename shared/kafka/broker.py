"""The one way to subscribe: a FastStream broker that only consumes, with settings that lose nothing."""

import logging
from dataclasses import replace
from typing import Any

from aiokafka import ConsumerRecord
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.message import StreamMessage


def make_broker(bootstrap_servers: str, *, client_id: str) -> KafkaBroker:
    """Create the consuming broker of one service; publishing is EventPublisher's."""
    return KafkaBroker(
        bootstrap_servers.split(","),
        client_id=client_id,
        consumer_only=True,
        allow_auto_create_topics=False,
        apply_types=False,
        graceful_timeout=15.0,
        request_timeout_ms=10_000,
        metadata_max_age_ms=30_000,
        logger=logging.getLogger("faststream"),
        # "Received" and "Processed" for every batch; what goes wrong is logged at its own level.
        log_level=logging.DEBUG,
    )


async def raw_records(records: tuple[ConsumerRecord[bytes, bytes], ...], original: Any) -> StreamMessage[Any]:
    """Parse nothing (a FastStream parser): hand over the records as they came, so that none can spoil its batch.

    FastStream's own parser decodes every header; one that is not UTF-8 would fail the whole batch.
    """
    bare = tuple(replace(record, headers=()) for record in (records[0], records[-1]))
    message: StreamMessage[Any] = await original(bare)
    message.raw_message = records
    return message


async def whole_message(message: KafkaMessage) -> KafkaMessage:
    """Decode nothing (a FastStream decoder): the handler gets the message itself."""
    return message
