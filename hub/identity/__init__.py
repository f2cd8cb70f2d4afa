"""Whose numbers and details these are, and which person an event is about."""
