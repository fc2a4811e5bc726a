"""The migrations of the schema router."""
