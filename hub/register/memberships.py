"""Memberships of schemes: several at once, of which one leads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from hub.register.happening import Happening, is_late
from hub.register.state import PersonState
from schemas.record.scheme import Membership

Stamps = Mapping[str, dt.datetime]
LISTING = "memberships"
"""When all memberships were last listed together; what it left out has ended."""


def adopted(state: PersonState, happened: Happening) -> PersonState:
    """Take on, or take on again."""
    for membership in _said(happened):
        state = _told(state, happened, membership, begins=True)
        state = _stamped(state, f"adopted:{membership.scheme}", happened.time)
        if membership.lead and not is_late(state, "lead", happened.time):
            state = _claiming(state, membership.scheme)
    return one_leads(state)


def changed(state: PersonState, happened: Happening) -> PersonState:
    """Take down what is said of memberships; one that has ended stays so."""
    for membership in _said(happened):
        state = _told(state, happened, membership, begins=False)
    return one_leads(state)


def moved(state: PersonState, happened: Happening) -> PersonState:
    """All memberships are listed, one leads: what is left out has ended."""
    if is_late(state, LISTING, happened.time):
        return state
    said = _said(happened)
    active = {m.scheme for m in state.active}
    for membership in said:
        begins = membership.ended_on is UNSET
        state = _told(state, happened, membership, begins=begins)
        if begins and membership.scheme not in active:
            state = _stamped(state, f"adopted:{membership.scheme}", happened.time)
    listed = {m.scheme for m in said}
    for membership in state.active:
        if membership.scheme not in listed and not is_late(state, f"membership:{membership.scheme}", happened.time):
            state = _told(state, happened, _ended(membership, happened.day, "moved"), begins=False)
    state = _stamped(state, LISTING, happened.time)
    return _led_by(state, [m.scheme for m in said if m.lead and m.ended_on is UNSET], happened.time)


def deselected(state: PersonState, happened: Happening) -> PersonState:
    """End the memberships that are listed; when none is left, the person is on no scheme."""
    for membership in _said(happened):
        state = _told(state, happened, _ended(membership, happened.day, None), begins=False)
    return one_leads(state)


def one_leads(state: PersonState) -> PersonState:
    """Return the state with exactly one leading membership: the earliest adopted, where several claim it."""
    claiming = [m for m in state.active if m.lead] or list(state.active)
    if not claiming:
        return state
    leading = min(claiming, key=lambda m: (_adopted(state.stamps, m), m.scheme)).scheme
    return _with(
        state, [_leading(m, leads=m.scheme == leading) if m.ended_on is UNSET else m for m in state.memberships]
    )


def _said(happened: Happening) -> list[Membership]:
    return [] if happened.data.memberships is UNSET else happened.data.memberships


def _told(state: PersonState, happened: Happening, said: Membership, *, begins: bool) -> PersonState:
    """Return the state with one membership as said; a late word only fills what is not known."""
    group = f"membership:{said.scheme}"
    present = next((m for m in state.memberships if m.scheme == said.scheme), None)
    late = is_late(state, group, happened.time)
    if late or (present is None and is_late(state, LISTING, happened.time)):
        return _replaced(state, laid_over(_without_end(said), present)) if present else state
    result = laid_over(present, said) if present else said
    if begins:
        result = msgspec.structs.replace(result, ended_on=said.ended_on, end_reason=said.end_reason)
    elif present and happened.kind != "ppo.membership-moved":
        result = _leading(result, leads=present.lead)
    return _stamped(_replaced(state, result), group, happened.time)


def laid_over(older: Membership, newer: Membership) -> Membership:
    """Return the newer membership with what it leaves unsaid taken from the older."""
    said = {f: v for f in Membership.__struct_fields__ if (v := getattr(newer, f)) is not UNSET}
    return msgspec.structs.replace(older, **said)


def _led_by(state: PersonState, leading: list[str], time: dt.datetime) -> PersonState:
    if not leading or is_late(state, "lead", time):
        return one_leads(state)
    led = [_leading(m, leads=m.scheme == leading[0]) if m.ended_on is UNSET else m for m in state.memberships]
    return one_leads(_stamped(_with(state, led), "lead", time))


def _claiming(state: PersonState, scheme: str) -> PersonState:
    """Return the state with a claim to lead, which counts by when the scheme adopted, however late it is known."""
    return _with(state, [_leading(m, leads=m.lead or m.scheme == scheme) for m in state.memberships])


def _adopted(stamps: Stamps, membership: Membership) -> dt.datetime:
    return stamps.get(f"adopted:{membership.scheme}", dt.datetime.max.replace(tzinfo=dt.UTC))


def _ended(membership: Membership, on: dt.date, reason: str | None) -> Membership:
    ended = on if membership.ended_on is UNSET else membership.ended_on
    why = reason if reason and membership.end_reason is UNSET else membership.end_reason
    return msgspec.structs.replace(membership, ended_on=ended, end_reason=why)


def _without_end(membership: Membership) -> Membership:
    return msgspec.structs.replace(membership, ended_on=UNSET, end_reason=UNSET)


def _leading(membership: Membership, *, leads: bool) -> Membership:
    return membership if membership.lead == leads else msgspec.structs.replace(membership, lead=leads)


def _replaced(state: PersonState, membership: Membership) -> PersonState:
    return _with(state, [*(m for m in state.memberships if m.scheme != membership.scheme), membership])


def _with(state: PersonState, memberships: list[Membership]) -> PersonState:
    return msgspec.structs.replace(state, memberships=tuple(sorted(memberships, key=lambda m: m.scheme)))


def _stamped(state: PersonState, group: str, time: dt.datetime) -> PersonState:
    return (
        state if is_late(state, group, time) else msgspec.structs.replace(state, stamps={**state.stamps, group: time})
    )
