"""The classifier's own metrics, in one place."""

from prometheus_client import Counter, Gauge, Histogram

CLASSIFIED = Counter(
    "langnghe_classified_total",
    "Texts classified, by who decides: 'model', 'person' (below the threshold), 'person_without_model'.",
    ["decided_by"],
)
EMERGENCIES = Counter("langnghe_emergencies_total", "Texts classified as an emergency.")
MODEL_LOADED = Gauge("langnghe_model_loaded", "1 when there is a model; 0 sends everything to a person.")
MODEL_FAILURES = Counter("langnghe_model_failures_total", "Texts the model raised on; a person decides them.")
READ_SECONDS = Histogram(
    "langnghe_model_read_seconds",
    "Time the model takes to read one batch.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
