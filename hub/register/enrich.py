"""The published event with what the register knows, in two ways that must never meet.

``enriched`` is for copies of roles that may know the status. ``own`` is for holders of a declared
relation who may not: it adds nothing but what that holder itself had told, so that it is alike
for people on a scheme and on none.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from hub.directory.model import Directory
from hub.register.cases import active_cases
from hub.register.particulars import DETAILS, joined
from hub.register.state import PersonState, RelationState
from schemas.events.occurrence import Occurrence
from schemas.record.case import Case
from schemas.record.custody import Custody, Release
from schemas.record.need import Referral
from schemas.record.person import Person
from schemas.record.scheme import Membership, SchemeContact

O = TypeVar("O", bound=Occurrence)  # noqa: E741 - the one type that goes through


def enriched(state: PersonState, data: O, directory: Directory) -> O:
    """Return the event with what the register knows and the publisher left out."""
    return msgspec.structs.replace(
        data,
        subject=subject_of(state, data.subject),
        memberships=_memberships(state, data, directory),
        custody=_custody(data, directory),
        cases=_cases(state, data),
        release=_release(state, data),
        referrals=_without_references(data),
    )


def own(state: PersonState, data: O, relation: RelationState) -> O:
    """Return the event with nothing but what the relation's holder itself had told, and no other holder's referral."""
    name, subject = relation.name, data.subject
    told: dict[str, Any] = {"surname": name.surname, "forename": name.forename, "date_of_birth": name.date_of_birth}
    added = {f: v for f, v in told.items() if v and getattr(subject, f) is UNSET}
    return msgspec.structs.replace(
        data, subject=msgspec.structs.replace(subject, **added), referrals=_of_holder(state, data, relation)
    )


def subject_of(state: PersonState, said: Person) -> Person:
    """Return the subject as said, with the details and references that the register adds."""
    known = state.details or Person()
    added = {f: v for f in DETAILS if getattr(said, f) is UNSET and (v := getattr(known, f)) is not UNSET}
    identifiers = joined(() if said.identifiers is UNSET else tuple(said.identifiers), state.identifiers)
    return msgspec.structs.replace(said, **added, identifiers=list(identifiers) if identifiers else UNSET)


def with_contact(membership: Membership, directory: Directory) -> Membership:
    """Return the membership with the scheme's name, and whom to call there unless it says so itself."""
    scheme = directory.schemes.get(membership.scheme)
    if scheme is None:
        return membership
    name = scheme.name if membership.scheme_name is UNSET else membership.scheme_name
    contact = membership.contact
    if contact is UNSET:
        contact = SchemeContact(name=scheme.contact.name, telephone=scheme.contact.telephone)
    return msgspec.structs.replace(membership, scheme_name=name, contact=contact)


def memberships_of(state: PersonState, directory: Directory) -> list[Membership]:
    """Return the active memberships with their contacts, the leading one first."""
    return [with_contact(m, directory) for m in sorted(state.active, key=lambda m: (not m.lead, m.scheme))]


def named(custody: Custody, directory: Directory) -> Custody:
    """Return the custody block with the establishment's name."""
    if custody.establishment is UNSET or custody.establishment_name is not UNSET:
        return custody
    name = directory.establishments.get(custody.establishment)
    return custody if name is None else msgspec.structs.replace(custody, establishment_name=name)


def _memberships(state: PersonState, data: Occurrence, directory: Directory) -> Any:  # noqa: ANN401 - a list or UNSET
    if data.memberships is UNSET:
        return memberships_of(state, directory) or UNSET
    known = {m.scheme: m for m in state.memberships}
    return [with_contact(_filled(m, known.get(m.scheme)), directory) for m in data.memberships]


def _filled(said: Membership, known: Membership | None) -> Membership:
    if known is None or said.contact is not UNSET or known.contact is UNSET:
        return said
    return msgspec.structs.replace(said, contact=known.contact)


def _custody(data: Occurrence, directory: Directory) -> Any:  # noqa: ANN401 - a block or UNSET
    return UNSET if data.custody is UNSET else named(data.custody, directory)


def _cases(state: PersonState, data: Occurrence) -> Any:  # noqa: ANN401 - a list or UNSET
    known = {c.reference: c for c in active_cases(state)}
    if data.cases is UNSET:
        return [_contact_only(c) for c in known.values()] or UNSET
    return [_with_officer(c, known.get(c.reference)) for c in data.cases]


def _contact_only(case: Case) -> Case:
    return Case(reference=case.reference, supervised_by=case.supervised_by, officer=case.officer)


def _with_officer(said: Case, known: Case | None) -> Case:
    if known is None or said.officer is not UNSET:
        return said
    return msgspec.structs.replace(said, officer=known.officer)


def _release(state: PersonState, data: Occurrence) -> Any:  # noqa: ANN401 - a block or UNSET
    known = state.release
    said = Release() if data.release is UNSET else data.release
    added: dict[str, Any] = {}
    if said.kind != "temporary" and said.date is UNSET and known.date is not None:
        added["date"] = known.date
    if said.area is UNSET and known.area is not None:
        added["area"] = known.area
    return msgspec.structs.replace(said, **added) if added else data.release


def _without_references(data: Occurrence) -> Any:  # noqa: ANN401 - a list or UNSET
    """Return the referrals without references: one goes back to its holder alone, and this copy has many readers."""
    if data.referrals is UNSET:
        return UNSET
    return [msgspec.structs.replace(r, reference=UNSET) for r in data.referrals]


def _of_holder(state: PersonState, data: Occurrence, relation: RelationState) -> list[Referral]:
    said = [] if data.referrals is UNSET else [r for r in data.referrals if r.holder == relation.holder]
    known = {r.kind: r for r in (*state.relations, relation) if r.holder == relation.holder}
    if not said:
        return [as_referral(relation)]
    return [_with_reference(r, known.get(r.kind)) for r in said]


def as_referral(relation: RelationState) -> Referral:
    """Return a declared relation as a referral block, with the holder's own reference."""
    block = {"holder": relation.holder, "kind": relation.kind, "state": relation.state}
    return msgspec.convert(block | ({"reference": relation.reference} if relation.reference else {}), Referral)


def _with_reference(said: Referral, known: RelationState | None) -> Referral:
    if said.reference is not UNSET or known is None or known.reference is None:
        return said
    return msgspec.structs.replace(said, reference=known.reference)
