"""How events, browsers and the command line reach the desk."""
