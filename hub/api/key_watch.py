"""Takes up keys that come and go in the hub's folder while it serves."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import structlog

from hub.access.errors import KeyRefused
from hub.access.rotation import drop, keys_of, plan
from hub.api.access import Access

log = structlog.get_logger("keys")
LOOK_SECONDS = 1.0


class KeyWatch:
    """Looks at the folder every second. What cannot be read leaves everything as it is, and is told of once."""

    def __init__(self, access: Access, folder: Path, clock: Callable[[], dt.datetime]) -> None:
        """Take what knows the keys, the folder that it has them from, and the time."""
        self._access, self._folder, self._clock = access, folder, clock
        self._plan = plan(folder, clock())
        self._fault: str | None = None

    async def run(self) -> None:
        """Look, for as long as it is not cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Take up what has changed, and delete what is over."""
        try:
            planned = plan(self._folder, self._clock())
            if planned != self._plan:
                self._access.renew(keys_of(planned))
                self._plan = planned
                log.info("keys-changed", count=len(planned.listed))
            drop(planned.over)
            self._fault = None
        except (KeyRefused, OSError) as error:
            fault = type(error).__name__
            if fault != self._fault:
                log.error("keys-unreadable", error=fault)
            self._fault = fault
