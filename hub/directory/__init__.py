"""Who takes part: agencies, their systems, and the recipients with what they listen to."""
