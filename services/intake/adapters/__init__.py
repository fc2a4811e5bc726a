"""How intake keeps, seals and groups what it accepts."""
