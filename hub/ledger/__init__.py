"""The record: what was disclosed to whom, why, and what was withheld; names and reasons, never values."""
