"""PostgreSQL: one engine factory, units of work, the outbox, migrations."""
