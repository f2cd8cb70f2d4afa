"""Deciding and redacting one event for twelve roles, beside what else could do it."""
