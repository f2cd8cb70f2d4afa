"""One type for each event, by family."""
