"""The one subscription there is: batches of raw records, a group, from the earliest record, acknowledged by hand."""

from typing import TypeVar

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from shared.events import Event
from shared.kafka.broker import raw_records, whole_message
from shared.kafka.consume import Apply, BatchConsumer, Streams

In = TypeVar("In", bound=Event)

# The broker gathers a batch for at most this long. Handing over each record at once would cost broker and services many
# times the work of the records themselves; waiting this long at each step still keeps a report's way under a second.
FETCH_MAX_WAIT_MS = 50
FETCH_MIN_BYTES = 64 * 1024


def read_batches(
    broker: KafkaBroker,
    streams: Streams,
    event: type[In],
    apply: Apply[In],
    *,
    group_id: str,
    max_records: int = 500,
) -> BatchConsumer[In]:
    """Apply a use case to batches of at most `max_records` of `event`, as the group `group_id`."""
    consumer = streams.consumer(event, apply, group_id=group_id)

    @broker.subscriber(
        event.topic,
        group_id=group_id,
        batch=True,
        max_records=max_records,
        fetch_min_bytes=FETCH_MIN_BYTES,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        parser=raw_records,
        decoder=whole_message,
    )
    async def on_batch(message: KafkaMessage) -> None:
        await consumer(message)

    return consumer
