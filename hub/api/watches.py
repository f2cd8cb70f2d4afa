"""Requests that wait on a mailbox, so that each ends promptly when the server stops."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from hub.delivery.mailroom import Copy
from hub.errors import TooBusy
from hub.service import Hub

BEGINNING: Final[Mapping[str, int]] = {"urgent": 0, "routine": 0}


class Watches:
    """Every watch on a mailbox that is under way."""

    def __init__(self, hub: Hub, most: int) -> None:
        """Take the hub, and how many requests may wait on one mailbox at once."""
        self._hub = hub
        self._most = most
        self._places: Counter[str] = Counter()
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopped = False

    def stopping(self) -> bool:
        """Tell whether no request should wait any longer."""
        return self._stopped or self._hub.closing()

    def stop(self) -> None:
        """End every watch now."""
        self._stopped = True
        for watch in self._under_way:
            watch.cancel()

    @contextmanager
    def place(self, recipient: str) -> Iterator[None]:
        """Take one of the places at a mailbox; raises ``TooBusy``."""
        if self._places[recipient] >= self._most:
            raise TooBusy
        self._places[recipient] += 1
        try:
            yield
        finally:
            self._places[recipient] -= 1
            if not self._places[recipient]:
                del self._places[recipient]

    async def look(
        self, recipient: str, seconds: float, limit: int, after: Mapping[str, int] = BEGINNING
    ) -> Sequence[Copy]:
        """Return the copies after these numbers in each lane; wait so many seconds for the first."""
        read = partial(
            self._hub.copies, recipient, urgent_after=after["urgent"], routine_after=after["routine"], limit=limit
        )
        if seconds <= 0 or self.stopping():
            return await read()
        with self._watch(recipient, seconds) as watch:  # before the first look: what is committed after it wakes us
            copies = await read()
            if copies:
                return copies
            await asyncio.wait({watch})
        return [] if self.stopping() else await read()

    @contextmanager
    def _watch(self, recipient: str, seconds: float) -> Iterator[asyncio.Task[None]]:
        watch = asyncio.create_task(self._hub.wait_for_copies(recipient, seconds))
        self._under_way.add(watch)
        try:
            yield watch
        finally:
            self._under_way.discard(watch)
            watch.cancel()
