"""The components' health, looked at no more often than once a moment: anybody may ask."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final, Literal

import msgspec

from hub.service import Hub


class HealthStatus(msgspec.Struct, frozen=True, kw_only=True):
    """``UP`` or ``DOWN``, as a whole and for each component."""

    status: Literal["UP", "DOWN"]
    components: dict[str, dict[str, Any]] = {}


ESSENTIAL: Final = ("store", "policy", "ledger")
"""Without these nothing can be taken or given; without a broker the HTTP door still serves."""


class Pulse:
    """One look at the hub's health serves everybody who asks within its time."""

    def __init__(self, hub: Hub, seconds: float) -> None:
        """Take the hub, and how long one look is good for."""
        self._hub = hub
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._taken = float("-inf")
        self._health = HealthStatus(status="DOWN")

    async def health(self) -> HealthStatus:
        """Return the state of the hub and of each component."""
        async with self._lock:
            if time.monotonic() - self._taken > self._seconds:
                self._health = msgspec.convert(await self._hub.health(), HealthStatus)
                self._taken = time.monotonic()
            return self._health

    async def up(self) -> bool:
        """Tell whether the hub can take requests: healthy, and not about to stop."""
        components = (await self.health()).components
        return not self._hub.closing() and all(components.get(name, {}).get("status") == "UP" for name in ESSENTIAL)
