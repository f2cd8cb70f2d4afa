"""What the hub says of its own, and what it is worked out from."""

from __future__ import annotations

import datetime as dt

import msgspec

from hub.directory.model import Directory
from hub.register.state import PersonState
from schemas.envelope import Envelope
from schemas.events.occurrence import Occurrence


class Consequence(msgspec.Struct, frozen=True, kw_only=True):
    """An event that the hub itself makes."""

    kind: str
    data: Occurrence
    addressed: frozenset[str] = frozenset()
    """The recipients it is for; empty: routed like any event."""
    due: dt.datetime | None = None
    """When to say it, if not at once; ``still_due`` is asked then."""


class Turn(msgspec.Struct, frozen=True):
    """One event with what was known before and after it."""

    before: PersonState
    after: PersonState
    event: Envelope[Occurrence]
    now: dt.datetime
    directory: Directory

    @property
    def kind(self) -> str:
        """The type of the event."""
        return self.event.type

    def wrote(self, group: str) -> bool:
        """Tell whether the event wrote a group of facts that its type can write: a late one did not."""
        return self.after.stamps.get(group) == min(self.event.time, self.now)

    @property
    def schemes_gained(self) -> frozenset[str]:
        """The schemes of which the person became a member."""
        return frozenset(m.scheme for m in self.after.active) - {m.scheme for m in self.before.active}
