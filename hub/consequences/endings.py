"""One notice to each recipient that stops being concerned: no longer yours, ask this contact."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import UNSET

from hub.consequences.model import Consequence, Turn
from hub.consequences.referrals import as_told
from hub.register.cases import active_cases
from hub.register.enrich import subject_of
from hub.register.state import PersonState
from hub.routing.concern import ALIKE, Routes, concerned
from schemas.events.partner_work import ConcernEnded
from schemas.record.person import Person
from schemas.record.scheme import Contact

WHO_REFERRED = Contact(name="The officer who referred the person to you")
WHO_SUPERVISES = Contact(name="The officer who supervises the person")


def concern_ended(turn: Turn) -> tuple[Consequence, ...]:
    """Tell those who were told something, and are not concerned any more by this event.

    A partner that never had the marker gets a notice made of what runs alike for people on no
    scheme: in its own words, with no contact but one that the event gave. Who was given neither the
    marker nor work of its own hears nothing: of somebody on no scheme it would hear nothing either.
    """
    told = turn.before.told | turn.after.told
    if not told:
        return ()
    after = concerned(turn.after, turn.directory)
    left = sorted(r for r in told if not _stays(turn, r, after))
    if not left:
        return ()
    before = concerned(turn.before, turn.directory)
    ended = [r for r in left if _was(turn, r, before)]
    alike = [r for r in ended if _alike_only(turn, r)]
    others = frozenset(ended) - set(alike)
    notices = [_to_partner(turn, r) for r in alike]
    return (*notices, _to_others(turn, others)) if others else tuple(notices)


def _stays(turn: Turn, recipient: str, after: Routes) -> bool:
    """Tell whether something is left by which the recipient may know that it is concerned.

    Who was never given the marker knows of its declared work alone, whatever else the register holds of it: to meet
    somebody at the gate, or to be given a case, counts for people on a scheme only, so its end would tell the status.
    """
    if _alike_only(turn, recipient):
        return bool(after.get(recipient, 0) & ALIKE)
    return recipient in after or recipient in {c.supervised_by for c in active_cases(turn.after)}


def _was(turn: Turn, recipient: str, before: Routes) -> bool:
    """Tell whether the recipient may have known before that it was concerned."""
    known = ALIKE if _alike_only(turn, recipient) else ~0
    return bool(before.get(recipient, 0) & known)


def _alike_only(turn: Turn, recipient: str) -> bool:
    """Tell whether the recipient was never given the marker."""
    return recipient not in turn.before.marker_holders | turn.after.marker_holders


def _to_partner(turn: Turn, recipient: str) -> Consequence:
    relations = [r for r in turn.before.open_relations if r.holder == recipient]
    data = ConcernEnded(subject=as_told(relations), contact=_contact_said(turn, recipient))
    return Consequence(kind="concern.ended", data=data, addressed=frozenset({recipient}))


def _contact_said(turn: Turn, recipient: str) -> Contact:
    data = turn.event.data
    said = [] if data.referrals is UNSET else [r.whom_to_call for r in data.referrals if r.holder == recipient]
    return next((c for c in said if c is not UNSET), WHO_REFERRED)


def _to_others(turn: Turn, recipients: frozenset[str]) -> Consequence:
    subject = subject_of(turn.after, Person())
    contact = next(_contacts(turn), WHO_SUPERVISES)
    data = ConcernEnded(subject=subject, contact=msgspec.structs.replace(contact, team=UNSET))
    return Consequence(kind="concern.ended", data=data, addressed=recipients)


def _contacts(turn: Turn) -> Iterator[Contact]:
    """Yield whom to ask: the supervising officer, else who holds the case, else the number of the lead's contact."""
    for state in (turn.after, turn.before):
        yield from (c.officer for c in active_cases(state) if c.officer is not UNSET)
    for state in (turn.after, turn.before):
        yield from _by_directory(turn, state)


def _by_directory(turn: Turn, state: PersonState) -> Iterator[Contact]:
    for case in active_cases(state):
        holder = turn.directory.recipients.get(case.supervised_by or "")
        if holder is not None:
            yield Contact(name=holder.name)
    scheme = turn.directory.schemes.get(state.lead.scheme) if state.lead else None
    if scheme is not None:
        yield Contact(name=scheme.contact.name, telephone=scheme.contact.telephone)
