"""One step each: arm, follow, fire, write, send."""
