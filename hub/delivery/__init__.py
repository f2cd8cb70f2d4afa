"""Copies that are committed, on their way to those whom they are for."""
