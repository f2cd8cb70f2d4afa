"""What the path needs besides the event: the directory, the agreements in force, the seal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from hub.directory.model import Directory
from hub.errors import UnfitVersion
from hub.ledger.upkeep import Upkeep
from hub.periods import Retention
from hub.policy.decide import Policy
from hub.policy.load import load_published
from hub.policy.model import Agreement
from hub.policy.project import Views
from hub.policy.versions import History, Term, edges
from hub.sealing import Sealer
from hub.store.port import Published
from schemas.labels import Role

HUB_SOURCE = "https://hub.offender-hub.example"
"""The CloudEvents source of copies, and of what the hub itself tells."""


class InForce(msgspec.Struct, frozen=True):
    """Agreements that are in force together, ready to decide."""

    policy: Policy
    views: Views
    requires: frozenset[tuple[str, Role]]
    unscheme_days: int
    sentences: Mapping[str, str]
    """What each word of a purpose, gateway or obligation says."""


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force at a moment, and for how long that stands."""

    in_force: InForce
    source: Literal["files", "published"]
    generation: int
    """The number of the last step that was known."""
    since: dt.datetime | None
    until: dt.datetime | None
    """Between these two moments nothing else is in force, as far as published versions go."""


class Shelf:
    """All agreements known; gives those in force at a moment. None in force means that nothing is given.

    Those of the hub's files, until the first published version comes into force; from then on published ones alone.
    """

    def __init__(self, agreements: Sequence[Agreement]) -> None:
        """Keep the agreements of the files."""
        self.agreements = tuple(agreements)
        self._kept: dict[tuple[str, ...], InForce] = {}
        self._read: dict[str, Agreement] = {}
        self._history: History | None = None

    def apart(self) -> Shelf:
        """Return a shelf for another store: it shares what was compiled, and knows of no published version."""
        shelf = Shelf(self.agreements)
        shelf._kept = self._kept
        return shelf

    def forget(self) -> None:
        """Ask anew which steps were taken, the next time that something is to be decided."""
        self._history = None

    def refresh(self, published: Published, moment: dt.datetime) -> list[Term]:
        """Look again which steps were taken, and read what is in force or is to be; return what does not fit its name.

        Raises:
            StoreUnavailable: nothing is known.
        """
        history = self._history = History(published.steps())
        unfit = []
        for term in history.terms:
            if term.version and (term.since > moment or history.term(term.name, moment) is term):
                try:
                    self.version(term.name, term.version, published)
                except UnfitVersion:
                    unfit.append(term)
        return unfit

    def history(self, published: Published) -> History:
        """Return the steps as far as they are known here.

        Raises:
            StoreUnavailable: none were known yet, and they cannot be asked for.
        """
        if self._history is None:
            self._history = History(published.steps())
        return self._history

    def at(self, moment: dt.datetime, published: Published) -> Current:
        """Return what is in force at a moment, compiled once for each combination of versions.

        Raises:
            StoreUnavailable: it is not known.
            UnfitVersion: a published version does not fit its name.
        """
        history, day = self.history(published), moment.date()
        if history.begins is None or moment < history.begins:
            return Current(
                in_force=self._compiled([a for a in self.agreements if a.in_force(day)]),
                source="files",
                generation=history.generation,
                since=None,
                until=history.begins,
            )
        known = [self.version(name, version, published) for name, version in history.in_force(moment).items()]
        moments = [term.since for term in history.terms] + edges(day for a in known for day in (a.agreed, a.ends))
        return Current(
            in_force=self._compiled([a for a in known if a.in_force(day)]),
            source="published",
            generation=history.generation,
            since=max(each for each in moments if each <= moment),
            until=min((each for each in moments if each > moment), default=None),
        )

    def version(self, name: str, version: str, published: Published) -> Agreement:
        """Return a published version of an agreement; its text is compared with its hash as it is read.

        Raises:
            StoreUnavailable: it cannot be read.
            UnfitVersion: it is not there, or does not fit its name.
        """
        if version not in self._read:
            self._read[version] = load_published(name, version, published.document(version) or b"")
        return self._read[version]

    def _compiled(self, current: Sequence[Agreement]) -> InForce:
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
    upkeep: Upkeep = msgspec.field(default_factory=Upkeep)
    retention: Retention = Retention()
    """How long what is kept is kept."""
