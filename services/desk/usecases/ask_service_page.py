"""Ask another service for a page it shows of itself, or send it a form of that page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.desk.usecases.ports import Fragment, PageAsked, SentBack, ServicePages, ServiceSilentError


@dataclass(frozen=True, slots=True)
class AskServicePage:
    """Ask each time: what a service says of itself is of this moment."""

    services: Mapping[str, ServicePages]
    count_silence: Callable[[str], None]

    async def __call__(self, service: str, asked: PageAsked) -> Fragment | SentBack:
        """Return its answer; raises ServiceSilentError, which is counted."""
        try:
            return await self.services[service].ask(asked)
        except ServiceSilentError:
            self.count_silence(service)
            raise
