"""Sign staff in and out, and recognise them in between."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.desk.domain.sign_in import (
    LONGEST_PASSWORD,
    Attempts,
    session_ends,
    should_prolong,
    standing_attempts,
    wait_before_next,
)
from services.desk.domain.staff import Staff, UnitNames, read_login
from services.desk.usecases.ports import OpenStaff, TooManyAttemptsError
from shared.clock import Clock

NOBODY = "nobody"


class Passwords(Protocol):
    """Slow hashes of passwords."""

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Compare; without a hash it takes as long and is False."""


class WrongPasswordError(Exception):
    """Login or password is wrong; which of the two is not said."""


def hash_of_token(token: str) -> bytes:
    """Name a session in the database, from which no cookie can be made."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True)
class SignIn:
    """Check a password, slowed down where it is guessed, and open a session."""

    open_staff: OpenStaff
    passwords: Passwords
    real_clock: Clock
    new_token: Callable[[], str]
    count_attempt: Callable[[str], None]

    async def __call__(self, typed_login: str, password: str, *, address: str) -> str:
        """Return the token of a new session; raises WrongPasswordError or TooManyAttemptsError."""
        login = read_login(typed_login) or NOBODY
        await self._count(login, address)
        async with self.open_staff() as store:
            known = await store.find_staff(login)
        usable = known is not None and known.active and len(password) <= LONGEST_PASSWORD
        matches = await self.passwords.matches(known.password_hash if known and usable else None, password)
        now = self.real_clock()
        if known is None or not matches:
            self.count_attempt("refused")
            async with self.open_staff() as store:
                actor = known.staff.actor if known is not None else NOBODY
                await store.audit(at=now, actor=actor, action="sign-in refused", address=address)
            raise WrongPasswordError
        token = self.new_token()
        async with self.open_staff() as store:
            await store.clear_attempts(login, address)
            await store.add_session(hash_of_token(token), known.staff, at=now, expires_at=session_ends(now))
            await store.audit(at=now, actor=known.staff.actor, action="signed in", address=address)
        self.count_attempt("accepted")
        return token

    async def _count(self, login: str, address: str) -> None:
        """Count the attempt before it is made, so that many at once are not free."""
        now = self.real_clock()
        async with self.open_staff() as store:
            attempts = await store.lock_attempts(login, address)
            wait = wait_before_next(attempts, now=now)
            if not wait:
                count = standing_attempts(attempts, now=now) + 1
                await store.set_attempts(login, address, Attempts(count, now))
        if wait:
            self.count_attempt("slowed down")
            raise TooManyAttemptsError(wait)


@dataclass(frozen=True, slots=True)
class RecogniseStaff:
    """Find who a browser belongs to."""

    open_staff: OpenStaff
    real_clock: Clock
    units: UnitNames

    async def __call__(self, token: str) -> Staff | None:
        """Return who is signed in with this token, in the unit of today; nothing when the session has ended.

        The session is prolonged.
        """
        now, token_hash = self.real_clock(), hash_of_token(token)
        async with self.open_staff() as store:
            session = await store.find_session(token_hash, now=now)
            if session is not None and should_prolong(session.expires_at, now=now):
                await store.prolong_session(token_hash, expires_at=session_ends(now))
        return self.units.today(session.staff) if session is not None else None


@dataclass(frozen=True, slots=True)
class SignOut:
    """End a session."""

    open_staff: OpenStaff
    real_clock: Clock

    async def __call__(self, token: str, *, by: Staff, address: str) -> None:
        """Forget the session of this token."""
        async with self.open_staff() as store:
            await store.end_session(hash_of_token(token))
            await store.audit(at=self.real_clock(), actor=by.actor, action="signed out", address=address)
