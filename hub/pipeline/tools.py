"""What the path needs besides the event: the directory, the agreements in force, the seal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from hub.directory.model import Directory
from hub.policy.decide import Policy
from hub.policy.model import Agreement
from hub.policy.project import Views
from hub.sealing import Sealer
from schemas.labels import Role

HUB_SOURCE = "https://hub.offender-hub.example"
"""The CloudEvents source of copies, and of what the hub itself tells."""


class InForce(msgspec.Struct, frozen=True):
    """The agreements in force on a day, ready to decide."""

    policy: Policy
    views: Views
    requires: frozenset[tuple[str, Role]]
    unscheme_days: int
    sentences: Mapping[str, str]
    """What each word of a purpose, gateway or obligation says."""


class Shelf:
    """All agreements known; gives those in force on a day. None in force means that nothing is given."""

    def __init__(self, agreements: Sequence[Agreement]) -> None:
        """Keep the agreements."""
        self.agreements = tuple(agreements)
        self._kept: dict[tuple[str, ...], InForce] = {}
        self._last: tuple[dt.date, InForce] | None = None

    def at(self, day: dt.date) -> InForce:
        """Return the agreements in force on a day, compiled once for each combination."""
        last = self._last
        if last is None or last[0] != day:
            last = self._last = (day, self._on(day))
        return last[1]

    def _on(self, day: dt.date) -> InForce:
        current = [a for a in self.agreements if a.in_force(day)]
        key = tuple(a.version for a in current)
        found = self._kept.get(key)
        if found is None:
            requires = frozenset(pair for a in current for pair in a.requires)
            days = min((a.unscheme_days for a in current), default=0)
            sentences = {
                word: text
                for a in current
                for words in (a.purposes, a.gateways, a.obligations)
                for word, text in words.items()
            }
            found = self._kept[key] = InForce(Policy(current), Views(), requires, days, sentences)
        return found


class Tools(msgspec.Struct, frozen=True):
    """What the path needs besides the event."""

    directory: Directory
    shelf: Shelf
    sealer: Sealer
