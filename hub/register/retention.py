"""How long what the register knows of somebody is kept, and when that time is over; pure.

A scheme's people are kept for some years from when everything about them had ended. Of people on no scheme nothing is
kept but hashes, for the period of the agreement (``minimal`` in hub/register/state.py).
"""

from __future__ import annotations

import datetime as dt

import msgspec
from msgspec import UNSET

from hub.periods import Retention
from hub.register.state import CustodyState, PersonState

YEAR = dt.timedelta(days=365.25)


def over_since(state: PersonState) -> dt.datetime | None:
    """Return the last moment of anything that was said of a person, or that ended; None while they are on a scheme.

    What nobody ended counts from when it was said last: nothing is kept for ever because nobody spoke of it.
    """
    if state.on_scheme or state.waiting or not state.stamps:
        return None
    days = [m.ended_on for m in state.memberships if m.ended_on is not UNSET]
    days += [case.ended_on for case in state.cases if case.ended_on is not UNSET]
    days += [day for day in (state.licence_ends, state.release.date) if day is not None]
    ends = [dt.datetime.combine(day, dt.time(), dt.UTC) for day in days]
    return max([*ends, *state.stamps.values()])


def erase_at(state: PersonState, retention: Retention) -> dt.datetime | None:
    """Return when a person's record is to be erased, as things stand; None while they are on a scheme."""
    since = over_since(state)
    return None if since is None else since + retention.record_years * YEAR


def released_by_law(state: PersonState, now: dt.datetime, retention: Retention) -> PersonState:
    """Return the state without a hold at a police station that no law allows for so long: nobody told of its end."""
    held = state.custody
    longest = dt.timedelta(hours=retention.station_hours)
    if held.standing != "held" or held.station is None or held.since is None or now - held.since <= longest:
        return state
    standing = "expected" if held.awaited else "unknown"
    custody = CustodyState(standing=standing, awaited=held.awaited, expected_at=held.expected_at, since=held.since)
    return msgspec.structs.replace(state, custody=custody)
