"""What was put right, followed until everybody has said that they have it; and whose word is overdue."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import msgspec
import structlog
from msgspec import UNSET, UnsetType

from hub.consequences.overdue import overdue
from hub.ledger.entry import new_id
from hub.pipeline.committer import Committer
from hub.pipeline.disclosing import Fact
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.journey import fact_of, tell
from hub.pipeline.tools import HUB_SOURCE
from hub.sealing import Unsealable
from hub.store.correcting import Followed, Silent
from hub.store.port import Store
from schemas.envelope import envelope_of
from schemas.exchange import Correction, OverdueCopy, SignedReceipt
from schemas.terms import Terms

log = structlog.get_logger("following")
PORTION = 200
"""At how many copies one transaction looks."""
SHORTEST = dt.timedelta(minutes=1)
"""No agreement asks for a receipt sooner."""
PAUSE = dt.timedelta(minutes=1)
"""How long after everything was looked at is it looked at again."""
MOST = 10_000
"""How many rows are listed at most."""
START = ("", 0)


class Corrections:
    """Tells how far corrections have come, and tells coordinators of what nobody has said to have."""

    def __init__(self, store: Store, committer: Committer, clock: Callable[[], dt.datetime]) -> None:
        """Take where it is noted, what writes there, and the time in UTC."""
        self._store, self._committer, self._now = store, committer, clock
        self.within = dt.timedelta(hours=24)
        """How long a copy may be without a receipt where its agreement says nothing of that."""
        self._next = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._place = START

    async def followed(self, *, matter: str | None = None, closed: bool = False) -> Sequence[Followed]:
        """Return how far corrections have come, oldest first: of one matter or all; the closed ones too or not."""
        return await asyncio.to_thread(partial(self._store.followed, matter=matter, closed=closed, limit=MOST))

    async def states(self, *, matter: str | None = None, closed: bool = False) -> list[Correction]:
        """Return the same, as it is told to callers."""
        return [_told(each) for each in await self.followed(matter=matter, closed=closed)]

    async def overdue(self) -> list[OverdueCopy]:
        """Return the copies without a receipt of which a coordinator was told."""
        found = await asyncio.to_thread(partial(self._store.escalated, limit=MOST))
        return [
            OverdueCopy(
                recipient=each.recipient,
                number=each.number,
                delivery=each.copy,
                committed_at=each.committed_at,
                escalated_at=each.escalated_at,
            )
            for each in found
        ]

    async def receipt(self, recipient: str, delivery: str) -> SignedReceipt | None:
        """Return what was signed of a copy; None where it has no receipt, or one that nobody signed."""
        kept = await asyncio.to_thread(partial(self._store.receipt, recipient, delivery))
        return SignedReceipt(client=kept.client, at=kept.at, signed=kept.signed) if kept else None

    async def escalate(self) -> int:
        """Look at a portion of what has no receipt, and tell coordinators of what is overdue; return how much was.

        Raises:
            StoreUnavailable: nobody was told; it stays overdue.
        """
        if self._now() < self._next:
            return 0
        count, place = await self._committer.do(partial(_escalate, after=self._place, within=self.within))
        self._place = place or START
        if place is None:
            self._next = self._now() + PAUSE
        return count


def _told(each: Followed) -> Correction:
    row = each.row
    state: Literal["open", "escalated", "closed"] = "escalated" if each.escalated_at else "open"
    return Correction(
        matter=row.matter,
        cause=row.cause,
        recipient=row.recipient,
        what=row.what,
        delivery=row.copy,
        corrects=row.former,
        at=row.at,
        state="closed" if each.received_at else state,
        left_at=each.left_at or UNSET,
        received_at=each.received_at or UNSET,
        escalated_at=each.escalated_at or UNSET,
    )


class _Handling(msgspec.Struct):
    terms: Terms | UnsetType = UNSET


class _Data(msgspec.Struct):
    handling: _Handling


class _Copy(msgspec.Struct):
    type: str
    data: _Data


_read = msgspec.json.Decoder(_Copy).decode


def _escalate(batch: Batch, after: tuple[str, int], within: dt.timedelta) -> tuple[int, tuple[str, int] | None]:
    """Escalate what is overdue of a portion; return how much was, and where the next begins, if there is one."""
    found = batch.tx.silent(batch.now - SHORTEST, after=after, limit=PORTION)
    late = [(each, copy) for each in found if (copy := _overdue(batch, each, within)) is not None]
    told: set[tuple[str, str]] = set()
    for each, copy in late:
        batch.changes.escalated.append((each.recipient, each.copy, batch.now))
        if (each.recipient, each.person) not in told:
            told.add((each.recipient, each.person))
            _tell_coordinator(batch, each, copy.type)
    if late:
        log.warning("receipts-overdue", count=len(late))
    return len(late), (found[-1].recipient, found[-1].number) if len(found) == PORTION else None


def _overdue(batch: Batch, each: Silent, within: dt.timedelta) -> _Copy | None:
    """Return a copy whose receipt should have come by now."""
    try:
        copy = _read(batch.keyring.open(each.person, "copy", each.body))
    except (Unsealable, msgspec.DecodeError):
        return None
    terms = copy.data.handling.terms
    minutes = UNSET if terms is UNSET else terms.acknowledge_within_minutes
    allowed = within if minutes is UNSET else min(within, dt.timedelta(minutes=minutes))
    return copy if batch.now >= each.committed_at + allowed else None


def _tell_coordinator(batch: Batch, each: Silent, kind: str) -> None:
    draft = Draft(batch)
    recipient = batch.tools.directory.recipients.get(each.recipient)
    state = draft.load([each.person]).get(each.person)
    if recipient is None or state is None:
        return
    made = overdue(kind, each.committed_at, recipient, state, batch.tools.directory)
    if made is None:
        return
    event = envelope_of(made.kind, made.data, event_id=new_id(), source=HUB_SOURCE, time=batch.now)
    origin = Fact(
        event=event, reference=batch.tools.sealer.hash("entry", "overdue", each.recipient, each.copy).hex(), by="hub"
    )
    draft.people[state.id] = tell(draft, fact_of(draft, made, origin), state, state)
    draft.absorb()
