"""Plays what is told through a hub, while every prison's reception desk reads its mailbox."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from benchmarks.nation.country import PRISONS, desk, prison
from benchmarks.nation.told import Told
from hub.access.principal import Principal
from hub.service import Hub
from schemas.exchange import Receipt

MANY, FEW = 64, 8
"""Events that are on their way at once: before the clock starts, and in the days. None of a later slice of a day
overtakes one of an earlier."""
NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class Flag(msgspec.Struct, frozen=True):
    """An alert in the hands of a reception desk: when, and whom it seems to be about."""

    at: float
    prison: str
    held: bool
    """That the person is there, rather than expected."""
    subject: dict[str, Any]


class Desk:
    """One prison's reception: reads its mailbox, and gives receipts."""

    def __init__(self, hub: Hub, code: str) -> None:
        """Take the hub and the prison."""
        self._hub, self._code, self._name = hub, code, desk(code)
        self.warnings: list[Flag] = []

    async def read(self) -> None:
        """Read until cancelled."""
        after = 0
        while True:
            copies = await self._hub.copies(self._name, urgent_after=after, limit=100)
            at = time.perf_counter()
            for copy in copies:
                after = max(after, copy.number)
                self._take(at, msgspec.json.decode(copy.body))
            if copies:
                await self._hub.receive(Receipt(recipient=self._name, deliveries=[copy.delivery for copy in copies]))
            else:
                await self._hub.wait_for_copies(self._name, 30)

    def _take(self, at: float, copy: dict[str, Any]) -> None:
        if copy["type"] == "ppo.alert":
            given = copy["data"]["given"]
            self.warnings.append(Flag(at, self._code, given["custody"]["in_custody"], given["subject"]))


class Desks:
    """Every prison's reception."""

    def __init__(self, hub: Hub) -> None:
        """Take the hub."""
        self._desks = [Desk(hub, prison(n)) for n in range(PRISONS)]
        self._reading: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> list[Desk]:
        """Begin to read."""
        self._reading = [asyncio.create_task(each.read()) for each in self._desks]
        return self._desks

    async def __aexit__(self, *_: object) -> None:
        for task in self._reading:
            if task.done():
                task.result()  # no desk ends before the day does, unless something went wrong
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)


class Feeds:
    """Everybody who publishes."""

    def __init__(self, hub: Hub) -> None:
        """Take the hub."""
        self._hub = hub
        self._principals = {
            name: Principal(name, system.agency, (), ("events:publish",), NEVER)
            for name, system in hub.directory.systems.items()
        }
        self.sent: dict[str, float] = {}
        """When each event was sent, the first time."""

    async def publish(self, told: Sequence[Told], at_once: int) -> None:
        """Publish everything in its order, so many at once."""
        for first in range(0, len(told), at_once):
            await asyncio.gather(*map(self._one, told[first : first + at_once]))

    async def _one(self, told: Told) -> None:
        self.sent.setdefault(told.id, time.perf_counter())
        (outcome,) = await self._hub.publish(self._principals[told.client], [told.body])
        assert outcome.state != "refused", (told.id, outcome.problem, outcome.fields)
