"""What can be argued over with a commune clerk: rules, thresholds, decisions, scores. Standard library only."""
