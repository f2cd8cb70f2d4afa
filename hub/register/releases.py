"""The next release: its date, its area, who meets the person, and the day itself."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from hub.register import custody, licences
from hub.register.happening import Happening, is_late, written
from hub.register.state import PersonState
from schemas.record.custody import Release


def date_set(state: PersonState, happened: Happening) -> PersonState:
    """Take down the date; a temporary release leaves it."""
    said = _said(happened)
    if said.kind == "temporary" or said.date is UNSET:
        return _area(state, happened)
    return _area(_write(state, "release.date", happened, date=said.date), happened)


def address_changed(state: PersonState, happened: Happening) -> PersonState:
    """Take down the area; of an unknown one the last is kept apart."""
    return _area(state, happened)


def gate_meeting_arranged(state: PersonState, happened: Happening) -> PersonState:
    """Take down who is to meet the person."""
    met_by = _said(happened).met_by
    return state if met_by is UNSET else _write(state, "release.gate", happened, met_by=met_by)


def cancelled(state: PersonState, happened: Happening) -> PersonState:
    """No release is to come; where the person would have gone is still the last that is known."""
    return _date_over(state, happened)


def released(state: PersonState, happened: Happening) -> PersonState:
    """Out, by release; or, where the block says why it was none, out by that."""
    said = happened.data.custody
    because = None if said is UNSET or said.left_because is UNSET else said.left_because
    if because == "hospital":
        return custody.to_hospital(state, happened)
    after = custody.left(state, happened, because)
    if because is not None:
        return after
    after = _area(_date_over(after, happened), happened)
    return after if is_late(state, custody.GROUP, happened.time) else licences.released(after, happened)


def at_large(state: PersonState, happened: Happening) -> PersonState:
    """Wanted: so not in custody, whoever held the person."""
    wanted = licences.at_large(state, happened)
    return custody.left(wanted, happened, "absconded") if state.custody.standing == "held" else wanted


def _date_over(state: PersonState, happened: Happening) -> PersonState:
    state = _write(state, "release.gate", happened, met_by=None)
    return _write(state, "release.date", happened, date=None, noticed=None)


def _area(state: PersonState, happened: Happening) -> PersonState:
    said = _said(happened)
    unknown = said.address is not UNSET and said.address.standing == "unknown"
    if said.area is UNSET and not unknown:
        return state
    last = state.release.area or state.release.last_area
    if unknown:
        return _write(state, "release.area", happened, area=None, last_area=last)
    return _write(state, "release.area", happened, area=said.area, last_area=said.area)


def _write(state: PersonState, group: str, happened: Happening, **facts: Any) -> PersonState:  # noqa: ANN401 - fields of the release state
    if is_late(state, group, happened.time):
        return state
    return written(state, group, happened.time, release=msgspec.structs.replace(state.release, **facts))


def _said(happened: Happening) -> Release:
    return Release() if happened.data.release is UNSET else happened.data.release
