"""The mailboxes: what waits for a recipient, and the waking of those who wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Iterable
from functools import partial

import msgspec
import structlog
from msgspec import UNSET

from hub.delivery.outgoing import Outgoing, Parcel
from hub.sealing import Sealer, Unsealable
from hub.store.port import Departing, Departure, Store, Waiting
from schemas.broker import queue_of
from schemas.exchange import DeliveryState

log = structlog.get_logger("mailroom")


class Copy(msgspec.Struct, frozen=True):
    """One copy in a mailbox, opened: its number there, its lane, its delivery id, and its bytes."""

    number: int
    lane: str
    delivery: str
    body: bytes


class Mailroom:
    """Reads mailboxes, and wakes whoever waits for one."""

    def __init__(self, store: Store, sealer: Sealer) -> None:
        """Take the store that has the mailboxes, and the seal of the copies."""
        self._store, self._sealer = store, sealer
        self._waiters: dict[str, set[asyncio.Event]] = {}
        self._closed = False

    async def copies(
        self, recipient: str, *, urgent_after: int, routine_after: int, limit: int, now: dt.datetime
    ) -> list[Copy]:
        """Return copies without a receipt, urgent first, then by number; none that a change by now may forbid."""
        lanes = {"urgent_after": urgent_after, "routine_after": routine_after}
        read = partial(self._store.waiting, recipient, **lanes, limit=limit, now=now)
        waiting = [(w, self._open(w)) for w in await asyncio.to_thread(read)]
        return [Copy(w.number, w.lane, w.copy, body) for w, body in waiting if body is not None]

    async def unsent(self, worker: str, *, before: dt.datetime, limit: int) -> list[Outgoing]:
        """Return what a worker committed before a moment and the broker lacks: urgent first, then oldest."""
        found = await asyncio.to_thread(partial(self._store.departures, worker, before=before, limit=limit))
        return [
            Outgoing(d.id, d.entry, d.person, d.lane, self._parcels(d), again=d.recipient is not None, at=before)
            for d in found
        ]

    def _parcels(self, departure: Departure) -> tuple[Parcel, ...]:
        """Return each copy that can be opened, with its lane's queue of each door that it goes to."""
        opened = [(c, self._open(c)) for c in departure.copies]
        return tuple(
            Parcel(c.copy, body, tuple(queue_of(door, departure.lane) for door in c.queues))
            for c, body in opened
            if body is not None
        )

    def _open(self, found: Waiting | Departing) -> bytes | None:
        """Return a copy's bytes; None where the seal does not hold, so that nobody else's copy waits behind it.

        It has no receipt, so it is tried again as whatever is missing is sent again.
        """
        try:
            return self._sealer.open_for(found.wrapped, "copy", found.body)
        except Unsealable:
            log.error("copy-unsealable", copy=found.copy)
            return None

    async def wait(self, recipient: str, seconds: float) -> None:
        """Return when something is committed for the recipient from now on, after so many seconds, or at the end.

        To miss nothing, begin to wait before looking inside.
        """
        if self._closed:
            return
        event = asyncio.Event()
        waiters = self._waiters.setdefault(recipient, set())
        waiters.add(event)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await event.wait()
        finally:
            waiters.discard(event)
            if not waiters and self._waiters.get(recipient) is waiters:
                del self._waiters[recipient]

    async def deliveries(self, recipient: str, *, after: int, limit: int) -> list[DeliveryState]:
        """Return where copies stand, by number."""
        found = await asyncio.to_thread(partial(self._store.deliveries, recipient, after=after, limit=limit))
        return [
            DeliveryState(
                number=d.number,
                delivery=d.copy,
                committed_at=d.committed_at,
                left_at=d.left_at or UNSET,
                received_at=d.received_at or UNSET,
                signed=d.signed,
            )
            for d in found
        ]

    def wake(self, recipients: Iterable[str]) -> None:
        """Wake whoever waits for one of these mailboxes."""
        for recipient in recipients:
            for event in self._waiters.get(recipient, ()):
                event.set()

    def close(self) -> None:
        """Wake everybody for the last time."""
        self._closed = True
        self.wake(list(self._waiters))
