"""Time, passed in: the system's clock and one that runs faster for demonstrations."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

Clock = Callable[[], datetime]
"""Tell the time: aware, UTC."""


def system_clock() -> datetime:
    """Tell the machine's time, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ClockRate:
    """How product time follows real time: from `origin` on, one real second is `factor` seconds.

    Written as text `<factor>@<origin, ISO 8601>`, for example `600@2026-11-22T03:00:00+00:00`; `1` is real time.
    """

    factor: float = 1.0
    origin: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form; raises ValueError with what is expected."""
        factor, _, origin = text.partition("@")
        try:
            rate = cls(float(factor), datetime.fromisoformat(origin)) if origin else cls(float(factor))
        except ValueError as error:
            message = f"clock rate {text!r} is not '<factor>' or '<factor>@<time with offset>'"
            raise ValueError(message) from error
        if rate.factor <= 0 or rate.origin.tzinfo is None:
            message = f"clock rate {text!r} needs a factor above 0 and a time with an offset such as +00:00"
            raise ValueError(message)
        return rate

    def __str__(self) -> str:
        """Return the text form."""
        return f"{self.factor:g}@{self.origin.isoformat()}"

    def at(self, real: datetime) -> datetime:
        """Translate a real time into product time."""
        if self.factor == 1.0:
            return real
        return self.origin + (real - self.origin) * self.factor

    def clock(self, real: Clock = system_clock) -> Clock:
        """Return a clock that runs at this rate."""
        return real if self.factor == 1.0 else lambda: self.at(real())
