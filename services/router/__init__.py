"""The router: place to unit, topic to office, policy to deadlines."""
