"""Argon2id, in threads of its own so that the event loop goes on."""

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Each takes 64 MiB and a core for some 50 ms: a crowd at the door must wait, not take the machine down.
AT_ONCE = 2
_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Hash with a new salt."""
    return _hasher.hash(password)


class Argon2Passwords:
    """Compare passwords (the port `Passwords`)."""

    def __init__(self) -> None:
        """Prepare a hash that nothing matches, for logins that do not exist: they must take as long."""
        self._limiter: CapacityLimiter | None = None
        self._nobody = hash_password("a password that nobody has")

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Compare in a thread; without a hash it takes as long and is False."""
        self._limiter = self._limiter or CapacityLimiter(AT_ONCE)
        equal = await to_thread.run_sync(_verify, password_hash or self._nobody, password, limiter=self._limiter)
        return equal and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
