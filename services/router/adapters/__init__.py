"""PostgreSQL and geometry behind the router's ports."""
