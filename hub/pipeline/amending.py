"""What an event says of an earlier one: that it stands in its place, or that the earlier one did not happen."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from hub.consequences.alert import alert_of
from hub.consequences.model import Turn
from hub.errors import Invalid, Problem
from hub.intake.read import Event
from hub.ledger.entry import Commitments, Entry, new_id
from hub.pipeline.correcting import Amends, amends_of, correct, take_back
from hub.pipeline.disclosing import Fact
from hub.pipeline.draft import Draft
from hub.pipeline.identities import SPECIAL
from hub.pipeline.share import Shared, outcome_of
from hub.pipeline.tools import HUB_SOURCE, Tools
from hub.register.enrich import enriched
from hub.register.state import PersonState
from schemas.catalogue import CATALOGUE
from schemas.envelope import Envelope, envelope_of
from schemas.events.occurrence import Occurrence
from schemas.leaves import struct_fields


class NotYetWritten(Exception):
    """The event that is put right is part of the same transaction, so what was told of it cannot be read: try again."""


def put_right_by(tools: Tools, event: Event) -> str:
    """Return the reference of the event that another puts right; nothing where it puts none right.

    Raises:
        Invalid: it says both at once, or is of a type that cannot be put right so.
    """
    said = event.envelope
    named = said.corrects if said.corrects is not UNSET else said.withdraws
    if named is UNSET:
        return ""
    if said.corrects is not UNSET and said.withdraws is not UNSET:
        raise Invalid(Problem("withdraws", "cannot stand beside corrects"))
    if said.type in SPECIAL:
        raise Invalid(Problem("type", "is not corrected or withdrawn: publish what holds"))
    if named == said.id:
        raise Invalid(Problem("corrects" if said.corrects is not UNSET else "withdraws", "names the event itself"))
    return tools.sealer.hash("seen", said.source, named).hex()


def amends_said(draft: Draft, origin: Fact) -> Amends:
    """Return what was told of the event that another stands in the place of.

    Raises:
        Invalid: there is no such event, or it is of another type.
        NotYetWritten: it is part of the same transaction.
    """
    if bytes.fromhex(origin.corrects) in draft.batch.changes.seen:
        raise NotYetWritten
    amends = amends_of(draft, origin.corrects, origin.reference, origin.event.type)
    amends.said = origin.event.data
    return amends


def withdraw_event(draft: Draft, origin: Fact) -> None:
    """Take back everything that was told of an event, and of what followed from it.

    Raises:
        Invalid, NotYetWritten: as for an event that is corrected.
    """
    amends = amends_said(draft, origin)
    entry = Entry(
        id=new_id(),
        at=draft.now,
        kind="collection",
        event=origin.event.type,
        reference=origin.reference,
        person=amends.person,
        by=origin.by,
        corrects=origin.corrects,
    )
    draft.record(entry, Commitments())
    for told in amends.standing.values():
        take_back(draft, told, amends.matter)


def put_right_what_followed(
    draft: Draft, origin: Fact, before: PersonState, after: PersonState, amends: Amends
) -> Shared:
    """Put right what followed from the former event and does not follow from this one a second time.

    What was told of somebody else is taken back. Of the rest, only what the event itself said can be wrong.
    """
    shared = outcome_of([])
    for kind in list(amends.standing):
        event = _restated(draft, kind, origin, before, after)
        if amends.person != after.id or event is None:
            take_back(draft, amends.standing.pop(kind), amends.matter)
            continue
        addressed = frozenset(each.recipient for each in amends.standing[kind])
        fact = Fact(event=event, addressed=addressed, reference=origin.reference, by="hub", corrects=origin.corrects)
        one = correct(draft, fact, before, after, amends, fresh=False)
        shared = msgspec.structs.replace(one, told=one.told | shared.told, marked=one.marked | shared.marked)
    return shared


def _restated(
    draft: Draft, kind: str, origin: Fact, before: PersonState, after: PersonState
) -> Envelope[Occurrence] | None:
    """Return what followed as it is said now; None where that cannot be said of this event."""
    turn = Turn(before, after, origin.event, draft.now, draft.tools.directory)
    known = enriched(after, origin.event.data, draft.tools.directory)
    data = alert_of(turn) if kind == "ppo.alert" else _as(CATALOGUE[kind].data, known)
    return envelope_of(kind, data, event_id=new_id(), source=HUB_SOURCE, time=draft.now) if data else None


def _as(struct: type[Occurrence], known: Occurrence) -> Occurrence | None:
    """Return an event's data as those of another type; None where that type needs what they do not have."""
    needs = [field for field in struct_fields(struct) if field.required]
    if any(getattr(known, field.name, UNSET) is UNSET for field in needs):
        return None
    return struct(**{f.name: getattr(known, f.name) for f in struct_fields(struct) if hasattr(known, f.name)})
