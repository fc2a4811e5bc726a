"""HTTP as every service speaks it: application, health, documents."""
