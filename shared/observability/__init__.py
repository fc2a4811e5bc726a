"""Logs, metrics and traces: what a person on call looks at."""
