"""Kafka and the command line."""
