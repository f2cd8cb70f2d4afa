"""Whoever holds the marker is asked to remove it when the last membership ends."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from hub.consequences.model import Consequence, Turn
from hub.register.enrich import subject_of
from schemas.events.ppo_adoption import RemoveMarker


def remove_marker(turn: Turn) -> tuple[Consequence, ...]:
    """Ask each holder, when the person is on no scheme any more.

    A death asks nobody: it is told as itself, and the scheme that then de-selects asks the holders.
    """
    if not turn.before.on_scheme or turn.after.on_scheme:
        return ()
    holders = turn.after.marker_holders
    if not holders:
        return ()
    ended = [
        msgspec.structs.replace(m, end_reason=UNSET, partners=UNSET, strands=UNSET, contact=UNSET)
        for m in turn.after.memberships
    ]
    data = RemoveMarker(subject=subject_of(turn.after, turn.event.data.subject), memberships=ended or UNSET)
    return (Consequence(kind="ppo.remove-marker", data=data, addressed=holders),)
