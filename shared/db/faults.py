"""Tell a fault of the surroundings (wait and try again) from a fault of the data (it will never work)."""

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# SQLSTATE classes that speak of one record's data: data exception, integrity constraint violation.
DATA_FAULT_CLASSES = frozenset({"22", "23"})


def is_surroundings_fault(error: BaseException) -> bool:
    """Say whether the database, its disk, its schema or the network failed, rather than the data given."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
            return True
        sqlstate = getattr(error.orig, "sqlstate", None)
        return sqlstate is not None and sqlstate[:2] not in DATA_FAULT_CLASSES
    return isinstance(error, OSError | TimeoutError | PoolTimeoutError)
