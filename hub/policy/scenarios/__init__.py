"""The scenarios that are kept beside an agreement, and whether the agreement comes to what they say."""
