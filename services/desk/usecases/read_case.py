"""Read one case for somebody; whoever asks for what is not theirs is told it is not there, and it is noted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo
from uuid import UUID

from services.desk.domain.case import CaseStory, StepTaken
from services.desk.domain.search import code_key
from services.desk.domain.staff import EVERY_UNIT, Staff, UnitNames
from services.desk.usecases.ports import NotFoundError, OpenCases, OpenStaff
from shared.clock import Clock

FOREIGN_CASE = "asked for a case of another unit"


@dataclass(frozen=True, slots=True)
class ReadCase:
    """Look a case up within the scope of whoever asks."""

    open_cases: OpenCases
    units: UnitNames
    zone: tzinfo
    clock: Clock

    async def __call__(self, key: UUID | str, *, by: Staff) -> CaseStory:
        """Return the story of a case; raises NotFoundError."""
        async with self.open_cases(by.scope) as store:
            case = await store.find_case(key)
            if case is None:
                raise NotFoundError
            story = await store.story_of(case)
            if case.unit_code is None or not case.is_open:
                return story
            codes = dict.fromkeys(self.units.codes_of(case.unit_code), case.unit_code)
            today = self.clock().astimezone(self.zone).date()
            return replace(story, handlers=await store.handlers_of(codes, on=today))


@dataclass(frozen=True, slots=True)
class FindByCode:
    """Find the case that a resident's tracking code stands for, within the scope of whoever asks."""

    open_cases: OpenCases

    async def __call__(self, typed: str, *, by: Staff) -> UUID | None:
        """Return its id; of a report and its parts the report, if it is theirs to see."""
        key = code_key(typed)
        if key is None:
            return None
        async with self.open_cases(by.scope) as store:
            return await store.find_by_code(key)


@dataclass(frozen=True, slots=True)
class WhoWasFirst:
    """Tell who made the move that came before somebody else's."""

    open_cases: OpenCases

    async def __call__(self, feedback_id: UUID, seen_version: int) -> StepTaken | None:
        """Return the first step taken after `seen_version`."""
        async with self.open_cases(EVERY_UNIT) as store:
            return await store.step(feedback_id, seen_version + 1)

    async def took_away(self, key: UUID | str, seen_version: int, *, unit_code: str | None) -> StepTaken | None:
        """Return that step for a case which was this unit's when it was seen, and nothing for any other."""
        async with self.open_cases(EVERY_UNIT) as store:
            feedback_id = await store.case_exists(key)
            seen = await store.step(feedback_id, seen_version) if feedback_id is not None else None
            if seen is None or seen.step.unit_code != unit_code:
                return None
            return await store.step(seen.step.feedback_id, seen_version + 1)


@dataclass(frozen=True, slots=True)
class NoteForeignCase:
    """Add to the audit that somebody asked for a case that exists and is not theirs."""

    open_cases: OpenCases
    open_staff: OpenStaff
    real_clock: Clock
    count_foreign: Callable[[], None]

    async def __call__(self, key: UUID | str, *, by: Staff, address: str) -> None:
        """Note it, if there is such a case."""
        async with self.open_cases(EVERY_UNIT) as cases:
            feedback_id = await cases.case_exists(key)
        if feedback_id is None:
            return
        self.count_foreign()
        async with self.open_staff() as store:
            await store.audit(
                at=self.real_clock(), actor=by.actor, action=FOREIGN_CASE, subject=str(feedback_id), address=address
            )
