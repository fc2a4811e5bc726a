"""What could be argued over with a clerk: life cycle, deadlines, standing of units, who may do what."""
