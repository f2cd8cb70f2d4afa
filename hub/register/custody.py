"""Where the person is held, and where expected: two groups of facts, so that neither undoes the other."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from hub.register.happening import Happening, is_late, written
from hub.register.licences import returned_by_reception
from hub.register.state import CustodyState, PersonState
from schemas.record.custody import Custody

GROUP = "custody"
"""Who holds the person. A late movement leaves that alone, and still ends what was expected before it."""


def detained(state: PersonState, happened: Happening) -> PersonState:
    """The police hold the person at a station; a prison that expects them goes on expecting them."""
    return _held(state, happened, establishment=None, station=_known(_said(happened).station))


def expected(state: PersonState, happened: Happening) -> PersonState:
    """A prison awaits the person, whoever holds them meanwhile."""
    now = state.custody
    coming = msgspec.structs.replace(
        now, awaited=True, expected_at=_known(_said(happened).establishment), since=_since(now, happened)
    )
    return written(state, "expected", happened.time, custody=_standing(coming, now.standing))


def received(state: PersonState, happened: Happening) -> PersonState:
    """A prison holds the person; of somebody on licence that is a recall."""
    came = transferred(state, happened)
    return came if is_late(state, GROUP, happened.time) else returned_by_reception(came, happened)


def transferred(state: PersonState, happened: Happening) -> PersonState:
    """Another prison holds the person."""
    place = _known(_said(happened).establishment) or state.custody.expected_at
    return _no_longer_expected(_held(state, happened, establishment=place, station=None), happened)


def returned(state: PersonState, happened: Happening) -> PersonState:
    """Back at the prison that holds the person: no new reception."""
    place = _known(_said(happened).establishment) or state.custody.establishment
    return _held(state, happened, establishment=place, station=None)


def to_hospital(state: PersonState, happened: Happening) -> PersonState:
    """In hospital, and in law still in custody."""
    place = _known(_said(happened).establishment) or state.custody.establishment
    return _held(state, happened, establishment=place, station=None, left_because="hospital")


def discharged(state: PersonState, happened: Happening) -> PersonState:
    """Left for court: still the prison's while expected back, else out."""
    said = _said(happened)
    if said.expected_back == "yes":
        return _held(state, happened, establishment=state.custody.establishment, station=None, at_court=True)
    if said.left_because == "hospital":
        return to_hospital(state, happened)
    return left(state, happened, _known(said.left_because) or "discharged-at-court")


def died(state: PersonState, happened: Happening) -> PersonState:
    """The person died in custody."""
    return left(state, happened, "died")


def deported(state: PersonState, happened: Happening) -> PersonState:
    """The person was removed from the country."""
    return left(state, happened, "deported")


def left(state: PersonState, happened: Happening, because: str | None) -> PersonState:
    """Return the state of somebody who is out of custody, with the reason where it was no release."""
    return _no_longer_expected(_written(state, happened, "out", left_because=because), happened)


def _held(state: PersonState, happened: Happening, **place: Any) -> PersonState:  # noqa: ANN401 - fields of the custody state
    state = _written(state, happened, "held", **place)
    return written(state, "at-large", happened.time, at_large_area=None)


def _written(state: PersonState, happened: Happening, hold: str, **facts: Any) -> PersonState:  # noqa: ANN401 - the same
    now = state.custody
    custody = CustodyState(since=happened.time, awaited=now.awaited, expected_at=now.expected_at, **facts)
    return written(state, GROUP, happened.time, custody=_standing(custody, hold))


def _no_longer_expected(state: PersonState, happened: Happening) -> PersonState:
    if is_late(state, "expected", happened.time):
        return state
    hold = "held" if state.custody.standing == "held" else "out"
    custody = msgspec.structs.replace(state.custody, awaited=False, expected_at=None)
    return written(state, "expected", happened.time, custody=_standing(custody, hold))


def _standing(custody: CustodyState, hold: str) -> CustodyState:
    standing = "expected" if custody.awaited and hold != "held" else hold
    return msgspec.structs.replace(custody, standing=standing)


def _since(now: CustodyState, happened: Happening) -> Any:  # noqa: ANN401 - a moment
    return now.since if now.standing == "held" else happened.time


def _said(happened: Happening) -> Custody:
    return Custody(in_custody=False) if happened.data.custody is UNSET else happened.data.custody


def _known(value: Any) -> Any:  # noqa: ANN401 - a word or UNSET
    return None if value is UNSET else value
