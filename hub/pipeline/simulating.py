"""What a draft would have changed in the disclosures of the last days, by the record."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator, Sequence

import msgspec

from hub.access.principal import Principal
from hub.directory.model import Directory
from hub.errors import DocumentInvalid
from hub.ledger.entry import Commitments, Entry, decode_entry, new_id
from hub.ledger.simulated import Changed, Undecided
from hub.ledger.simulation import Simulation
from hub.pipeline.citing import cited
from hub.pipeline.committer import Committer
from hub.pipeline.draft import Batch
from hub.pipeline.record import Pending
from hub.pipeline.tools import Tools
from hub.policy.load import clashes
from hub.policy.model import Agreement
from hub.store.port import Store

PAGE = 500
"""How many entries are read at once."""
SLACK = dt.timedelta(minutes=5)
"""Entries stand in the order in which they were written, and those of several workers nearly in that of their times."""


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it; nothing in it is about a person."""

    draft: tuple[str, ...]
    since: dt.datetime
    until: dt.datetime
    entries: int
    """How many tellings are recorded in that time. One of which nobody was told anything is not recorded."""
    decisions: int
    """How many decisions in them, one for each recipient that was concerned and listened."""
    undecided: int
    """Of how many of these the record does not tell everything."""
    changes: tuple[Changed, ...]
    left_open: tuple[Undecided, ...]


class Simulations:
    """Makes recorded decisions again under drafts."""

    def __init__(self, store: Store, committer: Committer, tools: Tools, clock: Callable[[], dt.datetime]) -> None:
        """Take where the record is, what writes there, the versions and recipients, and the time in UTC."""
        self._store, self._committer, self._now = store, committer, clock
        self._shelf, self._directory = tools.shelf, tools.directory

    async def simulate(
        self,
        principal: Principal,
        draft: Sequence[Agreement],
        days: int,
        gone: Callable[[float], None] = lambda _: None,
    ) -> Simulated:
        """Make the disclosures of the last days again under a draft; that it was asked for is on disk first.

        Args:
            principal: Who asks.
            draft: Agreements, each in place of what was in force under its name, beside what else was.
            days: How far back.
            gone: Is told how far it has gone, from 0 to 1, in another thread.

        Raises:
            DocumentInvalid: the draft cannot be in force beside what is.
            StoreUnavailable: the record cannot be read.
        """
        now = self._now()
        await asyncio.to_thread(self._check, draft, now)
        await self._committer.do(lambda batch: _note(batch, principal, draft, days))
        return await asyncio.to_thread(self._simulate, draft, now - dt.timedelta(days=days), now, gone)

    def _check(self, draft: Sequence[Agreement], now: dt.datetime) -> None:
        names = {agreement.name for agreement in draft}
        current = self._shelf.apart().at(now, self._store).in_force.policy.agreements
        if problems := tuple(clashes([*(a for a in current if a.name not in names), *draft])):
            raise DocumentInvalid(*problems)

    def _simulate(
        self, draft: Sequence[Agreement], since: dt.datetime, until: dt.datetime, gone: Callable[[float], None]
    ) -> Simulated:
        shelf = self._shelf.apart()
        simulation = Simulation(
            draft,
            lambda reference: cited(shelf, reference, self._store),
            {recipient.id: recipient.role for recipient in self._directory.recipients.values()},
            _reads(self._directory),
        )
        for entry in self._entries(since):
            simulation.take(entry)
            if simulation.entries % PAGE == 0:
                gone((until - entry.at) / (until - since))
        gone(1.0)
        return Simulated(
            draft=tuple(agreement.reference for agreement in draft),
            since=since,
            until=until,
            entries=simulation.entries,
            decisions=simulation.decisions,
            undecided=simulation.tally.undecided,
            changes=tuple(simulation.tally.changes()),
            left_open=tuple(simulation.tally.left_open()),
        )

    def _entries(self, since: dt.datetime) -> Iterator[Entry]:
        """Yield what was disclosed since a moment, newest first."""
        before: int | None = None
        while page := self._store.disclosures(before=before, limit=PAGE):
            yield from (decode_entry(row.content) for _, row in page if row.at >= since)
            before, last = page[-1]
            if last.at < since - SLACK:
                return


def _reads(directory: Directory) -> Callable[[str], frozenset[str]]:
    """Return what tells the leaves that a recipient's adapter reads."""

    def reads(name: str) -> frozenset[str]:
        recipient = directory.recipients.get(name)
        return recipient.reads if recipient else frozenset()

    return reads


def _note(batch: Batch, principal: Principal, draft: Sequence[Agreement], days: int) -> None:
    named = ", ".join(agreement.reference for agreement in draft)
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="consultation",
        event="policy.simulated",
        reference=f"{named} over {days} days",
        by=principal.client_id,
    )
    batch.pending.append(Pending(entry, Commitments(), ""))
