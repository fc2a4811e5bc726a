"""The migrations of the schema notifier."""
