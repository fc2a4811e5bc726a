"""PromoteModel, MoveModel, RollBack: who is live, who runs in the shadow, who goes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.classifier.domain.registry import Comparison, Scoreboard, State, compare, may_move
from services.classifier.usecases.ports import Registry
from shared.clock import Clock


class MoveRefusedError(Exception):
    """A model may not go there; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class PromoteModel:
    """Put a candidate in the live model's place, if it is better.

    `judge` returns the scoreboards of two models (the candidate first) over the same texts.
    """

    registry: Registry
    judge: Callable[[str, str], Awaitable[tuple[Scoreboard, Scoreboard]]]
    clock: Clock

    async def __call__(self, version: str) -> Comparison:
        """Compare and, when the candidate is better, switch; raises MoveRefusedError."""
        states = self.registry.states()
        _check(states.get(version), State.LIVE, version)
        live = next((name for name, state in states.items() if state is State.LIVE), None)
        if live is None:
            comparison = Comparison(is_better=True, reasons=("there is no live model",))
        else:
            comparison = compare(*await self.judge(version, live))
        if comparison.is_better:
            self.registry.move(version, State.LIVE, at=self.clock(), why="; ".join(comparison.reasons))
        return comparison


@dataclass(frozen=True, slots=True)
class MoveModel:
    """Let a model run in the shadow, end that, or retire it."""

    registry: Registry
    clock: Clock

    def __call__(self, version: str, to: State, *, why: str) -> None:
        """Move it; raises MoveRefusedError."""
        _check(self.registry.states().get(version), to, version)
        self.registry.move(version, to, at=self.clock(), why=why)


@dataclass(frozen=True, slots=True)
class RollBack:
    """Put the model that was live before in its place again, without asking which is better."""

    registry: Registry
    clock: Clock

    def __call__(self, *, why: str) -> str:
        """Return who is live now; raises MoveRefusedError when nobody was live before."""
        before = self.registry.live_before()
        if before is None:
            raise MoveRefusedError("No model was live before this one, so there is nothing to go back to.")
        self.registry.move(before, State.LIVE, at=self.clock(), why=why)
        return before


def _check(now: State | None, to: State, version: str) -> None:
    if now is None:
        raise MoveRefusedError(f"There is no model {version}: `langnghe classifier models` lists them.")
    if now is to:
        raise MoveRefusedError(f"The model {version} is {now} already.")
    if not may_move(now, to):
        raise MoveRefusedError(f"The model {version} is {now}; it cannot become {to}.")
