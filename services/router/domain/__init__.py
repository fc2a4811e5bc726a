"""What a commune clerk could argue about: places, offices, working time."""
