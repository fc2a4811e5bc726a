"""Every metric of intake's own, in one place."""

from prometheus_client import Counter, Histogram

ACCEPTED = Counter("langnghe_intake_accepted_total", "Reports accepted, without repeats.", ["channel"])
ANNOUNCED_AGAIN = Counter(
    "langnghe_intake_announced_again_total",
    "Reports announced once more, because nobody confirmed a case in time or because the broker lost its log.",
    ["reason"],
)
GROUP_SIZE = Histogram(
    "langnghe_intake_group_size",
    "Submissions that went into one transaction.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
