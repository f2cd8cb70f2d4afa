"""What a system that the hub knows was refused at a door, for the record: who, what address, and why; never a value.

A caller whom nobody knows is not recorded, but counted: otherwise anybody could make the record grow. A system that
asks again and again is recorded once an hour.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from functools import partial

from hub.access.principal import Principal
from hub.errors import HubError, NotPermitted, Refused, Suspended
from hub.ledger.entry import Commitments, Entry, Processing, new_id
from hub.pipeline.committer import Committer
from hub.pipeline.draft import Batch
from hub.pipeline.record import Pending
from hub.pipeline.regime import regime_of

AGAIN = dt.timedelta(hours=1)
"""After how long the same refusal of the same system is recorded once more."""
KEPT = 10_000
EVERYWHERE = (NotPermitted, Suspended)
"""Refusals of which an auditor is to know whatever was asked for; others only of questions about people."""


class Refusals:
    """Records refusals."""

    def __init__(self, committer: Committer, clock: Callable[[], dt.datetime]) -> None:
        """Take what writes to the record, and the time in UTC."""
        self._committer, self._now = committer, clock
        self._noted: dict[tuple[str, str, str], dt.datetime] = {}

    async def note(self, principal: Principal, address: str, refusal: Refused, *, question: bool) -> None:
        """Record a refusal, if it is one to be recorded; where it cannot be written, the refusal stands all the same.

        Args:
            principal: Who was refused.
            address: What was asked for: the pattern of an address.
            refusal: Why.
            question: Whether it was a question about people.
        """
        if not question and not isinstance(refusal, EVERYWHERE):
            return
        now, key = self._now(), (principal.client_id, address, refusal.code())
        if key in self._noted and now - self._noted[key] < AGAIN:
            return
        if len(self._noted) >= KEPT:
            self._noted.clear()
        self._noted[key] = now
        with contextlib.suppress(HubError):
            await self._committer.do(partial(_note, principal, f"{refusal.code()} {address}"), patient=True)


def _note(principal: Principal, reference: str, batch: Batch) -> None:
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="refusal",
        event="request.refused",
        reference=reference,
        by=principal.client_id,
        processing=Processing(regime=regime_of(batch.tools.directory, principal.agency), user=principal.user or ""),
    )
    batch.pending.append(Pending(entry, Commitments(), ""))
