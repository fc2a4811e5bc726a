"""Builders, fakes and harnesses that tests share."""
