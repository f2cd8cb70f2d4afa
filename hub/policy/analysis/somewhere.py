"""Whether something changes in any case at all, without asking in which: that is far less to work out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.policy.analysis.part import Grant
from hub.policy.analysis.regions import EVERYWHERE, NOWHERE, TooMuch
from hub.policy.analysis.sheet import Sheet
from hub.policy.analysis.shifts import Comparison, Found, Place, Shift
from schemas.catalogue import EventType
from schemas.labels import Category, Role

_Met = tuple[Shift, int | None]
"""A shift of which there is a case, and the form of leaf that it is about, if it is about one."""


class Somewhere:
    """Finds what changes in some case of messages, of the status and of leaves; terms are not compared."""

    def __init__(self, comparison: Comparison) -> None:
        """Take what compares two readings."""
        self._comparison, self._desk, self._regions = comparison, comparison.desk, comparison.desk.regions
        self._grants: dict[tuple[Sheet, Sheet], dict[int, tuple[Grant, Grant]]] = {}
        self._apart: dict[tuple[Grant, Grant], list[tuple[Shift, int]]] = {}
        self._met: dict[tuple[Grant | int, ...], tuple[Shift, ...]] = {}
        self.left_out: list[tuple[Role, str]] = []
        """For whom and about what it takes more steps than are allowed to tell whether anything changes."""

    def found(self) -> Iterator[Found]:
        """Yield everything that changes, for each role and event type, or note that it is left out."""
        kept: dict[object, tuple[_Met, ...]] = {}
        for role in Role:
            for kind, event in self._desk.forms.catalogue.items():
                old, new = (each.spoken(role, kind) for each in (self._comparison.old, self._comparison.new))
                if old == new:
                    continue
                key = (old, new, event.topic, event.alike, self._desk.forms.of(kind))
                try:
                    if key not in kept:
                        kept[key] = tuple(self._between(self._desk.sheet(old), self._desk.sheet(new), event))
                except TooMuch:
                    self.left_out.append((role, kind))
                else:
                    yield from (Found(shift, Place(role, kind, form), None) for shift, form in kept[key])

    def _between(self, old: Sheet, new: Sheet, event: EventType) -> Iterator[_Met]:
        """Yield what changes about one event type from one sheet to another."""
        before, after = old.present(event), new.present(event)
        yield from self._told("message", before, after)
        yield from self._told("status", old.knows(Category.MARKER), new.knows(Category.MARKER))
        messages = (
            self._regions.without(after, before),
            self._regions.without(before, after),
            self._regions.both(before, after),
        )
        grants = self._grants.setdefault((old, new), {}) if old.one and new.one else {}
        for form in self._desk.forms.of(event.name):
            pair = grants.get(form)
            if pair is None:
                pair = grants[form] = old.grant(event, form), new.grant(event, form)
            key = (*pair, *messages)
            shifts = self._met.get(key)
            if shifts is None:
                shifts = self._met[key] = tuple(self._leaf(*pair, messages))
            yield from [(shift, form) for shift in shifts]

    def _told(self, what: str, before: int, after: int) -> Iterator[_Met]:
        if not self._regions.within(after, before):
            yield Shift(what, None, ""), None
        if not self._regions.within(before, after):
            yield Shift(what, "", None), None

    def _leaf(self, was: Grant, becomes: Grant, messages: tuple[int, int, int]) -> Iterator[Shift]:
        meet, (begun, ended, kept) = self._regions.meet, messages
        yield from (Shift("leaf", None, way, "new") for way, given in becomes.ways.items() if meet(begun, given))
        yield from (Shift("leaf", way, None, "ended") for way, given in was.ways.items() if meet(ended, given))
        if was is not becomes and kept != NOWHERE:
            yield from (shift for shift, region in self._differing(was, becomes) if meet(kept, region))

    def _differing(self, was: Grant, becomes: Grant) -> list[tuple[Shift, int]]:
        """Return where a leaf is given otherwise, message or none: the same for every event type."""
        found = self._apart.get((was, becomes))
        if found is None:
            found = self._apart[was, becomes] = [
                (Shift("leaf", before, after), region)
                for before, one in self._and_none(was)
                for after, other in self._and_none(becomes)
                if before != after and (region := self._regions.both(one, other)) != NOWHERE
            ]
        return found

    def _and_none(self, grant: Grant) -> Sequence[tuple[str | None, int]]:
        return [*grant.ways.items(), (None, self._regions.without(EVERYWHERE, grant.given))]
