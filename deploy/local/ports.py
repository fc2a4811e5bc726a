"""Choose loopback ports that stay free while their server is down."""

from __future__ import annotations

import random
import socket
from pathlib import Path

from deploy.local.errors import LocalError

LOOPBACK = "127.0.0.1"
_LOWEST_PORT = 15_000
_USUAL_FIRST_EPHEMERAL_PORT = 32_768
_TRIES = 200


def is_free(port: int) -> bool:
    """Say whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port(*, besides: set[int]) -> int:
    """Pick a free loopback port below the range that outgoing connections are given.

    A port inside that range may be taken by any client while its server restarts: on loopback even by a client that
    is trying to reach that very port, and then connects to itself.
    """
    chooser = random.SystemRandom()
    first_ephemeral = _first_ephemeral_port()
    if first_ephemeral > _LOWEST_PORT:
        for _ in range(_TRIES):
            port = chooser.randrange(_LOWEST_PORT, first_ephemeral)
            if port not in besides and is_free(port):
                return port
    message = f"No free port between {_LOWEST_PORT} and {first_ephemeral} on {LOOPBACK}: name one that is free."
    raise LocalError(message)


def _first_ephemeral_port() -> int:
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        first = _USUAL_FIRST_EPHEMERAL_PORT
    # A range widened to nearly everything leaves no better place: then take the usual one.
    return min(first, _USUAL_FIRST_EPHEMERAL_PORT) if first > _LOWEST_PORT else _USUAL_FIRST_EPHEMERAL_PORT
