"""A fault of the surroundings is told from a fault of the data."""

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError
from sqlalchemy.exc import DBAPIError, OperationalError

from shared.kafka.faults import is_surroundings_fault


class PostgresError(Exception):
    """What a driver raises."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def database_error(sqlstate: str) -> DBAPIError:
    """Wrap a driver's error as SQLAlchemy does."""
    return DBAPIError("SELECT", {}, PostgresError(sqlstate))


@pytest.mark.parametrize(
    "error",
    [
        database_error("57P01"),
        database_error("57P03"),
        database_error("40P01"),
        database_error("53100"),
        database_error("42P01"),
        OperationalError("SELECT", {}, PostgresError("08006")),
        ConnectionRefusedError(),
        TimeoutError(),
        KafkaConnectionError(),
    ],
    ids=["shutting down", "starting", "deadlock", "disk full", "no table yet", "lost", "refused", "timeout", "kafka"],
)
def test_what_passes_by_waiting_is_the_surroundings(error: Exception) -> None:
    assert is_surroundings_fault(error)


@pytest.mark.parametrize(
    "error",
    [database_error("22001"), database_error("23505"), MessageSizeTooLargeError(), KeyError("x"), ValueError("x")],
    ids=["too long", "unique", "record too large", "bug", "value"],
)
def test_what_never_passes_is_the_records_own(error: Exception) -> None:
    assert not is_surroundings_fault(error)
