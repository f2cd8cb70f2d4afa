"""How long each copy that was sent again waits before it is sent once more: twice as long each time. Pure."""

from __future__ import annotations

import datetime as dt

import msgspec

LONGEST = dt.timedelta(days=1)
MOST = 20_000
"""How many copies are remembered, of all recipients together: some megabytes."""

Copy = tuple[str, str]
"""A recipient and an entry of the record."""


class _Again(msgspec.Struct):
    """When a copy is sent again, if it has no receipt until then, and how long it waits for that."""

    at: dt.datetime
    wait: dt.timedelta


class Waits:
    """Remembers copies that were sent again; of too many it forgets those that it has known longest.

    One that is forgotten may be sent earlier than it would have been, and never later.
    """

    def __init__(self, first: dt.timedelta, *, most: int = MOST) -> None:
        """Take how long a copy waits the first time, and how many are remembered."""
        self._first, self._most = first, most
        self._known: dict[Copy, _Again] = {}
        """In the order in which they were sent last."""

    def __len__(self) -> int:
        return len(self._known)

    def over(self, copy: Copy, now: dt.datetime) -> bool:
        """Tell whether a copy does not wait, or no longer."""
        again = self._known.get(copy)
        return again is None or again.at <= now

    def begin(self, copy: Copy, now: dt.datetime) -> None:
        """Let a copy wait that is sent again now."""
        before = self._known.pop(copy, None)
        wait = min(before.wait * 2, LONGEST) if before else self._first
        self._known[copy] = _Again(now + wait, wait)
        while len(self._known) > self._most:
            del self._known[next(iter(self._known))]

    def forget(self, now: dt.datetime) -> None:
        """Forget the copies that were not sent again though they could have been for as long as they waited."""
        self._known = {copy: again for copy, again in self._known.items() if again.at > now - again.wait}
