"""From the hub to the broker: each copy once for all recipients with the same bytes, in each person's order.

What is committed goes out from memory, at once: what came of one transaction is one write. What the broker has not
confirmed, for whatever reason, is found in the store by a later look. A crash before the confirm is noted sends the
same copy again under the same delivery id.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import structlog

from hub.broker.link import Link
from hub.broker.parcels import Missed, post
from hub.broker.rounds import Rounds
from hub.delivery.outgoing import Outgoing
from hub.errors import HubError
from hub.service import Hub

log = structlog.get_logger("dispatch")
LOOK: Final = 1.0
"""Seconds between two looks for what is not confirmed."""
BUSY_ROUNDS: Final = 5
"""While sending goes well it is looked only each so many rounds: for what a worker left that is gone."""
PAGE: Final = 200
MOST: Final = 2000
"""Departures in memory at once; beyond that those of the routine lane wait in the store."""
TOGETHER: Final = 64
"""Departures that are written to the broker as one."""
TRIES: Final = 30
"""How often a queue that refuses is offered a copy once more, at one look each: then the copy counts as sent, and comes
again with whatever else has no receipt.
"""

Key = tuple[str, str]


class Dispatch:
    """Sends departures. At most one of a person and lane is on its way at once, so that none overtakes another."""

    def __init__(self, link: Link, hub: Hub, worker: Callable[[], str]) -> None:
        """Take the connection, the hub, and what tells the id of this worker."""
        self._link, self._hub, self._worker = link, hub, worker
        self._lines: dict[Key, deque[Outgoing]] = {}
        """For each person and lane what is on its way, and behind it what waits for that."""
        self._known: set[str] = set()
        self._sent: dict[str, None] = {}
        """What was confirmed and noted lately: a transaction that began before that still counts it as unconfirmed."""
        self._left_out: dict[Key, int] = {}
        """Whose line was cut, and when last: what follows goes out from the store, after what is there."""
        self._refused: Counter[str] = Counter()
        """How often the queue of its one recipient refused a departure that goes once more."""
        self._put_off_now: set[str] = set()
        """Which were refused since the last look began."""
        self._failures = hub.failures
        """After how many failed transactions it was looked: one whose commit broke may be in the store for all that."""
        self._turn = itertools.count()
        self._ready: list[Key] = []
        """The lines of which the first goes next."""
        self._sending: set[asyncio.Task[None]] = set()
        self._rounds = Rounds("dispatch", self._round, LOOK)
        self._round_number = 0

    def start(self) -> None:
        """Begin to send what is committed from now on, and to look for what is not confirmed."""
        self._hub.on_outgoing = self.send
        self._rounds.start()

    async def stop(self) -> None:
        """Wait for what is on its way; what the broker does not confirm is sent by whoever looks next."""
        await self._rounds.stop()
        while self._sending:
            await asyncio.wait(self._sending)

    @property
    def on_the_way(self) -> int:
        """How many departures are in memory."""
        return len(self._known)

    def send(self, outgoing: Iterable[Outgoing]) -> None:
        """Send what was committed, in the order given."""
        for each in outgoing:
            key = (each.person, each.lane)
            # What goes before it is on its way or just arrived, or is in the store alone, and this one waits for it.
            in_line = all(earlier in self._known or earlier in self._sent for earlier in each.after)
            unsure = self._failures != self._hub.failures or not self._link.up or not in_line
            full = len(self._known) >= MOST and each.lane != "urgent"
            if unsure or full or key in self._left_out:
                self._left_out[key] = next(self._turn)
            else:
                self._queue(key, each)
        self._go()

    def _queue(self, key: Key, each: Outgoing) -> None:
        if each.id in self._known or each.id in self._sent:
            return  # a look found it before its own transaction's caller heard of it
        self._known.add(each.id)
        line = self._lines.get(key)
        if line is not None:
            line.append(each)
        else:
            self._lines[key] = deque([each])
            self._ready.append(key)

    def _go(self) -> None:
        """Let the first of each line go whose turn it is, many together."""
        for start in range(0, len(self._ready), TOGETHER):
            task = asyncio.get_running_loop().create_task(self._send(self._ready[start : start + TOGETHER]))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        self._ready.clear()

    async def _send(self, keys: Sequence[Key]) -> None:
        """Send the first of some lines; when the broker has them, the next may go."""
        keys = self._still_right(keys)
        firsts = [self._lines[key][0] for key in keys]
        if not firsts:
            return
        # A crash here: committed and not sent. Whoever inherits from this worker finds it in the store, and sends it.
        try:
            missed = await post(self._link, firsts)
        except Exception as trouble:  # noqa: BLE001 - whatever it was, what is in the store goes first
            log.warning("not-sent", error=type(trouble).__name__)
            for key in keys:
                self._cut(key)
            return
        for key in keys:
            self._move_on(key)
        self._go()
        # A crash here: the broker has it, the store does not know. It is sent again; the delivery id is the same.
        await self._note(firsts, missed)

    def _still_right(self, keys: Sequence[Key]) -> Sequence[Key]:
        """Return the lines whose first may go as it is; what a newer version may forbid is read once more."""
        right = []
        for key in keys:
            try:
                outdated = self._hub.reviews.outdated(self._lines[key][0])
            except HubError:
                outdated = True
            if outdated:
                self._cut(key)
            else:
                right.append(key)
        return right

    def _move_on(self, key: Key) -> None:
        line = self._lines[key]
        line.popleft()
        if line:
            self._ready.append(key)
        else:
            del self._lines[key]

    def _cut(self, key: Key) -> None:
        """Leave to a look what is in a line, and what would come behind it."""
        self._left_out[key] = next(self._turn)
        self._known -= {each.id for each in self._lines.pop(key)}

    async def _note(self, departures: Sequence[Outgoing], missed: Sequence[Missed]) -> None:
        """Note what the broker has; what cannot be noted is found by a look, and sent again."""
        refused = {each.id: of for each, of in zip(departures, missed, strict=True) if of}
        put_off = {each.id for each in departures if each.id in refused and self._put_off(each)}
        noted = [each for each in departures if each.id not in put_off]
        try:
            await self._hub.departed([each.id for each in noted if each.again or each.id not in refused])
            for each in noted:
                if each.id in refused and not each.again:
                    await self._hub.divert(each, refused[each.id])
        except Exception as trouble:  # noqa: BLE001 - whatever it was, what is in the store goes again
            log.warning("not-noted", error=type(trouble).__name__)
            self._known -= {each.id for each in departures}
        else:
            self._known -= put_off
            for each in noted:
                self._arrived(each.id)

    def _put_off(self, refused: Outgoing) -> bool:
        """Leave to the next look what goes to one recipient once more and was refused, unless that was so too often.

        A departure of its own for each refusal would be one for each moment in which a queue takes nothing.
        """
        if not refused.again:
            return False
        self._refused[refused.id] += 1
        if self._refused[refused.id] < TRIES:
            self._put_off_now.add(refused.id)
            return True
        del self._refused[refused.id]
        log.info("still-refused")
        return False

    def _arrived(self, departure: str) -> None:
        """Keep that it was confirmed and noted, in place of the oldest such if there is no room."""
        if len(self._sent) >= MOST:
            del self._sent[next(iter(self._sent))]
        self._sent[departure] = None
        self._known.discard(departure)
        self._refused.pop(departure, None)

    async def _round(self) -> None:
        """Look, unless all that this worker committed is on its way anyway; now and then also then."""
        self._round_number += 1
        busy = self._known and not self._left_out and self._round_number % BUSY_ROUNDS
        if self._link.up and not busy:
            await self.look()

    async def look(self) -> None:
        """Send what is in the store, unconfirmed and not on its way; what is refused meanwhile is for the next look."""
        self._put_off_now.clear()
        while True:
            left_out, failures = dict(self._left_out), self._hub.failures
            page = PAGE + len(self._put_off_now)
            found = await self._hub.unsent(self._worker(), limit=page)
            # What was read was true when it was read: some of it may have been taken up, or have arrived, meanwhile.
            over = (self._known, self._sent, self._put_off_now)
            fresh = [each for each in found if not any(each.id in ids for ids in over)]
            for each in fresh:
                self._queue((each.person, each.lane), each)
            self._go()
            if len(found) < page:
                # Who was left out for the last time before this look has everything in a line now: more may join it.
                for key in [key for key, turn in left_out.items() if self._left_out.get(key) == turn]:
                    del self._left_out[key]
                self._failures = failures
            if not fresh:
                return
            while self._sending and any(each.id in self._known for each in fresh):
                await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
            if not self._link.up:
                return
