"""Plumbing that every service uses: events, Kafka, database, observability. No business rule lives here."""
