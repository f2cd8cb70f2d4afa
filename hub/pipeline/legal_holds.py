"""Legal holds: while one stands, nothing of its person is erased, however long it was kept."""

from __future__ import annotations

import msgspec

from hub.access.principal import Principal
from hub.errors import NotFound, OnHold, Problem
from hub.ledger.entry import Commitments, Entry, new_id
from hub.pipeline.draft import Batch, Draft
from hub.store.erasure_port import HoldRow

HOLD_SET, HOLD_LIFTED = "hold.set", "hold.lifted"
"""The events of the entries that say so; each is an alteration, with its reason sealed."""


class LegalHold(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold, as an operator sees it."""

    person: str
    at: str
    by: str


def set_hold(batch: Batch, principal: Principal, person: str, reason: str) -> str:
    """Set a legal hold on somebody; return the id under which they are kept.

    Raises:
        NotFound: there is nobody of such an id.
        OnHold: there is one already.
    """
    if person not in batch.tx.people([person]):
        raise NotFound(Problem(person[:32], "is nobody of the register"))
    kept = batch.tx.kept_as(person)
    if any(row.person == kept for row in batch.tx.holds()):
        raise OnHold
    entry = _note(batch, principal, kept, HOLD_SET, reason)
    batch.tx.hold(HoldRow(person=kept, entry=entry, at=batch.now, by=principal.client_id))
    return kept


def lift_hold(batch: Batch, principal: Principal, person: str, reason: str) -> None:
    """Lift the legal hold on somebody.

    Raises:
        NotFound: there is none.
    """
    if all(row.person != person for row in batch.tx.holds()):
        raise NotFound(Problem(person[:32], "is under no legal hold"))
    _note(batch, principal, person, HOLD_LIFTED, reason)
    batch.tx.lift(person)


def _note(batch: Batch, principal: Principal, person: str, event: str, reason: str) -> str:
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="alteration",
        event=event,
        reference="",
        person=person,
        by=principal.client_id,
    )
    draft = Draft(batch)
    draft.record(entry, Commitments(), reason)
    draft.absorb()
    return entry.id
