"""Faults of the surroundings as a stream sees them: Kafka's own beside those of the database."""

from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from shared.db.faults import is_surroundings_fault as is_database_fault


def is_surroundings_fault(error: BaseException) -> bool:
    """Say whether broker, database or network failed, rather than a record."""
    if isinstance(error, MessageSizeTooLargeError):
        return False
    return isinstance(error, KafkaError) or is_database_fault(error)
