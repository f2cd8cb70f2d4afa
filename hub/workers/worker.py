"""One worker: says that it lives, holds its share, and gives it up when it is given up itself."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Final, Protocol

import structlog

from hub.errors import HubError, LeaseLost
from hub.store.port import Beat, Leases

log = structlog.get_logger("worker")
BEATS: Final = 5
"""How often in the time of a lease a worker says that it lives."""


class Share(Protocol):
    """What a worker does with the partitions that are its own."""

    def able(self) -> bool:
        """Tell whether it can do anything with them."""

    async def hold(self, partitions: frozenset[int]) -> None:
        """Take up these and give up all others; return when nothing of those is in hand."""

    def abandon(self) -> None:
        """Let everything go at once."""


class NoShare:
    """The share of a worker that reads no partitions: a hub without a broker."""

    def able(self) -> bool:
        """There is nothing to be done."""
        return True

    async def hold(self, partitions: frozenset[int]) -> None:
        """Take up nothing."""

    def abandon(self) -> None:
        """Nothing is held."""


class Worker:
    """Beats for as long as it lives.

    A worker that was stopped, or cut off from the store, for longer than its lease is buried by another, which takes
    its partitions. When it wakes, its transactions fail with ``LeaseLost``, and it joins anew as somebody else. One
    that is cut off lets its share go by its own clock, whether the store refuses it or says nothing at all: what it
    has in hand could not be taken by another. One whose share can do nothing, since it is cut off from the broker,
    lives on, and others take its partitions and send what it had to send.
    """

    def __init__(self, leases: Leases, *, name: str, seconds: float, partitions: int) -> None:
        """Take the leases, a name for operators, the time of a lease, and how many partitions there are."""
        self._leases, self._name = leases, name
        self._seconds, self._partitions = seconds, partitions
        self.share: Share = NoShare()
        """Who reads the partitions of this worker; put in its place before the start."""
        self.id = ""
        """The name under which this worker writes; another each time that it joins."""
        self._beat: Beat | None = None
        self._until = 0.0
        """Up to when, by the loop's clock, the lease stands for certain."""
        self._ahead = dt.timedelta()
        """How far the store's clock is ahead of this machine's."""
        self._beating: asyncio.Task[None] | None = None
        self._holding: asyncio.Task[None] | None = None

    def now(self) -> dt.datetime:
        """Return the time by the store's clock, in UTC: for all workers the same moment is the same."""
        return dt.datetime.now(dt.UTC) + self._ahead

    def probe(self) -> Mapping[str, object]:
        """Return for ``/health`` how many workers lived at the last beat, and how many partitions are this one's."""
        if self._beat is None:
            return {"status": "DOWN", "details": {}}
        return {"status": "UP", "details": {"live": self._beat.live, "partitions": len(self._beat.partitions)}}

    async def start(self) -> None:
        """Join.

        Raises:
            StoreUnavailable: it cannot, for now.
        """
        await self._join()
        self._beating = asyncio.get_running_loop().create_task(self._run(), name="worker")

    async def stop(self) -> None:
        """Give everything back, when nothing of it is in hand."""
        for task in (self._beating, self._holding):
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        with contextlib.suppress(HubError):
            await asyncio.to_thread(self._leases.leave, self.id)

    async def _run(self) -> None:
        while True:
            try:
                await self._live()
            except LeaseLost:
                log.warning("lease-lost")
                self._let_go()
                with contextlib.suppress(HubError):
                    await self._join()
            except HubError as fault:
                # Nothing is known: the lease runs on, and whether it still stands is asked in each transaction.
                log.warning("beat-failed", error=fault.code())
                if self._monotonic() >= self._until:
                    self._let_go()
            await asyncio.sleep(self._seconds / BEATS)

    async def _live(self) -> None:
        asked, by_loop = dt.datetime.now(dt.UTC), self._monotonic()
        asking = partial(self._leases.beat, self.id, self._seconds, self._partitions, able=self.share.able())
        beat = asyncio.ensure_future(asyncio.to_thread(asking))
        await asyncio.wait({beat}, timeout=max(self._until - by_loop, 0))
        if not beat.done():
            self._let_go()
        self._beat = await beat
        self._until = by_loop + self._seconds
        least, most = self._beat.now - dt.datetime.now(dt.UTC), self._beat.now - asked
        if not least <= self._ahead <= most:
            self._ahead = (least + most) / 2
        if self._holding is None or self._holding.done():
            self._holding = asyncio.get_running_loop().create_task(self._hold(self._beat), name="share")

    def _let_go(self) -> None:
        """Hold nothing any more: others take it over by now."""
        if self._beat is not None:
            log.warning("share-let-go", count=len(self._beat.partitions))
            self._beat = None
            self.share.abandon()

    async def _hold(self, beat: Beat) -> None:
        """Take up what is ours; what is more than our share is given back once nothing of it is in hand."""
        await self.share.hold(beat.partitions - beat.surplus)
        if beat.surplus:
            with contextlib.suppress(HubError):  # the next beat asks for it again
                await asyncio.to_thread(self._leases.release, self.id, beat.surplus)

    async def _join(self) -> None:
        asked = self._monotonic()
        self.id = await asyncio.to_thread(self._leases.join, self._name, self._seconds)
        self._until = asked + self._seconds

    def _monotonic(self) -> float:
        return asyncio.get_running_loop().time()
