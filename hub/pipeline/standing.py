"""Who takes part, and by which door: asked for by agencies and operators, carried out at the broker by workers."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec
from msgspec import UNSET

from hub.access.principal import Principal
from hub.access.scopes import AtBroker, broker_scopes
from hub.directory.model import Directory, System
from hub.errors import NoBroker, OtherDoor, StoreUnavailable, Suspended
from hub.pipeline import doors
from hub.pipeline.committer import Committer
from hub.pipeline.draft import Batch
from hub.pipeline.record import send_again
from hub.store.port import DoorRow, Outstanding, Store
from schemas.broker import intake_exchange, queue_of
from schemas.catalogue import Lane
from schemas.exchange import BrokerAddress, Door, DoorQueues, Doors, SuspendedAgency, Suspensions


class Broker(msgspec.Struct, frozen=True):
    """The hub's broker as agencies know it."""

    address: str
    virtual_host: str
    partitions: int


class Standing:
    """Doors and suspensions. What a door of the hub's own has to ask at each request is kept at hand."""

    def __init__(
        self, committer: Committer, store: Store, directory: Directory, let_go: Callable[[Iterable[str]], None]
    ) -> None:
        """Take what writes, what is read, who there is, and what lets go who waits for recipients' copies by HTTP."""
        self._committer, self._store, self._directory, self._let_go = committer, store, directory, let_go
        self.broker: Broker | None = None
        """Set before the start where the hub has one."""
        self._doors: Mapping[str, DoorRow] = {}
        self._suspended: Mapping[str, dt.datetime] | None = None

    async def refresh(self) -> None:
        """Look again who takes part by which door; whoever waits where copies no longer come is let go.

        Raises:
            StoreUnavailable: what was known stays.
        """
        before = (self._doors, self._suspended)
        rows, self._suspended = await asyncio.to_thread(lambda: (self._store.doors(), self._store.suspensions()))
        self._doors = {row.recipient: row for row in rows}
        if before != (self._doors, self._suspended):
            self._let_go(name for name in self._directory.recipients if not self.by_http(name))

    @property
    def suspended(self) -> frozenset[str]:
        """The agencies that were suspended at the last look; none while that is not known."""
        return frozenset(self._suspended or ())

    def check(self, agency: str) -> None:
        """Let an agency pass that takes part.

        Raises:
            Suspended: it is.
            StoreUnavailable: it is not known yet.
        """
        if self._suspended is None:
            raise StoreUnavailable
        if agency in self._suspended:
            raise Suspended

    def by_http(self, recipient: str) -> bool:
        """Tell whether a recipient takes part and gets its copies by HTTP."""
        return recipient not in self._doors and self._directory.recipients[recipient].agency not in self.suspended

    def check_http(self, recipient: str) -> None:
        """Let a recipient pass whose copies do not come from the broker.

        Raises:
            OtherDoor: they do, or its queues there are not gone yet.
        """
        if recipient in self._doors:
            raise OtherDoor

    async def admit(
        self, system: System, permissions: frozenset[str], token_id: str, expires: dt.datetime, until: dt.datetime
    ) -> tuple[str, ...]:
        """Use a signed assertion once, for a token good until a moment; return what the token says to the broker.

        Raises:
            Unauthenticated: the assertion was used before.
            Suspended: the system's agency is.
        """
        queues = await self._committer.do(
            lambda batch: doors.admit(batch, system, token_id, expires=expires, until=until)
        )
        if self.broker is None:
            return ()
        known = AtBroker(
            virtual_host=self.broker.virtual_host,
            agency=system.agency,
            kind=self._directory.agencies[system.agency].kind,
            doors=tuple(sorted(queues)),
        )
        return broker_scopes(known, permissions)

    async def doors(self, principal: Principal) -> Doors:
        """Return the doors of a system's recipients, and the broker."""
        await self.refresh()
        return Doors(
            doors=[_told(name, self._doors.get(name)) for name in principal.recipients],
            broker=BrokerAddress(
                address=self.broker.address,
                exchange=intake_exchange(principal.agency),
                partitions=self.broker.partitions,
            )
            if self.broker
            else UNSET,
        )

    async def ask(self, recipient: str, wanted: str) -> Door:
        """Ask for a recipient's door, ``amqp`` or ``http``; return how it stands now.

        Raises:
            NoBroker: there is none to ask for.
            DoorClosing: the door to the broker is not closed yet.
            Suspended: the recipient's agency is.
        """
        if wanted == "amqp" and self.broker is None:
            raise NoBroker
        door = await self._committer.do(partial(_ask, recipient, wanted, at_once=self.broker is None))
        await self.refresh()
        return _told(recipient, door)

    async def suspend(self, principal: Principal, agency: str, reason: str) -> Suspensions:
        """Suspend an agency's part: from the commit on it is told nothing, and nothing is taken from it.

        Raises:
            NotFound: there is no such agency.
        """
        await self._committer.do(lambda batch: doors.suspend(batch, principal, agency, reason))
        return await self.suspensions()

    async def resume(self, principal: Principal, agency: str) -> Suspensions:
        """Let an agency take part again, by HTTP until it asks for another door.

        Raises:
            NotFound: there is no such agency.
        """
        await self._committer.do(lambda batch: doors.resume(batch, principal, agency))
        return await self.suspensions()

    async def suspensions(self) -> Suspensions:
        """Return who takes no part."""
        await self.refresh()
        return Suspensions(suspended=[SuspendedAgency(*each) for each in sorted((self._suspended or {}).items())])

    async def rows(self) -> Sequence[DoorRow]:
        """Return every door to the broker as it is wanted: for whoever makes the broker match."""
        return await asyncio.to_thread(self._store.doors)

    async def opened(self, door: DoorRow) -> None:
        """Note that a door's queues stand: copies go there, a portion of those that have no receipt at each call."""
        await self._committer.do(lambda batch: doors.opened(batch, door))

    async def closed(self, door: DoorRow) -> None:
        """Note that a door's queues are gone: what has no receipt is fetched from the mailbox."""
        await self._committer.do(lambda batch: doors.closed(batch, door))

    async def over(self, now: dt.datetime) -> frozenset[str]:
        """Return the systems that should have no connection to the broker.

        Their agency is suspended, every token of theirs is over, or they were struck off the directory.
        """
        admitted, suspended = await asyncio.to_thread(lambda: (self._store.admitted(), self._store.suspensions()))
        good = {
            name
            for name, system in self._directory.systems.items()
            if system.agency not in suspended and admitted.get(name, now) > now
        }
        return frozenset((self._directory.systems.keys() | admitted.keys()) - good)

    async def outstanding(self) -> Sequence[Outstanding]:
        """Return of whom something is in the hub still, or left it and was not received."""
        return await asyncio.to_thread(self._store.outstanding)

    async def gaps(self, before: dt.datetime, limit: int) -> Mapping[str, Sequence[str]]:
        """Return what was sent to recipients behind the broker before a moment and has no receipt, by entry."""
        return await asyncio.to_thread(partial(self._store.gaps, before=before, limit=limit))

    async def resend(self, recipient: str, entries: frozenset[str], lanes: frozenset[Lane]) -> frozenset[str]:
        """Send again what a recipient has no receipt of, of some entries and lanes; return the entries sent again."""
        return await self._committer.do(partial(_resend, recipient, entries, lanes))


def _ask(recipient: str, wanted: str, batch: Batch, *, at_once: bool) -> DoorRow | None:
    if wanted == "amqp":
        return doors.ask_for_broker(batch, recipient)
    return doors.ask_for_http(batch, recipient, at_once=at_once)


def _resend(recipient: str, entries: frozenset[str], lanes: frozenset[Lane], batch: Batch) -> frozenset[str]:
    waiting = batch.tx.unreceipted_entries(recipient, entries)
    again = [(entry, person, lane) for entry, person, lane in waiting if lane in lanes]
    send_again(batch.changes, recipient, again, batch.now)
    return frozenset(entry for entry, _, _ in again)


def _told(recipient: str, door: DoorRow | None) -> Door:
    if door is None:
        return Door(recipient=recipient, door="http", state="open")
    queues = DoorQueues(urgent=queue_of(door.queue, "urgent"), routine=queue_of(door.queue, "routine"))
    # Whoever reads the queues need not know that more is on its way there: it comes, and in order.
    state = "open" if door.state == "filling" else door.state
    return Door(recipient=recipient, door="amqp", state=state, queues=queues)
