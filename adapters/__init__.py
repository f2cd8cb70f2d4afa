"""The agencies' side: what runs in or for an agency and speaks to the hub."""
