"""What a submission is, what a resident may see and say next: values and pure functions."""
