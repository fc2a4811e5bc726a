"""The migrations of the schema classifier."""
