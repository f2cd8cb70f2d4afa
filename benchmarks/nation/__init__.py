"""A simulated day of England and Wales, played through the real hub: who is flagged at reception, and how soon."""
