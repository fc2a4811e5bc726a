"""What the notifier counts beyond the shared plumbing."""

from collections.abc import Sequence

from prometheus_client import Counter, Histogram

from shared.events import DeadlinePassed

FIRED = Counter(
    "langnghe_deadlines_fired_total", "Warnings and escalations that fired, by stage and level.", ["stage", "level"]
)
LATENESS_SECONDS = Histogram(
    "langnghe_deadline_lateness_seconds",
    "From the moment a warning or escalation was due to the moment it fired, in product time.",
    buckets=(1, 2, 5, 10, 30, 60, 300, 3600, 21600, 86400),
)
MESSAGES_TAKEN = Counter("langnghe_messages_taken_total", "Messages handed to a gateway.")
TOP_LEVEL = 3


def count_fired(fired: Sequence[DeadlinePassed]) -> None:
    """Count what fired; levels from the first daily one on are counted as one."""
    for event in fired:
        FIRED.labels(event.stage.value, str(min(event.level, TOP_LEVEL))).inc()
        LATENESS_SECONDS.observe(max(0.0, (event.occurred_at - event.due_at).total_seconds()))
