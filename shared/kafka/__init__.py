"""Kafka: one broker factory, batch consumers that lose nothing, keyed publishing, the outbox relay, dead letters."""
