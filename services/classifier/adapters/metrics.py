"""The classifier's own metrics, in one place."""

from prometheus_client import Counter, Gauge, Histogram

CLASSIFIED = Counter(
    "langnghe_classified_total",
    "Texts classified, by who decides: 'model', 'person' (below the threshold), 'person_without_model'.",
    ["decided_by"],
)
EMERGENCIES = Counter("langnghe_emergencies_total", "Texts classified as an emergency.")
MODEL_LOADED = Gauge(
    "langnghe_model_loaded",
    "1 when there is a model, by role: 'live' (0 sends everything to a person) or 'shadow' (0 is nothing special).",
    ["role"],
)
MODEL_FAILURES = Counter(
    "langnghe_model_failures_total",
    "Texts a model raised on, by role: 'live' (a person decides) or 'shadow'.",
    ["role"],
)
LABELS = Counter(
    "langnghe_labels_total", "What people said of the classifier's answers: 'confirmed' or 'corrected'.", ["outcome"]
)
READ_SECONDS = Histogram(
    "langnghe_model_read_seconds",
    "Time a model takes to read one batch, by role.",
    ["role"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)

# A counter that appears with its first increase has not increased for Prometheus: alerts would miss the first failure.
for role in ("live", "shadow"):
    MODEL_FAILURES.labels(role)
for who in ("model", "person", "person_without_model"):
    CLASSIFIED.labels(who)
for outcome in ("confirmed", "corrected"):
    LABELS.labels(outcome)
