"""Add members of staff."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.desk.domain.sign_in import LONGEST_PASSWORD, SHORTEST_PASSWORD
from services.desk.domain.staff import Role, StaffRefusedError, check_role, read_login
from services.desk.usecases.ports import NewStaff, OpenStaff
from shared.clock import Clock

COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Wish:
    """A member of staff as somebody asks for them."""

    login: str
    display_name: str
    role: Role
    unit_code: str | None = None


@dataclass(frozen=True, slots=True)
class AddStaff:
    """Add those whose login is free; the same password for all is hashed once."""

    open_staff: OpenStaff
    hash_password: Callable[[str], str]
    known_units: frozenset[str]
    real_clock: Clock

    async def __call__(self, wishes: Sequence[Wish], *, password: str) -> int:
        """Return how many were added; raises StaffRefusedError that says what to correct."""
        for wish in wishes:
            self._check(wish)
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise StaffRefusedError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
        hashed = self.hash_password(password)
        now = self.real_clock()
        new = [
            NewStaff(str(read_login(wish.login)), hashed, wish.display_name, wish.role, wish.unit_code)
            for wish in wishes
        ]
        async with self.open_staff() as store:
            added = await store.add_staff(new, at=now)
            if added:
                logins = ", ".join(one.login for one in new[:5])
                await store.audit(at=now, actor=COMMAND_LINE, action=f"added {added} staff", subject=logins)
        return added

    def _check(self, wish: Wish) -> None:
        if read_login(wish.login) is None:
            raise StaffRefusedError(
                f"login {wish.login!r}: use letters a-z, digits and . _ -, beginning with a letter or digit"
            )
        check_role(wish.role, wish.unit_code)
        if wish.unit_code is not None and wish.unit_code not in self.known_units:
            raise StaffRefusedError(f"unit {wish.unit_code!r} is not in the territory; use a code of units.csv")
