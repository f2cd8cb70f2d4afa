"""What the hub does for its callers: every door and every command goes through here."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from msgspec.structs import replace

from hub.access.principal import Principal
from hub.delivery.mailroom import Copy, Mailroom
from hub.delivery.outgoing import Outgoing
from hub.directory.model import Directory
from hub.errors import HubError, Refused, StoreUnavailable
from hub.ledger.upkeep import Upkeep
from hub.observe.tally import Tally
from hub.pipeline.agreements import Agreements
from hub.pipeline.calling_back import CallingBack
from hub.pipeline.committer import Committed, Committer
from hub.pipeline.consult import consult_record, erased_under, look_up, own_part, told
from hub.pipeline.disclosed import Disclosures
from hub.pipeline.draft import Batch
from hub.pipeline.following import Corrections
from hub.pipeline.forgetting import forget_departures
from hub.pipeline.health import Health
from hub.pipeline.journey import Submitting, note_refusal
from hub.pipeline.later import tell_due
from hub.pipeline.ledger import Ledger
from hub.pipeline.passage import departed, divert, left, received
from hub.pipeline.quarantine import Quarantine, scope
from hub.pipeline.retention import Keeping
from hub.pipeline.reviews import Reviews
from hub.pipeline.simulating import Simulations
from hub.pipeline.standing import Standing
from hub.pipeline.submission import Submission, is_urgent
from hub.pipeline.tools import Tools
from hub.store.port import Store
from schemas.exchange import DeliveryState, Lookup, Outcome, Receipt
from schemas.record.person import Person

log = structlog.get_logger("hub")
Probe = Callable[[], Mapping[str, object]]
"""Gives ``status`` (UP or DOWN) and ``details``, both for ``/health``."""
TICK = 1.0
"""Seconds between two looks at what is due."""


class Hub:
    """One hub over one store."""

    def __init__(self, tools: Tools, store: Store, clock: Callable[[], dt.datetime]) -> None:
        """Take what the path needs; ``clock`` gives the time in UTC."""
        tools = replace(tools, shelf=tools.shelf.apart(), upkeep=Upkeep())
        self._tools, self._store, self.now = tools, store, clock
        self.mailroom = Mailroom(store, tools.sealer)
        self.tally = Tally()
        """Counts what happens; whoever shows metrics puts another in its place before the start."""
        self.probes: dict[str, Probe] = {}
        """Tell the state of what works for the hub beside it: a broker's connections, this worker's share."""
        self._committer = Committer(store, tools, clock, self._tell)
        self.standing = Standing(self._committer, store, tools.directory, self.mailroom.wake)
        """Who takes part, and by which door."""
        self.quarantine = Quarantine(store, self._committer)
        """What is held, for its owners and operators."""
        self.agreements = Agreements(store, self._committer, tools, clock)
        """What is in force, and the steps by which that changes."""
        self.ledger = Ledger(store, self._committer, tools, clock)
        """What is proved of the record, and whether it holds."""
        self._health = Health(store, self.agreements, self._committer, self.ledger)
        self.reviews = Reviews(store, self._committer, tools, clock, self.mailroom.wake)
        self.corrections = Corrections(store, self._committer, clock)
        """What was put right, and whose word is overdue."""
        self.calling_back = CallingBack(store, self._committer, clock)
        self.simulations = Simulations(store, self._committer, tools, clock)
        self.keeping = Keeping(store, self._committer, tools, clock, self._erased)
        """What is kept, for how long, and its end."""
        self.told = Disclosures(store, self._committer, tools)
        self.on_outgoing: Callable[[tuple[Outgoing, ...]], None] = lambda _: None
        """Is given what goes to the broker, as soon as it is on disk and in the order of its commits."""
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    @property
    def directory(self) -> Directory:
        """Who takes part."""
        return self._tools.directory

    async def start(self, *, ticking: bool = True) -> None:
        """Begin to commit, and to look for what is due."""
        self._committer.start()
        with contextlib.suppress(StoreUnavailable):  # nobody is let in until it is known who takes part
            await self.standing.refresh()
            await self.agreements.refresh()
        if ticking:
            begin = asyncio.get_running_loop().create_task
            self._tasks = [begin(self._tick(), name="ticker"), begin(self.ledger.keep(TICK), name="log")]
        else:
            await self.ledger.look()

    async def stop(self) -> None:
        """End promptly: waiting requests return, what was taken is committed."""
        self._closing = True
        self.mailroom.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._committer.stop()
        self._store.close()

    def _tell(self, committed: Committed) -> None:
        self.tally.committed(committed.seconds, committed.operations)
        self.mailroom.wake(committed.mailboxes)
        self.on_outgoing(committed.outgoing)

    def _erased(self, kind: str, count: int) -> None:
        self.tally.erased(kind, count)

    def closing(self) -> bool:
        """Tell whether the hub is about to end."""
        return self._closing

    async def publish(self, principal: Principal, bodies: Sequence[bytes]) -> list[Outcome]:
        """Take events; each has its own outcome, and all of them are on disk when this returns.

        Raises:
            StoreUnavailable: nothing was taken; by LogBroken or LogStale since it could not be proved later.
            TooBusy: too much waits already.
        """
        urgent = any(map(is_urgent, bodies))  # a batch goes as one, in its order
        return list(await asyncio.gather(*(self._take(principal, body, urgent=urgent) for body in bodies)))

    async def take(self, principal: Principal, body: bytes, *, urgent: bool, since: int) -> Outcome:
        """Take one event from a queue that is read in order; ``since`` is the count of failures when that began.

        Raises:
            StoreUnavailable, LeaseLost: nothing was taken, and nothing behind it is: read the queue anew.
        """
        return await self._take(principal, body, urgent=urgent, since=since)

    async def _take(self, principal: Principal, body: bytes, *, urgent: bool, since: int | None = None) -> Outcome:
        outcome = await self._committer.do(
            Submitting(Submission(principal, body)), urgent=urgent, since=since, disclosing=True
        )
        self.tally.event(outcome.state)
        return outcome

    @property
    def failures(self) -> int:
        """How many transactions could not be written since the start."""
        return self._committer.failures

    async def unsent(self, worker: str, *, limit: int) -> list[Outgoing]:
        """Return what a worker has to send and the broker lacks: urgent first, then oldest.

        Raises:
            LogBroken, LogStale: nothing may leave.
        """
        self.ledger.upkeep.check()
        return await self.mailroom.unsent(worker, before=self.now(), limit=limit)

    async def divert(self, departure: Outgoing, refused: Sequence[tuple[str, str]]) -> None:
        """Note that a departure left, but for some copies and queues: those go again, each by itself."""
        doors = {door.queue: door.recipient for door in await asyncio.to_thread(self._store.doors)}
        missed = sorted({doors[name] for _, queue in refused if (name := queue.rpartition(".")[0]) in doors})
        await self._committer.do(partial(divert, departure, missed))

    async def departed(self, departures: Sequence[str]) -> None:
        """Note that the broker has these departures: they left the hub.

        Before what waits to be taken in: until it is noted, each of them is in memory.
        """
        await self._committer.do(partial(departed, departures), patient=True, urgent=True)

    async def refused(
        self, principal: Principal, refusal: Refused, body: bytes = b"", *, since: int | None = None
    ) -> None:
        """Keep for operators what a door refused unread: too large, of another content type, or of nobody known."""
        await self._committer.do(lambda batch: note_refusal(batch, principal, refusal, body), since=since)

    async def ready(self) -> None:
        """Return when a transaction can be written, and what it discloses can be proved.

        Raises:
            StoreUnavailable, LeaseLost: it cannot.
        """
        await self._committer.do(lambda _: None, disclosing=True)

    async def copies(
        self, recipient: str, *, urgent_after: int = 0, routine_after: int = 0, limit: int = 100
    ) -> list[Copy]:
        """Return copies without a receipt, urgent first, then by number.

        Raises:
            LogBroken, LogStale: nothing may leave.
        """
        self.ledger.upkeep.check()
        return await self.mailroom.copies(
            recipient, urgent_after=urgent_after, routine_after=routine_after, limit=limit, now=self.now()
        )

    async def wait_for_copies(self, recipient: str, timeout: float) -> None:  # noqa: ASYNC109 - a long poll's own limit
        """Return when something is committed for a recipient, after so many seconds, or when the hub ends."""
        await self.mailroom.wait(recipient, timeout)

    async def sent(self, recipient: str, deliveries: Sequence[str]) -> None:
        """Note that copies left the hub; that they arrived is what a receipt says."""
        await self._committer.do(partial(left, recipient, deliveries), patient=True)

    async def receive(self, receipt: Receipt, *, client: str = "", since: int | None = None) -> int:
        """Note that copies are in the recipient's hands, by the word of a system; return how many of them are now.

        Raises:
            ReceiptRefused: it is not signed as it must be; nothing is noted.
        """
        return await self._committer.do(partial(received, receipt, client), since=since)

    async def deliveries(self, recipient: str, *, after: int = 0, limit: int = 500) -> list[DeliveryState]:
        """Return where a recipient's copies stand, by number."""
        return await self.mailroom.deliveries(recipient, after=after, limit=limit)

    async def look_up(self, principal: Principal, lookup: Lookup) -> bytes:
        """Return what a recipient may know of a person, as JSON; ``{}`` alike for a stranger and one hidden."""
        return await self._committer.do(lambda batch: look_up(batch, principal, lookup), disclosing=True)

    async def disclosures(self, principal: Principal, person: Person | str, reason: str) -> list[dict[str, Any]]:
        """Return what was told about a person, to whom, under which rule, and what was withheld.

        The person is described, or named by the register's id, under which what remains of somebody erased is found.

        An operator gets all of it; an agency what it itself was told, alike for somebody it may not know of.
        """
        about = await self._committer.do(partial(_consult, principal, person, reason), disclosing=True)
        if about is None:
            return []
        return await asyncio.to_thread(lambda: self._told(about, agency=scope(principal)))

    def _told(self, about: str, agency: str | None) -> list[dict[str, Any]]:
        entries = [told(row) for row in self._store.entries_about(self._store.formerly(about))]
        if any(entry["erased"] for entry in entries) and (erasure := self._store.erased_by(about)):
            under = erased_under(self._store.entry(erasure))
            entries = [entry | {"erased": under} if entry["erased"] else entry for entry in entries]
        return entries if agency is None else [own for entry in entries if (own := own_part(entry, agency))]

    async def health(self) -> dict[str, object]:
        """Return whether the hub can do its work, part by part."""
        components = await self._health.components() | {name: probe() for name, probe in self.probes.items()}
        up = all(component["status"] == "UP" for component in components.values())
        return {"status": "UP" if up else "DOWN", "components": components}

    async def do_what_is_due(self) -> int:
        """Tell what is due by now and still true; return how many things were due.

        Raises:
            StoreUnavailable: nothing was told; it stays due.
        """
        return await self._committer.do(tell_due)

    async def forget_departures(self, after: int = 0) -> int | None:
        """Delete, of a portion of those sent long ago, the departures that are needed no more.

        Return the place where the next portion begins, or None after the last one.

        Raises:
            StoreUnavailable: nothing was deleted.
        """
        return await self._committer.do(partial(forget_departures, after), patient=True)

    async def _tick(self) -> None:
        forgotten, place = self.now(), None
        while True:
            await asyncio.sleep(TICK)
            try:
                await self.standing.refresh()
                await self.agreements.refresh()
                if not self.ledger.upkeep.stopped:  # no try is counted of what could not be told
                    await self.reviews.apply()
                    await self.do_what_is_due()
                    await self.quarantine.retry_due()
                    await self.corrections.escalate()
                await self.keeping.go_on()
                if self.now() - forgotten > dt.timedelta(hours=1):
                    forgotten, place = self.now(), 0
                if place is not None:
                    place = await self.forget_departures(place)
            except HubError as fault:
                log.error("tick-failed", error=fault.code())


def _consult(principal: Principal, person: Person | str, reason: str, batch: Batch) -> str | None:
    return consult_record(batch, principal, person, reason)
