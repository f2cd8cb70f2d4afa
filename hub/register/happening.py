"""One event as the register sees it, and the guard against late ones.

Facts fall into groups; each group remembers when the event that wrote it happened. What is
older than that is late: it is recorded elsewhere and does not move the register backwards.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from hub.register.state import PersonState
from schemas.events.occurrence import Occurrence


class Happening(msgspec.Struct, frozen=True):
    """What happened, and when: never later than the hub took it, so that a wrong clock cannot bar what follows."""

    kind: str
    data: Occurrence
    time: dt.datetime

    @property
    def day(self) -> dt.date:
        """The day on which it happened."""
        return self.time.date()


def is_late(state: PersonState, group: str, time: dt.datetime) -> bool:
    """Tell whether the group was written by an event that happened later."""
    known = state.stamps.get(group)
    return known is not None and time < known


def written(state: PersonState, group: str, time: dt.datetime, **facts: Any) -> PersonState:  # noqa: ANN401 - fields of the state
    """Return the state with a group's facts written, or the same state when the event is late."""
    if is_late(state, group, time):
        return state
    return msgspec.structs.replace(state, **facts, stamps={**state.stamps, group: time})
