"""Start the whole system on one machine, with its own Kafka and PostgreSQL."""
