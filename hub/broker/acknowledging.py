"""Acknowledging what a channel gave: in its order, and at once as much as is done."""

from __future__ import annotations

import asyncio

from aiormq.abc import AbstractChannel


class Acknowledging:
    """The messages of one channel that are not acknowledged yet.

    What was committed together is done together: then one frame says so for all of it, up to the first message that is
    not done. Those behind that one wait for it.
    """

    def __init__(self, channel: AbstractChannel) -> None:
        """Take a channel of which nothing was given yet."""
        self._channel = channel
        self._given: dict[int, bool] = {}
        """Each message by its tag, in the order in which they were given, and whether it is done."""
        self._gathering = False

    def given(self, tag: int) -> None:
        """Note that a message is in hand."""
        self._given[tag] = False

    async def done(self, tag: int) -> None:
        """Acknowledge a message: with this call, or with another that comes to it."""
        self._given[tag] = True
        if self._gathering:
            return
        self._gathering = True
        await asyncio.sleep(0)  # whatever else is done now says so first
        self._gathering = False
        if (last := self._take_done()) is not None:
            await self._channel.basic_ack(last, multiple=True)

    def _take_done(self) -> int | None:
        last = None
        while self._given and self._given[tag := next(iter(self._given))]:
            del self._given[tag]
            last = tag
        return last
