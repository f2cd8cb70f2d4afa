"""The locks that are of one thing each, in every database of several workers."""

from __future__ import annotations

from typing import Final

OURS: Final = 1_868_980_834
"""The class of these locks; those of keys have no class."""
RECORD: Final = 0
"""Held while entries take their place in the record: always the last lock of a transaction."""
MIGRATION: Final = 1
SHARES: Final = 2
"""Held while partitions are given to workers."""
