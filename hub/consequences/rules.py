"""What follows from an event: one table of rules, each a small function of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from hub.consequences.alert import alert
from hub.consequences.endings import concern_ended
from hub.consequences.markers import remove_marker
from hub.consequences.model import Consequence, Turn
from hub.consequences.notices import notice, still_due
from hub.consequences.recall import returned
from hub.consequences.referrals import referrals_updated
from hub.consequences.unheard import unheard
from hub.directory.model import Directory
from hub.register.state import PersonState
from schemas.envelope import Envelope
from schemas.events.occurrence import Occurrence

__all__ = ["RULES", "Consequence", "consequences", "still_due", "unheard"]

RULES: tuple[Callable[[Turn], tuple[Consequence, ...]], ...] = (
    alert,
    returned,
    remove_marker,
    notice,
    referrals_updated,
    concern_ended,
)
"""Every rule, in the order in which what follows is said."""


def consequences(
    before: PersonState, after: PersonState, event: Envelope[Occurrence], now: dt.datetime, directory: Directory
) -> tuple[Consequence, ...]:
    """Return what the hub itself has to say after an event.

    ``after`` is the whole state that ``apply`` returned, before any of it is dropped.
    """
    turn = Turn(before, after, event, now, directory)
    return tuple(consequence for rule in RULES for consequence in rule(turn))
