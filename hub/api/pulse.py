"""The components' health, looked at no more often than once a moment: anybody may ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from hub.service import Hub


class Pulse:
    """One look at the hub's health serves everybody who asks within its time."""

    def __init__(self, hub: Hub, seconds: float) -> None:
        """Take the hub, and how long one look is good for."""
        self._hub = hub
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._taken = float("-inf")
        self._health: Mapping[str, object] = {}

    async def health(self) -> Mapping[str, object]:
        """Return ``status`` (``UP`` or ``DOWN``) and ``components``."""
        async with self._lock:
            if time.monotonic() - self._taken > self._seconds:
                self._health = await self._hub.health()
                self._taken = time.monotonic()
            return self._health

    async def up(self) -> bool:
        """Tell whether the hub can take requests: healthy, and not about to stop."""
        return (await self.health()).get("status") == "UP" and not self._hub.closing()
