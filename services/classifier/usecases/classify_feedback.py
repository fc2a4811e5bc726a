"""ClassifyFeedback: every submitted text gets kind, topic and urgency, or is left to a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.classifier.domain.decision import Verdict
from services.classifier.usecases.ports import Decision, OpenDecisions
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from shared.clock import Clock
from shared.events import FeedbackClassified, FeedbackSubmitted, Highlight, Kind, TopicScore, Urgency, derived_event_id


@dataclass(frozen=True, slots=True)
class ClassifyFeedback:
    """Classify a batch in one transaction; what was decided before is announced again as it was."""

    reach_verdicts: ReachVerdicts
    open_decisions: OpenDecisions
    clock: Clock

    async def __call__(self, batch: Sequence[FeedbackSubmitted]) -> Sequence[FeedbackClassified]:
        """Decide, store and return one event per record, in their order; a replay gets the same events."""
        reached = await self.reach_verdicts([feedback.text for feedback in batch])
        now = self.clock()
        # Of two records about one feedback in one batch, the first counts.
        decisions = {
            feedback.feedback_id: Decision(
                feedback_id=feedback.feedback_id,
                event_id=derived_event_id(feedback.event_id, FeedbackClassified.topic),
                decided_at=now,
                model_version=each.model_version,
                verdict=each.verdict,
            )
            for feedback, each in zip(reversed(batch), reversed(reached), strict=True)
        }
        async with self.open_decisions() as store:
            before = await store.add_missing(list(decisions.values()))
        return [
            _event(feedback, before.get(feedback.feedback_id) or decisions[feedback.feedback_id]) for feedback in batch
        ]


def _event(feedback: FeedbackSubmitted, decision: Decision) -> FeedbackClassified:
    verdict: Verdict = decision.verdict
    return FeedbackClassified(
        event_id=decision.event_id,
        feedback_id=feedback.feedback_id,
        occurred_at=decision.decided_at,
        received_at=feedback.received_at,
        channel=feedback.channel,
        text=feedback.text,
        place=feedback.place,
        tracking_code=feedback.tracking_code,
        kind=Kind(verdict.kind),
        kind_probability=verdict.kind_probability,
        subject=verdict.topic,
        subject_probability=verdict.topic_probability,
        alternatives=tuple(
            TopicScore(topic=other.label, probability=other.probability) for other in verdict.second_topics
        ),
        urgency=Urgency(verdict.urgency),
        urgency_probability=verdict.urgency_probability,
        reasons=verdict.reasons,
        highlights=tuple(Highlight(start=h.start, end=h.end, weight=h.weight) for h in verdict.highlights),
        second_subject=verdict.second_matter,
        needs_review=verdict.needs_review,
        model_version=decision.model_version,
    )
