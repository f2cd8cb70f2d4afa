"""How much of each intake queue a worker has in hand at once: little of each, and more of those that are busy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from schemas.catalogue import Lane

Reader = tuple[Lane, int]
"""The reading of one partition of one lane."""
FULL: Final = 64
"""Messages of one reader that fill a transaction."""
IN_HAND: Final = 1536
"""Messages of all readers together."""


def prefetches(
    wanted: Collection[Reader], now: Mapping[Reader, int], busiest: Mapping[Reader, int]
) -> Mapping[Reader, int]:
    """Return how many messages each reader is to have in hand at most.

    A quorum queue knows a limit for each reader alone, and none for all of them. While they are few each has its fill.
    Of many, half of what may be in hand is divided among all, and the other half is for those that need it: who was
    seen with all that it might have, and who has its fill and uses it.

    Args:
        wanted: The readers that there are to be.
        now: What each of them may have in hand at present.
        busiest: The most that each had in hand of late.
    """
    if len(wanted) * FULL <= IN_HAND:
        return dict.fromkeys(wanted, FULL)
    share = max(IN_HAND // 2 // len(wanted), 1)
    busy = [each for each in wanted if _is_busy(now.get(each, FULL), busiest.get(each, 0), share)]
    busy.sort(key=lambda each: (now.get(each) != FULL, -busiest[each], each))
    room = max(IN_HAND - share * len(wanted), 0) // (FULL - share)
    return dict.fromkeys(wanted, share) | dict.fromkeys(busy[:room], FULL)


def _is_busy(now: int, most: int, share: int) -> bool:
    return most > share if now == FULL else most >= now
