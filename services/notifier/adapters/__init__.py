"""PostgreSQL, sealed contacts and gateways."""
