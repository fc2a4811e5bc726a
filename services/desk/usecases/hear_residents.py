"""Hear what residents say again: an answer moves the case on, a dispute waits for a person, a place is the router's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.desk.domain.case import RESIDENT, Case, ResidentWord, StepTaken, after
from services.desk.domain.life_cycle import SETTLED, Action, Part, State, Wanted, decide
from services.desk.domain.staff import EVERY_UNIT
from services.desk.usecases.ports import CaseStore, OpenCases
from services.desk.usecases.telling import case_changed
from shared.clock import Clock
from shared.events import AnswerKind, CaseChanged, ResidentAnswered, derived_event_id


@dataclass(frozen=True, slots=True)
class HearResidents:
    """Keep each word once, in one transaction; a word heard before tells again the step it led to."""

    open_cases: OpenCases
    clock: Clock
    count_move: Callable[[str], None]

    async def __call__(self, batch: Sequence[ResidentAnswered]) -> Sequence[CaseChanged]:
        """Return the steps that the words of this batch led to, now or when they were first heard."""
        now = self.clock()
        words = {event.event_id: _word(event) for event in batch}
        answers = [word for word in words.values() if word.kind == AnswerKind.ANSWER]
        async with self.open_cases(EVERY_UNIT) as store:
            new = await store.add_words(list(words.values()))
            cases = dict(await store.lock_cases(list({words[event_id].feedback_id for event_id in new})))
            moved = [
                taken
                for word in answers
                if word.event_id in new
                and (taken := await self._move_on(store, cases, word.feedback_id, word.event_id, now)) is not None
            ]
            await self._mark_disputes(store, cases, [word for word in words.values() if word.event_id in new])
            heard_before = [word for word in answers if word.event_id not in new]
            steps = await store.steps_of([word.feedback_id for word in heard_before]) if heard_before else {}
        for taken in moved:
            self.count_move(taken.step.action)
        ids_before = {derived_event_id(word.event_id, CaseChanged.topic) for word in heard_before}
        told_before = [taken for taken_of in steps.values() for taken in taken_of if taken.event_id in ids_before]
        return [case_changed(taken) for taken in [*told_before, *moved]]

    @staticmethod
    async def _move_on(
        store: CaseStore, cases: dict[UUID, Case], feedback_id: UUID, cause: UUID, now: datetime
    ) -> StepTaken | None:
        """Take the step that an answer allows; an answer nobody waits for is only kept."""
        case = cases.get(feedback_id)
        if case is None or case.state is not State.WAITING_RESIDENT:
            return None
        step = decide(case.standing, Wanted(Action.ANSWERED, case.version), parts=frozenset({Part.RESIDENT}))
        taken = StepTaken(step, derived_event_id(cause, CaseChanged.topic), RESIDENT, now)
        cases[feedback_id] = after(case, step, at=now)
        await store.take_step(cases[feedback_id], taken, seen_version=case.version)
        return taken

    @staticmethod
    async def _mark_disputes(store: CaseStore, cases: dict[UUID, Case], words: Sequence[ResidentWord]) -> None:
        disputed = {word.feedback_id for word in words if word.kind == AnswerKind.DISPUTE}
        settled = [one for one in disputed if one in cases and cases[one].state in SETTLED]
        if settled:
            await store.mark_disputed(settled)


def _word(event: ResidentAnswered) -> ResidentWord:
    return ResidentWord(
        event_id=event.event_id,
        feedback_id=event.feedback_id,
        kind=event.answer.value,
        text=event.text or (event.place.text if event.place is not None else None),
        rating=event.rating,
        at=event.occurred_at,
        unit_named=event.place.unit_code if event.place is not None else None,
    )
