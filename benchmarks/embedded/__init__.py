"""The embedded hub end to end: a real process, tokens, policy, record, SQLite on disk."""
