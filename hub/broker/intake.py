"""From the intake queues into the hub: each message is acknowledged only when what came of it is on disk.

Every partition is read in order, by the one worker that holds it. When a transaction could not be written, nothing
that came later may overtake what was in it: the channels are closed, so that the broker takes everything back in
its order, and reading begins anew once the store answers. Memory is bounded by the prefetch, which is looked at
whenever it is said what is held: at each beat of the worker. What waits, waits in the broker.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

import structlog
from aio_pika.abc import AbstractChannel
from aiormq.abc import AbstractChannel as Underlay
from aiormq.abc import DeliveredMessage

from hub.broker.acknowledging import Acknowledging
from hub.broker.admission import Arrived, admit, keeper
from hub.broker.ending import cancelled
from hub.broker.link import Lines, Link, broker_trouble
from hub.broker.prefetch import Reader, prefetches
from hub.broker.receipts import take_receipt
from hub.broker.replies import answer, refused
from hub.broker.topology import intake_queue
from hub.errors import HubError, Refused
from hub.service import Hub
from schemas.broker import LANES, RECEIPT
from schemas.catalogue import Lane
from schemas.exchange import Outcome

log = structlog.get_logger("intake")
SETTLING: Final = 0.05
"""Seconds in which what the broker gave before it was told to stop comes to be in hand."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds before reading begins anew, at first and when nothing could be taken time after time: the broker counts how
often it gives a message, and gives it up in the end.
"""


class Intake:
    """Reads the partitions that this worker holds."""

    def __init__(self, link: Link, hub: Hub, answers: Link) -> None:
        """Take the connection, the hub, and the connection by which publishers are answered."""
        self._link, self._hub, self._answers = link, hub, answers
        self._wanted: frozenset[int] = frozenset()
        self._channels: dict[Lane, AbstractChannel] = {}
        self._acknowledging: dict[Lane, Acknowledging] = {}
        self._reading: dict[Reader, str] = {}
        """The consumer's tag for each lane and partition."""
        self._prefetch: dict[Reader, int] = {}
        self._in_hand: Counter[Reader] = Counter()
        self._busiest: Counter[Reader] = Counter()
        """The most that was in hand since the prefetch was looked at."""
        self._moved = asyncio.Condition()
        self._broken = asyncio.Event()
        self._since = -1
        self._took = False
        """Whether anything was taken since reading began."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to read what is held."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="intake")

    async def stop(self) -> None:
        """Read no more; what is in hand is committed and acknowledged first, as far as that goes."""
        await self.hold(frozenset())
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._end()

    @property
    def held(self) -> frozenset[int]:
        """The partitions that are being read."""
        return frozenset(partition for _, partition in self._reading)

    def abandon(self) -> None:
        """Let everything go at once: another worker reads it already."""
        self._wanted = frozenset()
        self._broken.set()

    async def hold(self, partitions: frozenset[int]) -> None:
        """Read these partitions and no others; return when nothing of any other is in hand any more."""
        self._wanted = partitions
        async with self._moved:
            try:
                with broker_trouble():
                    await self._match()
            except HubError:
                self._broken.set()  # what is read by then is what is wanted
        await asyncio.sleep(SETTLING)
        async with self._moved:
            await self._moved.wait_for(lambda: not any(n for (_, p), n in self._in_hand.items() if p not in partitions))

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while not cancelled():
            self._took = False
            try:
                await self._hub.ready()
                lines = await self._link.lines()
                with broker_trouble():
                    await self._begin(lines)
                await self._broken.wait()
            except Exception as trouble:  # noqa: BLE001 - whatever it was, the partitions are to be read
                log.warning("intake-waits", error=type(trouble).__name__)
            begun = self._since >= 0
            await self._end()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE) if begun and not self._took else FIRST_PAUSE

    async def _begin(self, lines: Lines) -> None:
        """Open a channel for each lane, and read what is held."""
        async with self._moved:
            self._broken.clear()
            self._since = self._hub.failures
            for lane in LANES:
                channel = self._channels[lane] = await lines.consuming.channel(publisher_confirms=False)
                channel.close_callbacks.add(self._lost)
                self._acknowledging[lane] = Acknowledging(await channel.get_underlay_channel())
            await self._match()

    def _lost(self, *_: object) -> None:
        self._broken.set()

    async def _match(self) -> None:
        """Read what is wanted and not read yet, and stop reading what is not wanted any more."""
        if not self._channels:
            return
        wanted = [(lane, partition) for lane in LANES for partition in sorted(self._wanted)]
        prefetch = prefetches(wanted, self._prefetch, self._busiest)
        self._busiest = Counter(self._in_hand)
        for key in [key for key in self._reading if prefetch.get(key) != self._prefetch[key]]:
            # What it has in hand stays in hand, and whoever reads on is given what comes after that.
            await (await self._underlay(key[0])).basic_cancel(self._reading.pop(key))
            del self._prefetch[key]
        for key in wanted:
            if key not in self._reading:
                await self._read(key, prefetch[key])

    async def _read(self, key: Reader, prefetch: int) -> None:
        lane, partition = key
        acknowledging, since, underlay = self._acknowledging[lane], self._since, await self._underlay(lane)

        async def take(message: DeliveredMessage) -> None:
            await self._take(message, acknowledging, key, since=since)

        await underlay.basic_qos(prefetch_count=prefetch)  # of those who begin to read after it
        # Not by way of aio-pika's queue, which makes a task and an object of its own for each message.
        consuming = await underlay.basic_consume(intake_queue(lane, partition), take)
        self._reading[key], self._prefetch[key] = str(consuming.consumer_tag), prefetch

    async def _underlay(self, lane: Lane) -> Underlay:
        return await self._channels[lane].get_underlay_channel()

    async def _end(self) -> None:
        """Close the channels: what is not acknowledged goes back to the broker, in its order."""
        async with self._moved:
            self._reading.clear()
            self._prefetch.clear()
            channels, self._channels = list(self._channels.values()), {}
            self._since = -1
            for channel in channels:
                channel.close_callbacks.discard(self._lost)
                await asyncio.gather(channel.close(), return_exceptions=True)

    async def _take(self, message: DeliveredMessage, acknowledging: Acknowledging, key: Reader, *, since: int) -> None:
        if since != self._since:
            return  # of a channel that is being closed: the broker gives it again
        tag = message.delivery_tag or 0
        acknowledging.given(tag)
        self._in_hand[key] += 1
        self._busiest[key] = max(self._busiest[key], self._in_hand[key])
        try:
            outcome = await self._outcome(message, urgent=key[0] == "urgent", since=since)
            # A crash here: on disk and not acknowledged. The broker gives it again, and it is known as a repeat.
            await acknowledging.done(tag)
            self._took = True
        except Exception as error:  # noqa: BLE001 - the broker gives it again; what fails each time is a dead letter
            log.warning("not-taken", error=type(error).__name__)
            self._broken.set()
        else:
            # A crash here: nobody is answered. A publisher that waits for it sends again, and hears of a repeat.
            await answer(self._answers, message.header.properties, outcome)
        finally:
            self._in_hand[key] -= 1
            if not self._in_hand[key]:
                async with self._moved:
                    self._moved.notify_all()

    async def _outcome(self, message: DeliveredMessage, *, urgent: bool, since: int) -> Outcome:
        """Return what became of one message; what is refused is kept.

        Raises:
            StoreUnavailable, LeaseLost: nothing of it is on disk.
        """
        arrived = arrived_of(message)
        try:
            principal = admit(arrived, self._hub.directory)
            if arrived.routing_key != RECEIPT:
                return await self._hub.take(principal, arrived.body, urgent=urgent, since=since)
            return await take_receipt(self._hub, arrived, principal, since=since)
        except Refused as refusal:
            await self._hub.refused(keeper(arrived, refusal, self._hub.directory), refusal, arrived.body, since=since)
            return refused(refusal)


def arrived_of(message: DeliveredMessage) -> Arrived:
    """Return a message in the hub's own words."""
    properties = message.header.properties
    return Arrived(
        exchange=message.exchange or "",
        routing_key=message.routing_key or "",
        user=properties.user_id,
        content_type=properties.content_type or "",
        headers=properties.headers or {},
        body=message.body,
    )
