"""Makes the recipients' queues what the store says: opens doors that were asked for, closes those that are to go.

The store is the truth, and routing reads it alone: a door is open there only when its queues stand and are bound.
Every worker does this, and it does not matter how many do.
"""

from __future__ import annotations

import asyncio

import structlog
from aio_pika.abc import AbstractConnection

from hub.broker.declare import declare, remove
from hub.broker.link import Lines, Link, what_is_wrong
from hub.broker.rounds import Rounds
from hub.broker.topology import Topology, recipient_topology
from hub.errors import HubError
from hub.service import Hub
from hub.store.port import DoorRow

log = structlog.get_logger("doorkeeper")
LOOK_SECONDS = 1.0
WHOLE_SECONDS = 60.0
"""How often queues of open doors are looked after as well: somebody may have deleted one."""


class Doorkeeper:
    """Looks every second for doors that are to change, and every minute at all of them."""

    def __init__(self, link: Link, hub: Hub) -> None:
        """Take the connection, whose ``prepare`` is to run ``prepare``, and the hub."""
        self._link, self._hub = link, hub
        self._rounds = Rounds("doorkeeper", self.look, LOOK_SECONDS)
        self._whole_at = 0.0

    def start(self) -> None:
        """Begin."""
        self._rounds.start()

    async def stop(self) -> None:
        """End."""
        await self._rounds.stop()

    async def prepare(self, lines: Lines) -> None:
        """Declare the queues of every open door on a new connection, before anything is sent there.

        Raises:
            StoreUnavailable, BrokerUnavailable, Misconfigured: it is not done.
        """
        rows = await self._hub.standing.rows()
        doors = [recipient_topology(door.queue) for door in rows if door.state in {"open", "filling"}]
        queues, bindings = (
            [queue for door in doors for queue in door.queues],
            [binding for door in doors for binding in door.bindings],
        )
        await declare(lines.consuming, Topology(queues=queues, bindings=bindings))

    async def look(self) -> None:
        """Do what a look does now and then; without a connection, nothing."""
        if not self._link.up:
            return
        now = asyncio.get_running_loop().time()
        whole = now >= self._whole_at
        if whole:
            self._whole_at = now + WHOLE_SECONDS
        await self.match(whole=whole)

    async def match(self, *, whole: bool) -> None:
        """Open and close what is to be opened and closed, and put back what an open door lacks where ``whole``.

        One door's trouble is not another's.

        Raises:
            StoreUnavailable: nothing is known of any door.
        """
        connection = (await self._link.lines()).consuming
        for door in await self._hub.standing.rows():
            if whole or door.state != "open":
                try:
                    await self._match(connection, door)
                except HubError as fault:
                    log.warning("door-failed", recipient=door.recipient, error=fault.code(), **what_is_wrong(fault))

    async def _match(self, connection: AbstractConnection, door: DoorRow) -> None:
        queues = recipient_topology(door.queue)
        if door.state == "closing":
            await remove(connection, queues)
            # A crash here: the queues are gone and the door still closes. Removing what is not there is no error.
            await self._hub.standing.closed(door)
            return
        await declare(connection, queues)
        if door.state in {"opening", "filling"}:
            # A crash here: the queues stand, and nothing more is sent there yet. The next look finds the door as it is.
            await self._hub.standing.opened(door)
            if door.state == "opening":
                log.info("door-opened", recipient=door.recipient)
