"""Something that is looked after again and again, for as long as the hub is up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from hub.broker.ending import cancelled
from hub.errors import HubError

log = structlog.get_logger("broker")


class Rounds:
    """Calls ``look`` every so many seconds; one that fails is told of, and the next comes as if it had not."""

    def __init__(self, name: str, look: Callable[[], Awaitable[None]], seconds: float) -> None:
        """Say what is looked after, how, and how often."""
        self._name, self._look, self._seconds = name, look, seconds
        self._task: asyncio.Task[None] | None = None
        self.fault: str | None = None
        """Why the last look failed, or None."""

    def start(self) -> None:
        """Begin; the first look is after one wait."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """End, in the middle of a look if need be."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while not cancelled():
            await asyncio.sleep(self._seconds)
            fault = await self._fault_of_look()
            if fault and fault != self.fault:
                log.warning("look-failed", component=self._name, error=fault)
            self.fault = fault

    async def _fault_of_look(self) -> str | None:
        try:
            await self._look()
        except HubError as error:
            return error.code()
        except Exception as error:  # noqa: BLE001 - what one look runs into must not end all looking
            return type(error).__name__
        return None
