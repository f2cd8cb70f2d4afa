"""What is kept: one transaction for everything that belongs together."""
