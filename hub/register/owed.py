"""What the hub owes by the facts alone: alerts for scheme and place, and notice of a release.

It is kept with the state and not asked of the deliveries, so that whatever brings the facts
together (an event, an adoption, two records becoming one) owes the same.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from hub.register.state import PersonState

DAYS_BEFORE = 28
AT = dt.time(6, 0, tzinfo=dt.UTC)
"""The hour, in UTC, at which a notice that was waiting is given."""


def settled(before: PersonState, after: PersonState, at: dt.datetime) -> PersonState:
    """Return the state after an event, with what is owed by then."""
    noticed = _noticed(before, after, at)
    release = after.release
    if release.noticed != noticed:
        release = msgspec.structs.replace(release, noticed=noticed)
    return msgspec.structs.replace(after, alerted=alerts(after), release=release)


def alerts(state: PersonState) -> frozenset[str]:
    """Return each scheme with each place in whose hands the person is, or soon will be."""
    custody = state.custody
    hands = [f"expected at {custody.expected_at}"] if custody.awaited else []
    if custody.standing == "held":
        hands.append(f"held at {custody.establishment or custody.station}")
    return frozenset(f"{m.scheme}: {place}" for m in state.active for place in hands)


def notice_due(date: dt.date) -> dt.datetime:
    """Return when notice of a release is due."""
    return dt.datetime.combine(date - dt.timedelta(days=DAYS_BEFORE), AT)


def notice_given(state: PersonState, now: dt.datetime) -> dt.date | None:
    """Return the date of which notice was given by now, if any."""
    date = state.release.date
    if state.release.noticed is not None or date is None or not state.on_scheme:
        return state.release.noticed
    return date if notice_due(date) <= now else None


def _noticed(before: PersonState, after: PersonState, at: dt.datetime) -> dt.date | None:
    """A change after a notice is told at once, so its date is noticed as well, however far off."""
    date = after.release.date
    if date is None or not after.on_scheme:
        return None
    return date if notice_given(before, at) is not None or notice_due(date) <= at else None
