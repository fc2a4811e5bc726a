"""From what the model and the rules say to one verdict, and whether a person must look at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.classifier.domain.danger import Alarm, alarms
from services.classifier.domain.legal import formal_act
from services.classifier.domain.words import Line, line_of

REPORT = "report"
COMPLAINT = "complaint_denunciation"
EMERGENCY = "emergency"
NORMAL = "normal"
OTHER = "other"
NO_MODEL = "none"
"""The version given when no model answered."""

CHANGES_TREATMENT = frozenset({COMPLAINT, "thanks", "not_feedback"})
"""Kinds that take a text off the ordinary way; to be wrong about them costs more than to ask a person."""

RULE_CERTAINTY = 0.9
"""How sure a rule of ours is taken to be, where the model is less sure."""

SECOND_TOPICS = 3
SECOND_TOPIC_FROM = 0.05
REASONS = 6


@dataclass(frozen=True, slots=True)
class Scored:
    """A label and the probability the model gives it."""

    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model says of one text: each list likeliest first, and the words that spoke for the first topic."""

    topics: tuple[Scored, ...]
    kinds: tuple[Scored, ...]
    urgencies: tuple[Scored, ...]
    words: tuple[str, ...] = ()

    def urgency(self, label: str) -> float:
        """Return the probability of one urgency."""
        return next((scored.probability for scored in self.urgencies if scored.label == label), 0.0)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probabilities on the model is trusted, as validation found them; kept with the model.

    Below `topic` (or a topic's own in `by_topic`) a person decides; likewise below `kind` for a kind that takes the
    text off the ordinary way. From `emergency` on, the model's suspicion of an emergency is enough.
    """

    topic: float
    kind: float
    emergency: float
    by_topic: Mapping[str, float] = field(default_factory=dict)

    def for_topic(self, topic: str) -> float:
        """Return the probability from which on this topic is trusted."""
        return self.by_topic.get(topic, self.topic)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The three answers for one text, how sure they are, why, and whether a person must look."""

    kind: str
    kind_probability: float
    topic: str
    topic_probability: float
    second_topics: tuple[Scored, ...]
    urgency: str
    urgency_probability: float
    reasons: tuple[str, ...]
    needs_review: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """What the rules found in one text, whatever the model says."""

    alarms: tuple[Alarm, ...]
    formal_act: str | None


def findings_in(text: str) -> Findings:
    """Run the rules over a text."""
    line: Line = line_of(text)
    return Findings(alarms=alarms(line), formal_act=formal_act(line))


def decide(scores: Scores, findings: Findings, *, thresholds: Thresholds) -> Verdict:
    """Pick kind, topic and urgency, the rules going before the model, and say whether a person should look."""
    topic, *others = scores.topics
    kind = _with_rule(scores.kinds, COMPLAINT, applies=findings.formal_act is not None)
    suspected = scores.urgency(EMERGENCY)
    urgency = (
        Scored(EMERGENCY, suspected)
        if suspected >= thresholds.emergency
        else _with_rule(scores.urgencies, EMERGENCY, applies=bool(findings.alarms))
    )
    unsure_of_topic = topic.probability < thresholds.for_topic(topic.label)
    unsure_of_kind = kind.label in CHANGES_TREATMENT and kind.probability < thresholds.kind
    return Verdict(
        kind=kind.label,
        kind_probability=kind.probability,
        topic=topic.label,
        topic_probability=topic.probability,
        second_topics=tuple(other for other in others if other.probability >= SECOND_TOPIC_FROM)[:SECOND_TOPICS],
        urgency=urgency.label,
        urgency_probability=urgency.probability,
        reasons=(*_rule_reasons(findings), *scores.words)[:REASONS],
        needs_review=unsure_of_topic or unsure_of_kind,
    )


def decide_without_model(findings: Findings, *, why: str) -> Verdict:
    """Leave everything to a person, but still let the rules speak: danger does not wait for a model."""
    return Verdict(
        kind=COMPLAINT if findings.formal_act is not None else REPORT,
        kind_probability=RULE_CERTAINTY if findings.formal_act is not None else 0.0,
        topic=OTHER,
        topic_probability=0.0,
        second_topics=(),
        urgency=EMERGENCY if findings.alarms else NORMAL,
        urgency_probability=RULE_CERTAINTY if findings.alarms else 0.0,
        reasons=(why, *_rule_reasons(findings))[:REASONS],
        needs_review=True,
    )


def _with_rule(scored: Sequence[Scored], label: str, *, applies: bool) -> Scored:
    """Return the model's first choice, or `label` when a rule found it, with the better of the two certainties."""
    if not applies:
        return scored[0]
    said = next((each.probability for each in scored if each.label == label), 0.0)
    return Scored(label, max(said, RULE_CERTAINTY))


def _rule_reasons(findings: Findings) -> tuple[str, ...]:
    act = () if findings.formal_act is None else (f"đơn thư: {findings.formal_act}",)
    return (*(f"nguy hiểm ({alarm.danger}): {alarm.words}" for alarm in findings.alarms), *act)
