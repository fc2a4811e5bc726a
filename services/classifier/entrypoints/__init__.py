"""How the outside reaches the use cases: Kafka, HTTP, the command line."""
