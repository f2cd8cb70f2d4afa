"""Sends again what should have arrived: copies that left long ago, have no receipt, and wait in no queue.

A broker's confirm does not say that every named queue was there, and a recipient may purge its own queue. Only a
receipt says that a copy is in the recipient's hands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import structlog

from hub.broker.declare import depth
from hub.broker.link import Link
from hub.broker.rounds import Rounds
from hub.broker.waits import Waits
from hub.service import Hub
from schemas.broker import LANES, queue_of

log = structlog.get_logger("resending")
MOST = 200
"""Copies of one recipient that are sent again at one look."""
LOOKS = 10
"""How often it is looked in the time after which a copy is sent again."""
OFTENEST_SECONDS, SELDOMEST_SECONDS = 0.2, 60.0


class Resending:
    """Looks for gaps. The wait for one copy doubles each time, and begins anew when another worker takes over."""

    def __init__(self, link: Link, hub: Hub, *, after_seconds: float) -> None:
        """Take the connection, the hub, and how long a copy may be without receipt."""
        self._link, self._hub = link, hub
        self.mine: Callable[[], bool] = lambda: True
        """Tells whether this worker is the one that looks; with several, put another in its place before the start."""
        self._after = dt.timedelta(seconds=after_seconds)
        self._waits = Waits(self._after * 2)
        seconds = min(max(after_seconds / LOOKS, OFTENEST_SECONDS), SELDOMEST_SECONDS)
        self._rounds = Rounds("resending", self.look, seconds)

    def start(self) -> None:
        """Begin."""
        self._rounds.start()

    async def stop(self) -> None:
        """End."""
        await self._rounds.stop()

    async def look(self) -> None:
        """Send again what is due and waits in no queue.

        Raises:
            StoreUnavailable, BrokerUnavailable: what is not done is found again.
        """
        if not (self.mine() and self._link.up):
            return
        now = self._hub.now()
        gaps = await self._hub.standing.gaps(now - self._after, MOST)
        doors = {door.recipient: door.queue for door in await self._hub.standing.rows()}
        for recipient, entries in gaps.items():
            due = frozenset(each for each in entries if self._waits.over((recipient, each), now))
            if due and recipient in doors:
                await self._send(recipient, doors[recipient], due, now)
        self._waits.forget(now)

    async def _send(self, recipient: str, door: str, due: frozenset[str], now: dt.datetime) -> None:
        connection = (await self._link.lines()).consuming
        empty = frozenset({lane for lane in LANES if await depth(connection, queue_of(door, lane)) == 0})
        sent = await self._hub.standing.resend(recipient, due, empty)
        if not sent:
            return
        for entry in sent:
            self._waits.begin((recipient, entry), now)
        self._hub.tally.resent(len(sent))
        log.warning("sent-again", recipient=recipient, count=len(sent))
