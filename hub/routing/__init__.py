"""Whom an event concerns."""
