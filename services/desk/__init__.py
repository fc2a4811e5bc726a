"""Staff work here: inboxes, cases and their life cycle, the province at a glance."""
