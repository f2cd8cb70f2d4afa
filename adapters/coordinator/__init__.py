"""A scheme's coordinator: where each of their people is, what is due, who holds what."""
