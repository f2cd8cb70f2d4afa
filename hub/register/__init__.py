"""What the hub knows of a person's state, so that "somebody was received" becomes "call this number"."""
