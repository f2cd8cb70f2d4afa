"""The notice of a release: 28 days before, or at once when the date is nearer or a notice was given."""

from __future__ import annotations

import datetime as dt
from typing import Any

from msgspec import UNSET

from hub.consequences.model import Consequence, Turn
from hub.register.enrich import memberships_of, subject_of
from hub.register.owed import notice_due, notice_given
from hub.register.state import PersonState
from schemas.events.release_dates import Notice
from schemas.record.custody import Release
from schemas.record.person import Person

NO_RELEASE = frozenset({"died", "deported", "absconded"})


def notice(turn: Turn) -> tuple[Consequence, ...]:
    """Give or plan the notice of a date; tell at once of a change, or that nothing comes of it, after a notice."""
    before, after = turn.before.release, turn.after.release
    if turn.kind == "release.released" or not turn.after.on_scheme:
        return ()
    given = notice_given(turn.before, turn.now)
    if after.date is None:
        return _notice(turn, previous=given, due=None) if given is not None else ()
    moved = before.date != after.date or (before.area or before.last_area) != (after.area or after.last_area)
    if not (moved or turn.schemes_gained) or after.date < turn.now.date() or _leaves_otherwise(turn.after):
        return ()
    planned = None if given is not None else notice_due(after.date)
    due = planned if planned is not None and planned > turn.now else None
    return _notice(turn, previous=given if given != after.date else None, due=due)


def still_due(state: PersonState, consequence: Consequence) -> bool:
    """Tell whether something planned is still to be said: date and area stand, and the person is on a scheme."""
    if consequence.kind != "release.notice":
        return True
    planned = consequence.data.release
    if planned is UNSET or not state.on_scheme or _leaves_otherwise(state):
        return False
    return planned.date == state.release.date and planned.area == _said(state.release.area or state.release.last_area)


def _leaves_otherwise(state: PersonState) -> bool:
    """Tell whether the person has left custody by what is no release, so that none comes."""
    return state.custody.left_because in NO_RELEASE


def _notice(turn: Turn, *, previous: dt.date | None, due: dt.datetime | None) -> tuple[Consequence, ...]:
    known = turn.after.release
    said = turn.event.data.release
    release = Release(
        date=_said(known.date),
        previous_date=_said(previous),
        area=_said(known.area or known.last_area),
        kind=UNSET if said is UNSET or due is not None else said.kind,
    )
    data = Notice(
        subject=subject_of(turn.after, Person()),
        memberships=memberships_of(turn.after, turn.directory),
        release=release,
    )
    return (Consequence(kind="release.notice", data=data, due=due),)


def _said(value: Any) -> Any:  # noqa: ANN401 - a value, or UNSET for None
    return UNSET if value is None else value
