"""Telling somebody to take a copy back that a newer version of an agreement withholds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from hub.ledger.entry import Branch, Commitments, Entry, decode_entry, new_id
from hub.ledger.recorded import Part, parts
from hub.pipeline.disclosing import delivery_id, handling
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.tools import HUB_SOURCE
from hub.policy.model import Regime
from hub.policy.project import Contents
from hub.policy.said import Release
from hub.policy.terms import Cited
from hub.store.correcting import Cause, CorrectionRow, What
from schemas.canonical import canonical_bytes
from schemas.envelope import Envelope, Given
from schemas.labels import Role
from schemas.withdrawal import WITHDRAWN, WITHDRAWN_SCHEMA, Withdrawal, Withdrawn

_encode = msgspec.json.Encoder().encode
_DELIVERY = "withdrawn.delivery"
_NAMED = Contents({_DELIVERY: Release(())}, frozenset(), b"")
"""All that a withdrawal has: the recipient's own name of a copy, which no rule gives."""


class Matter(msgspec.Struct, frozen=True):
    """For what reason something is put right; equal ids are of one reason at one time."""

    cause: Cause
    id: str


def withdraw_arrived(batch: Batch, recipient: str, deliveries: Iterable[str]) -> None:
    """Withdraw copies that were dropped and have arrived for all that: they were on their way at that moment."""
    gone = batch.tx.dropped(recipient, list(deliveries))
    entries = {i: decode_entry(content) for i, content in batch.tx.entries({row.entry for row in gone}).items()}
    for row in gone:
        part = next((p for p in parts(entries[row.entry], roles_of(batch)) if p.recipient == recipient), None)
        if part is not None:
            draft = Draft(batch)
            withdraw(draft, row.copy, row.lane, [part])
            draft.changes.withdrawn.append((recipient, row.copy))
            draft.absorb()


def withdraw(draft: Draft, delivery: str, lane: str, told: Sequence[Part], matter: Matter | None = None) -> None:
    """Send a withdrawal of one copy, in its lane, to some who have it, and follow it to their receipts."""
    first, entry_id, view = told[0].entry, new_id(), told[0].view
    assert view is not None  # noqa: S101 - a copy was recorded
    copy, nothing = delivery_id(draft, entry_id, 0), Cited((), (), (), draft.batch.in_force.policy.version)
    handled = handling(draft, nothing, _regime(view.regime), entry_id)
    body = Envelope(
        id=copy,
        source=HUB_SOURCE,
        type=WITHDRAWN,
        time=draft.now,
        dataschema=WITHDRAWN_SCHEMA,
        data=Given(given=Withdrawn(Withdrawal(delivery)), handling=handled),
    )
    draft.copy(copy, entry_id, lane, _encode(body))
    commitments = Commitments()
    leaves = commitments.leaves(_NAMED, {_DELIVERY: canonical_bytes(delivery)})
    record = msgspec.structs.replace(view, copy=copy, leaves=leaves, purposes=(), gateways=(), obligations=())
    entry = Entry(
        id=entry_id,
        at=draft.now,
        kind="erasure",
        event=WITHDRAWN,
        reference=first.id,
        person=first.person,
        category=first.category,
        by="hub",
        views=(record,),
        branches=tuple(branch_of(draft, part, 0) for part in told),
        versions=draft.batch.in_force.policy.version,
    )
    draft.record(entry, commitments)
    for part in told:
        follow(draft, part, copy, delivery, "withdrawal", matter or Matter("agreement", entry_id))


def follow(draft: Draft, part: Part, copy: str, former: str, what: What, matter: Matter) -> None:
    """Note that a recipient is told to put a copy right, so that it is known when it has done so."""
    draft.changes.corrections.append(
        CorrectionRow(
            recipient=part.recipient,
            copy=copy,
            former=former,
            person=part.entry.person or "",
            what=what,
            matter=matter.id,
            cause=matter.cause,
            at=draft.now,
        )
    )


def roles_of(batch: Batch) -> dict[str, Role]:
    """Return the role of each recipient."""
    return {r.id: r.role for r in batch.tools.directory.recipients.values()}


def branch_of(draft: Draft, part: Part, view: int) -> Branch:
    """Return a recipient's branch of a new entry; its number is given as the transaction ends."""
    agency = draft.tools.directory.recipients[part.recipient].agency
    return Branch(recipient=part.recipient, role=part.role, agency=agency, view=view)


def _regime(word: str) -> Regime:
    return "general" if word == "general" else "law-enforcement"
