"""Measurements: `make bench` prints tables and writes JSON; nothing here is a test, and no test is timed."""
