"""SQL, password hashing, metrics."""
