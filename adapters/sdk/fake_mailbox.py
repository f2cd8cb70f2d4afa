"""One recipient's mailbox at the hub that stands in for the hub."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import AsyncIterator, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from schemas.exchange import DeliveryState, Waiting


class _Held(msgspec.Struct, kw_only=True):
    waiting: Waiting
    urgent: bool
    received_at: dt.datetime | UnsetType = UNSET


class FakeMailbox:
    """Copies by their number, with what has a receipt."""

    def __init__(self) -> None:
        """Begin empty."""
        self._held: dict[str, _Held] = {}
        self._news = asyncio.Condition()
        self._told: set[asyncio.Task[None]] = set()

    @property
    def received(self) -> Sequence[str]:
        """The deliveries that have a receipt, by number."""
        return [delivery for delivery, held in self._held.items() if held.received_at is not UNSET]

    def put(self, copy: bytes, *, urgent: bool) -> str:
        """Add a copy, of whatever bytes; return its delivery id."""
        delivery = secrets.token_hex(16)
        waiting = Waiting(number=len(self._held) + 1, delivery=delivery, copy=msgspec.Raw(copy))
        self._held[delivery] = _Held(waiting=waiting, urgent=urgent)
        telling = asyncio.ensure_future(self._tell())
        self._told.add(telling)
        telling.add_done_callback(self._told.discard)
        return delivery

    def rename(self, delivery: str, name: str) -> None:
        """Give a copy another delivery id, as one has that was told of before it came."""
        held = self._held.pop(delivery)
        self._held[name] = msgspec.structs.replace(held, waiting=msgspec.structs.replace(held.waiting, delivery=name))

    async def waiting(self, seconds: float, limit: int) -> list[Waiting]:
        """Return copies without a receipt, urgent first; wait so long for the first."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(self._unreceipted)
        except TimeoutError:
            pass
        return self._unreceipted()[:limit]

    async def stream(self) -> AsyncIterator[Waiting]:
        """Give each copy without a receipt once, and then each new one, until the reader leaves."""
        seen: set[str] = set()
        while True:
            for each in self._unreceipted():
                if each.delivery not in seen:
                    seen.add(each.delivery)
                    yield each
            async with self._news:
                await self._news.wait()

    def receipt(self, deliveries: Sequence[str]) -> int:
        """Note that copies are received; return how many of them were not before."""
        news = [each for each in deliveries if each in self._held and self._held[each].received_at is UNSET]
        for each in news:
            self._held[each].received_at = dt.datetime.now(dt.UTC)
        return len(news)

    def states(self, after: int) -> list[DeliveryState]:
        """Return where the copies after a number stand."""
        now = dt.datetime.now(dt.UTC)
        return [
            DeliveryState(
                number=held.waiting.number,
                delivery=delivery,
                committed_at=now,
                left_at=now,
                received_at=held.received_at,
            )
            for delivery, held in self._held.items()
            if held.waiting.number > after
        ]

    def _unreceipted(self) -> list[Waiting]:
        waiting = [held for held in self._held.values() if held.received_at is UNSET]
        return [held.waiting for held in sorted(waiting, key=lambda held: not held.urgent)]

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
