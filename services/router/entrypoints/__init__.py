"""Kafka, HTTP and command line: decode, call one use case, encode."""
