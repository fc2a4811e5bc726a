"""Group commit: what arrives while one transaction runs goes together into the next."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from services.intake.adapters.metrics import GROUP_SIZE
from services.intake.usecases.ports import TooBusyError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class GroupCommit(Generic[Item, Outcome]):
    """Call `commit` with groups, one at a time, and give every caller the outcome of its own item.

    A lone caller waits for nobody. When a group fails for its data's sake it is halved until the item at fault stands
    alone; when the surroundings fail, all of the group are told so. A caller that goes away takes nothing with it:
    what has begun is finished, what has not is dropped.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]],
        *,
        is_surroundings_fault: Callable[[BaseException], bool],
        within_seconds: float = 5.0,
        largest_group: int = 256,
        most_waiting: int = 4096,
    ) -> None:
        """Wrap `commit`, which gets at most `largest_group` items; beyond `most_waiting` callers are refused.

        A group that takes longer than `within_seconds` is given up with TimeoutError, so a caller waits for at most
        twice as long. One timer for each group, because one for each caller costs more than their insert.
        """
        self._commit = commit
        self._within_seconds = within_seconds
        self._is_surroundings_fault = is_surroundings_fault
        self._largest_group = largest_group
        self._most_waiting = most_waiting
        self._waiting: deque[tuple[Item, asyncio.Future[Outcome]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Outcome:
        """Return the outcome of `item` once its group is committed; raises what its group raised."""
        if len(self._waiting) >= self._most_waiting:
            raise TooBusyError
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="group commit")
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                group: list[tuple[Item, asyncio.Future[Outcome]]] = []
                while self._waiting and len(group) < self._largest_group:
                    item, future = self._waiting.popleft()
                    if not future.done():
                        group.append((item, future))
                if group:
                    await self._settle(group)
        finally:
            self._running = None
            # Only when this task itself is ended, as the process stops: nobody may wait for ever.
            for _, future in self._waiting:
                future.cancel()

    async def _settle(self, group: Sequence[tuple[Item, asyncio.Future[Outcome]]]) -> None:
        GROUP_SIZE.observe(len(group))
        try:
            async with asyncio.timeout(self._within_seconds):
                outcomes = await self._commit([item for item, _ in group])
        except asyncio.CancelledError:
            for _, future in group:
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001 the callers get it, each the one of their own item
            if len(group) > 1 and not self._is_surroundings_fault(error):
                middle = len(group) // 2
                await self._settle(group[:middle])
                await self._settle(group[middle:])
                return
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), outcome in zip(group, outcomes, strict=True):
                if not future.done():
                    future.set_result(outcome)
