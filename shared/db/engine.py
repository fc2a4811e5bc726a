"""The one way to open the database."""

import orjson
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def with_driver(url: str) -> str:
    """Name the driver in an address that names none: 'postgresql://' is read as 'postgresql+asyncpg://'."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+asyncpg://" + url.removeprefix(prefix)
    return url


def make_engine(
    url: str,
    *,
    application_name: str,
    pool_size: int = 8,
    connect_timeout_seconds: float = 5.0,
    command_timeout_seconds: float = 30.0,
) -> AsyncEngine:
    """Create a pooled asyncpg engine that never hangs, never prints parameters and works in UTC."""
    engine = create_async_engine(
        with_driver(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=connect_timeout_seconds,
        hide_parameters=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": connect_timeout_seconds,
            "command_timeout": command_timeout_seconds,
            "server_settings": {"application_name": f"langnghe-{application_name}", "timezone": "UTC", "jit": "off"},
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: DBAPIConnection, _record: object, _proxy: object) -> None:
    """Let the pool replace a connection whose server has gone away since it was last used.

    The driver knows that its socket was closed; asking the server each time would cost three round trips.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError
