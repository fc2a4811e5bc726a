"""What could be argued over with a clerk: who is told when, and in which words."""
