"""Every metric that the shared plumbing keeps, in one place; a service's own are in its own metrics module."""

from prometheus_client import Counter, Gauge, Histogram

RECORDS = Counter(
    "langnghe_records_total",
    "Records read from a topic, by what became of them (applied, dead).",
    ["topic", "group", "outcome"],
)
BATCH_SECONDS = Histogram(
    "langnghe_batch_seconds",
    "Time from receiving a batch to its commit, pauses for failing surroundings included.",
    ["topic", "group"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
SURROUNDINGS_FAULTS = Counter(
    "langnghe_surroundings_faults_total",
    "Attempts that failed because database or broker did; the consumer waits and tries again.",
    ["topic", "group"],
)
WAITING = Gauge("langnghe_consumer_waiting", "1 while a consumer waits for failing surroundings.", ["topic", "group"])
TRIPPED = Gauge(
    "langnghe_consumer_tripped",
    "1 when a consumer stopped itself after too many dead letters in a row.",
    ["topic", "group"],
)
LAG = Gauge("langnghe_consumer_lag", "Records on a topic that a group has not committed.", ["topic", "group"])
COMMIT_FAILURES = Counter(
    "langnghe_commit_failures_total", "Offset commits that failed; the records are applied again.", ["topic", "group"]
)
PUBLISHED = Counter("langnghe_published_total", "Events that Kafka acknowledged.", ["topic"])
OUTBOX_OLDEST_SECONDS = Gauge("langnghe_outbox_oldest_seconds", "Age of the oldest outbox row.", ["service"])
OUTBOX_ROWS = Gauge("langnghe_outbox_rows", "Rows in the outbox, counted up to 100,000.", ["service"])
HTTP_SECONDS = Histogram(
    "langnghe_http_seconds",
    "Time to answer an HTTP request.",
    ["service", "method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
LOOP_FAILURES = Counter(
    "langnghe_loop_failures_total", "Times a background loop failed and was started again.", ["service", "loop"]
)
