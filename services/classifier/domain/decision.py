"""From what the model and the rules say to one verdict, and whether a person must look at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

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


class Scored(NamedTuple):
    """A label and the probability the model gives it; a tuple, because thousands are made each second."""

    label: str
    probability: float


class Highlight(NamedTuple):
    """Words that carried the decision: `text[start:end]`, and their share of all that spoke for the topic."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model says of one text: topics likeliest first, kind, urgency, and the words that spoke for the topic.

    `topics` holds the likeliest and, of the next `SECOND_TOPICS`, those from `SECOND_TOPIC_FROM` on. `emergency` and
    `complaint` are the model's suspicion that it is one, whatever else it may be;
    `second_margin` is how much speaks for the runner-up topic on its own, not beside the first (an SVM's margin);
    `unknown` is the share of n-grams that training never met.
    """

    topics: tuple[Scored, ...]
    kind: Scored
    urgency: Scored
    emergency: float = 0.0
    complaint: float = 0.0
    second_margin: float = -99.0
    highlights: tuple[Highlight, ...] = ()
    unknown: float = 0.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probabilities on the model is trusted, as validation found them; kept with the model.

    Below `topic` (or a topic's own in `by_topic`) a person decides; likewise below `kind` for a kind that takes the
    text off the ordinary way. From `emergency` and `complaint` on, the model's suspicion of an emergency or of a formal
    complaint is enough. From `second` on, which is a margin and not a probability, the runner-up topic is told as a
    second matter.
    """

    topic: float
    kind: float
    emergency: float
    complaint: float = 1.0
    second: float = 99.0
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
    second_matter: str | None = None
    highlights: tuple[Highlight, ...] = ()
    unknown: float = 0.0


@dataclass(frozen=True, slots=True)
class Findings:
    """What the rules found in one text, whatever the model says."""

    alarms: tuple[Alarm, ...]
    formal_act: str | None


def findings_in(text: str) -> Findings:
    """Run the rules over a text."""
    line: Line = line_of(text)
    return Findings(alarms=alarms(line), formal_act=formal_act(line))


def decide(text: str, scores: Scores, findings: Findings, *, thresholds: Thresholds) -> Verdict:
    """Pick kind, topic and urgency, the rules going before the model, and say whether a person should look."""
    topic, *others = scores.topics
    kind, urgency = scores.kind, scores.urgency
    if findings.formal_act is not None or scores.complaint >= thresholds.complaint:
        kind = Scored(COMPLAINT, max(scores.complaint, RULE_CERTAINTY if findings.formal_act is not None else 0.0))
    if findings.alarms or scores.emergency >= thresholds.emergency:
        urgency = Scored(EMERGENCY, max(scores.emergency, RULE_CERTAINTY if findings.alarms else 0.0))
    unsure_of_topic = topic.probability < thresholds.for_topic(topic.label)
    unsure_of_kind = kind.label in CHANGES_TREATMENT and kind.probability < thresholds.kind
    return Verdict(
        kind=kind.label,
        kind_probability=kind.probability,
        topic=topic.label,
        topic_probability=topic.probability,
        second_topics=tuple(others),
        urgency=urgency.label,
        urgency_probability=urgency.probability,
        reasons=(*_rule_reasons(findings), *_words(text, scores.highlights))[:REASONS],
        needs_review=unsure_of_topic or unsure_of_kind,
        second_matter=others[0].label if others and scores.second_margin >= thresholds.second else None,
        highlights=scores.highlights,
        unknown=scores.unknown,
    )


def _words(text: str, highlights: Sequence[Highlight]) -> tuple[str, ...]:
    """Spell out what carried the decision, none twice."""
    return tuple(dict.fromkeys(text[each.start : each.end].lower() for each in highlights))


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


def _rule_reasons(findings: Findings) -> tuple[str, ...]:
    act = () if findings.formal_act is None else (f"đơn thư: {findings.formal_act}",)
    return (*(f"nguy hiểm ({alarm.danger}): {alarm.words}" for alarm in findings.alarms), *act)
