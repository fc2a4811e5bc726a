"""ShadowFeedback: let a candidate read what the live model has read, and keep its answers to ourselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.classifier.domain.decision import NO_MODEL
from services.classifier.usecases.ports import Decision, OpenShadows
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from shared.clock import Clock
from shared.events import Event, FeedbackClassified


@dataclass(frozen=True, slots=True)
class ShadowFeedback:
    """Answer a batch without a word to anybody; without a shadow model there is nothing to do."""

    reach_verdicts: ReachVerdicts
    open_shadows: OpenShadows
    clock: Clock

    async def __call__(self, batch: Sequence[FeedbackClassified]) -> Sequence[Event]:
        """Store what the shadow would have said."""
        reached = await self.reach_verdicts([feedback.text for feedback in batch])
        now = self.clock()
        decisions = {
            feedback.feedback_id: Decision(
                feedback.feedback_id, feedback.event_id, now, each.model_version, each.verdict
            )
            for feedback, each in zip(batch, reached, strict=True)
            if each.model_version != NO_MODEL
        }
        if decisions:
            async with self.open_shadows() as store:
                await store.add_missing(list(decisions.values()))
        return []
