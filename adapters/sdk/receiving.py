"""One recipient's two queues, read ahead a little; nothing is acknowledged until it has a receipt."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Sequence
from typing import Final, Self, cast

import aiormq
import msgspec
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from adapters.sdk.errors import Unavailable
from adapters.sdk.link import SECONDS, Link, broker_trouble
from schemas.broker import LANES
from schemas.catalogue import Lane
from schemas.exchange import DoorQueues

PREFETCH: Final = 100
"""Copies of one lane that the broker gives before any of them has a receipt."""


class Arrived(msgspec.Struct, frozen=True):
    """A copy as the broker gave it."""

    delivery: str
    body: bytes


class Receiving:
    """What stands at the broker for one recipient and has come to us. Once ended it stays so: open another."""

    def __init__(self, link: Link, channel: AbstractChannel) -> None:
        """Take an open channel; see ``open``."""
        self._link = link
        self._channel = channel
        self._held: dict[Lane, dict[str, list[AbstractIncomingMessage]]] = {lane: {} for lane in LANES}
        self._news = asyncio.Event()
        self._tags: set[str] = set()
        channel.close_callbacks.add(lambda *_: self._news.set())

    @classmethod
    async def open(cls, link: Link, queues: DoorQueues) -> Self:
        """Begin to read each lane's queue; raises ``Unavailable``."""
        channel = await link.channel()
        receiving = cls(link, channel)
        try:
            with broker_trouble():
                async with asyncio.timeout(SECONDS):
                    await channel.set_qos(prefetch_count=PREFETCH)
                    await receiving._read("urgent", queues.urgent)
                    await receiving._read("routine", queues.routine)
        except BaseException:
            # What one queue has given already would stay with nobody.
            await receiving.close()
            raise
        return receiving

    async def _read(self, lane: Lane, name: str) -> None:
        held = self._held[lane]

        async def take(message: AbstractIncomingMessage) -> None:
            if message.message_id is None:
                await message.reject(requeue=False)  # not of the hub's making: nobody could give a receipt for it
                return
            held.setdefault(message.message_id, []).append(message)
            self._news.set()

        queue = await self._channel.get_queue(name, ensure=False)
        self._tags.add(await queue.consume(take))

    async def ended(self) -> bool:
        """Return whether nothing more will come: the connection is lost, or a queue is gone."""
        if self._link.ended.is_set() or self._channel.is_closed:
            return True
        # The broker cancels whoever reads a queue that is deleted; the library tells of it nowhere else.
        reading = cast("aiormq.Channel", await self._channel.get_underlay_channel()).consumers
        return not self._tags <= reading.keys()

    async def arrived(self, wait: float, limit: int) -> Sequence[Arrived]:
        """Return copies without a receipt, urgent first, in the broker's order; wait so long for the first.

        Raises:
            Unavailable: nothing more will come.
        """
        try:
            async with asyncio.timeout(wait):
                while not await self.ended() and not any(self._held.values()):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        if await self.ended():
            raise Unavailable("closed")
        held = [(delivery, sent[0].body) for lane in LANES for delivery, sent in self._held[lane].items()]
        return [Arrived(*each) for each in held[:limit]]

    async def close(self) -> None:
        """Close the channel; what has no receipt goes back to the broker."""
        with contextlib.suppress(Unavailable), broker_trouble():
            async with asyncio.timeout(SECONDS):
                await self._channel.close()

    async def acknowledge(self, deliveries: Collection[str]) -> None:
        """Tell the broker that it need not give these again; where that fails it does, and their ids are known."""
        messages = [m for delivery in deliveries for held in self._held.values() for m in held.pop(delivery, [])]
        with contextlib.suppress(Unavailable), broker_trouble():
            for message in messages:
                await message.ack()
