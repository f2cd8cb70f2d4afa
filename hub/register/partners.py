"""What partners declare: relations, risk, consent, youth, restriction, courts' orders, markers."""

from __future__ import annotations

import datetime as dt

import msgspec
from msgspec import UNSET

from hub.register.happening import Happening, is_late, written
from hub.register.particulars import known_name
from hub.register.state import ENDED, KnownName, PersonState, RelationState
from schemas.events.occurrence import Merge, Restriction, Youth
from schemas.record.need import PublicProtection, Referral
from schemas.record.scheme import MarkerConfirmation

HIGH = frozenset({"high", "very-high"})
CHILD_WORDS = ("lives", "stays", "none", "unknown")
"""The words for a child at the address, from the one that matters most."""


def referral_changed(state: PersonState, happened: Happening) -> PersonState:
    """Take down the relations that the event declares."""
    referrals = () if happened.data.referrals is UNSET else happened.data.referrals
    for referral in referrals:
        state = _declared(state, happened, referral)
    return state


def risk_assessed(state: PersonState, happened: Happening) -> PersonState:
    """Take down the level, and whether it was high before."""
    risk = happened.data.risk
    if risk is UNSET or risk.level is UNSET:
        return state
    before = state.risk if risk.previous_level is UNSET else risk.previous_level
    return written(state, "risk", happened.time, risk=risk.level, was_high=state.was_high or before in HIGH)


def public_protection_set(state: PersonState, happened: Happening) -> PersonState:
    """Take down the level at which the person is managed to protect the public, or that they are not any more."""
    said = getattr(happened.data, "public_protection", None)
    if not isinstance(said, PublicProtection):
        return state
    return written(state, "mappa", happened.time, mappa="none" if said.ended else said.level)


def consent_changed(state: PersonState, happened: Happening) -> PersonState:
    """Take down whether health facts may be shared."""
    health = happened.data.health
    if health is UNSET or health.consent is UNSET:
        return state
    return written(state, "consent", happened.time, consent=health.consent)


def youth_involved(state: PersonState, happened: Happening) -> PersonState:
    """Take down how the youth offending team stands to the case."""
    youth = getattr(happened.data, "youth", None)
    if not isinstance(youth, Youth):
        return state
    return written(
        state, "youth", happened.time, yot=youth.yot, yot_agreed=youth.voluntary_agreed, handover=youth.handover
    )


def record_restricted(state: PersonState, happened: Happening) -> PersonState:
    """Take down whether only named staff may see the record."""
    restriction = getattr(happened.data, "restriction", None)
    if not isinstance(restriction, Restriction):
        return state
    return written(state, "restricted", happened.time, restricted="yes" if restriction.restricted else "no")


def order_enforced(state: PersonState, happened: Happening) -> PersonState:
    """Take down which courts made orders that are in force."""
    breach, progress = happened.data.breach, happened.data.order_progress
    courts = set() if progress is UNSET else {progress.court}
    if breach is not UNSET and breach.pack is not UNSET:
        courts.add(breach.pack.court)
    return msgspec.structs.replace(state, order_courts=state.order_courts | courts) if courts else state


def marker_confirmed(state: PersonState, happened: Happening) -> PersonState:
    """Take down each holder's last word on the marker; one that removed it holds it no more.

    To say that it is set makes nobody a holder: what a holder is told later would tell somebody who only guessed.
    """
    said = () if happened.data.marker_confirmations is UNSET else happened.data.marker_confirmations
    for confirmation in said:
        state = _confirmed(state, happened, confirmation)
    return state


def child_known(state: PersonState, happened: Happening) -> PersonState:
    """Take down whether a child lives or stays at the address: any event may say so."""
    children = happened.data.children
    if children is UNSET or not children:
        return state
    return written(state, "child", happened.time, child=min((c.at_address for c in children), key=CHILD_WORDS.index))


def safety_known(state: PersonState, happened: Happening) -> PersonState:
    """Take down the markers for immediate safety: any event may say them, a release ends them."""
    if happened.kind == "release.released":
        return written(state, "safety", happened.time, immediate_safety=())
    health = happened.data.health
    if health is UNSET or health.immediate_safety is UNSET:
        return state
    return written(state, "safety", happened.time, immediate_safety=tuple(health.immediate_safety))


def merged(state: PersonState, happened: Happening) -> PersonState:
    """Both references are the person's; the rest is done by ``hub.register.merging``."""
    merge = getattr(happened.data, "merge", None)
    if not isinstance(merge, Merge):
        return state
    both = {*state.identifiers, merge.kept, merge.removed}
    return msgspec.structs.replace(state, identifiers=tuple(sorted(both, key=lambda i: (i.kind, i.value))))


def _declared(state: PersonState, happened: Happening, referral: Referral) -> PersonState:
    group = f"relation:{referral.holder}:{referral.kind}"
    if is_late(state, group, happened.time):
        return state
    subject = happened.data.subject
    found = next((r for r in state.relations if (r.holder, r.kind) == (referral.holder, referral.kind)), None)
    if referral.state == "accepted" and (found is None or found.state in ENDED):
        return state  # an answer to what nobody asked: it must not open what only a referrer can
    name = known_name(subject.surname, subject.forename, subject.date_of_birth)
    ended = referral.state in ENDED
    relation = RelationState(
        holder=referral.holder,
        kind=referral.kind,
        state=referral.state,
        reference=None if ended else _reference(found, referral),
        name=KnownName() if ended else _fuller(name, found),
        since=happened.time,
    )
    return written(state, group, happened.time, relations=replaced(state.relations, relation))


def replaced(relations: tuple[RelationState, ...], relation: RelationState) -> tuple[RelationState, ...]:
    """Return the relations with one put in the place of the former, in a fixed order."""
    others = [r for r in relations if (r.holder, r.kind) != (relation.holder, relation.kind)]
    return tuple(sorted([*others, relation], key=lambda r: (r.holder, r.kind)))


def _reference(found: RelationState | None, referral: Referral) -> str | None:
    return referral.reference if referral.reference is not UNSET else found.reference if found else None


def _fuller(name: KnownName, found: RelationState | None) -> KnownName:
    if found is None:
        return name
    before = found.name
    return KnownName(
        name.surname or before.surname, name.forename or before.forename, name.date_of_birth or before.date_of_birth
    )


def _confirmed(state: PersonState, happened: Happening, said: MarkerConfirmation) -> PersonState:
    time = min(said.at if said.at.tzinfo else said.at.replace(tzinfo=dt.UTC), happened.time)
    others = [c for c in state.confirmations if c.holder != said.holder]
    confirmations = tuple(sorted([*others, said], key=lambda c: c.holder))
    removed = said.state == "removed"
    holders = state.marker_holders - {said.holder} if removed else state.marker_holders
    return written(state, f"marker:{said.holder}", time, confirmations=confirmations, marker_holders=holders)
