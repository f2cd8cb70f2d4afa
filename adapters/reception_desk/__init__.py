"""The reception of a prison: who arrives is on a scheme, whose, and whom to call."""
