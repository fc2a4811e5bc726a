"""How people, programs and events reach intake."""
