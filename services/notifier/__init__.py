"""The notifier: deadlines become warnings and escalations, and people hear what concerns them."""
