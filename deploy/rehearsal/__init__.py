"""A rehearsal: a hub and its partners as separate processes on this machine, and a few days of invented people."""
