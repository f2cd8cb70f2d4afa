"""What changes between two readings, for one role and event type, over every case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from hub.policy.analysis.part import Grant, Term
from hub.policy.analysis.reading import Reading, Spoken
from hub.policy.analysis.regions import EVERYWHERE, NOWHERE
from hub.policy.analysis.sheet import Sheet
from schemas.catalogue import EventType
from schemas.labels import Category, Role


class Shift(msgspec.Struct, frozen=True):
    """One way in which something changes."""

    what: str
    """``message``: whether there is one; ``status``: whether it may be known; ``leaf``: how it is given; ``terms``."""
    before: str | None = None
    """How it was given: a transform, empty where as it is, None where not at all."""
    after: str | None = None
    among: str = "kept"
    """Of leaves: in messages that are ``new``, ``ended``, or that they had before and have still."""
    added: tuple[Term, ...] = ()
    dropped: tuple[Term, ...] = ()


class Where(msgspec.Struct, frozen=True):
    """Where something changes, of all that it could change in: outside of that it makes no difference."""

    region: int
    within: int


class Place(msgspec.Struct, frozen=True):
    """For whom and in what: a role, an event type, and a form of leaf or none."""

    role: Role
    kind: str
    form: int | None = None


class Found(msgspec.Struct, frozen=True):
    """One shift, in one place, somewhere."""

    shift: Shift
    place: Place
    where: Where | None
    """None where it was not asked in which cases: there is one."""


_Raw = tuple[Shift, int | None, Where]
_MESSAGES = Shift("message", None, ""), Shift("message", "", None)


class Comparison:
    """Two readings at one desk, of which only what differs is looked at."""

    def __init__(self, old: Reading, new: Reading) -> None:
        """Take two readings that share a desk."""
        self.old, self.new, self.desk = old, new, old.desk
        self._regions = old.desk.regions
        self._heard: dict[Role, frozenset[str]] = {}
        self._kept: dict[tuple[Spoken, Spoken, Category, bool, tuple[int, ...]], tuple[_Raw, ...]] = {}

    def found(self) -> Iterator[Found]:
        """Yield everything that changes, for each role and event type."""
        for role in Role:
            for kind, event in self.desk.forms.catalogue.items():
                for shift, form, where in self._for(role, event):
                    yield Found(shift, Place(role, kind, form), where)

    def heard(self, role: Role) -> frozenset[str]:
        """Return the event types of which a role somewhere gets a message, before and after."""
        found = self._heard.get(role)
        if found is None:
            found = self._heard[role] = frozenset(
                kind for kind, event in self.desk.forms.catalogue.items() if self._stays(role, event)
            )
        return found

    def _stays(self, role: Role, event: EventType) -> bool:
        before, after = (reading.sheet(role, event.name).present(event) for reading in (self.old, self.new))
        return self._regions.meet(before, after)

    def _for(self, role: Role, event: EventType) -> tuple[_Raw, ...]:
        old, new = self.old.spoken(role, event.name), self.new.spoken(role, event.name)
        if old == new:
            return ()
        key = (old, new, event.topic, event.alike, self.desk.forms.of(event.name))
        found = self._kept.get(key)
        if found is None:
            touched = self.desk.touched({*old} ^ {*new})
            found = self._kept[key] = tuple(self.between(self.desk.sheet(old), self.desk.sheet(new), event, touched))
        return found

    def between(
        self, old: Sheet, new: Sheet, event: EventType, touched: frozenset[int] | None = None
    ) -> Iterator[_Raw]:
        """Yield what changes about one event type from one sheet to another.

        Of leaves of which nothing that differs speaks both say the same: ``touched`` are the others, if it is known.
        """
        before, after = old.present(event), new.present(event)
        begun, ended = self._regions.without(after, before), self._regions.without(before, after)
        for shift, region in zip(_MESSAGES, (begun, ended), strict=True):
            if region != NOWHERE:
                yield shift, None, Where(region, EVERYWHERE)
        yield from self._status(old.knows(Category.MARKER), new.knows(Category.MARKER))
        kept = self._regions.both(before, after)
        all_of_it = begun != NOWHERE or ended != NOWHERE or not (old.one and new.one)
        for form in self.desk.forms.of(event.name):
            if touched is not None and not all_of_it and form not in touched:
                continue
            was, becomes = old.grant(event, form), new.grant(event, form)
            yield from ((shift, form, where) for shift, where in self._leaf(was, becomes, (begun, ended, kept)))

    def region(self, shift: Shift, place: Place) -> int:
        """Return where one shift is in one place; nowhere where it is in no case."""
        event = self.desk.forms.catalogue[place.kind]
        old, new = (reading.sheet(place.role, place.kind) for reading in (self.old, self.new))
        before, after = old.present(event), new.present(event)
        messages = self._regions.without(after, before), self._regions.without(before, after)
        found: Iterable[tuple[Shift, int]] = zip(_MESSAGES, messages, strict=True)
        if shift.what == "status":
            found = ((s, w.region) for s, _, w in self._status(*(sheet.knows(Category.MARKER) for sheet in (old, new))))
        elif place.form is not None:
            grants = old.grant(event, place.form), new.grant(event, place.form)
            kept = self._regions.both(before, after)
            found = ((each, where.region) for each, where in self._leaf(*grants, (*messages, kept)))
        return next((region for each, region in found if each == shift), NOWHERE)

    def _status(self, before: int, after: int) -> Iterator[_Raw]:
        for region, shift in (
            (self._regions.without(after, before), Shift("status", None, "")),
            (self._regions.without(before, after), Shift("status", "", None)),
        ):
            if region != NOWHERE:
                yield shift, None, Where(region, EVERYWHERE)

    def _leaf(self, was: Grant, becomes: Grant, messages: tuple[int, int, int]) -> Iterator[tuple[Shift, Where]]:
        """Yield what changes about a leaf in the messages that begin, that end, and that stay."""
        begun, ended, kept = messages
        if begun != NOWHERE:
            yield from self._of_messages(begun, becomes, "new")
        if ended != NOWHERE:
            yield from self._of_messages(ended, was, "ended")
        if was is not becomes:
            yield from self._kept_leaf(was, becomes, kept)

    def _of_messages(self, messages: int, grant: Grant, among: str) -> Iterator[tuple[Shift, Where]]:
        """Yield the leaves that messages have which are new, or which had those that ended."""
        for way, given in grant.ways.items():
            region = self._regions.both(messages, given)
            if region != NOWHERE:
                before, after = (None, way) if among == "new" else (way, None)
                yield Shift("leaf", before, after, among), Where(region, messages)

    def _kept_leaf(self, was: Grant, becomes: Grant, kept: int) -> Iterator[tuple[Shift, Where]]:
        """Yield what changes about a leaf in messages that were there before and are there still."""
        for before, after, region in self._ways(was, becomes):
            where = self._regions.both(kept, region)
            if where != NOWHERE:
                yield Shift("leaf", before, after), Where(where, kept)
        given = self._regions.both(kept, self._regions.both(was.given, becomes.given))
        if given != NOWHERE:
            for region, added, dropped in self._terms(was.terms, becomes.terms, given):
                yield Shift("terms", "", "", added=added, dropped=dropped), Where(region, given)

    def _ways(self, was: Grant, becomes: Grant) -> Iterator[tuple[str | None, str | None, int]]:
        for how, region in self._and_none(was):
            for becoming, there in self._and_none(becomes):
                if how != becoming:
                    yield how, becoming, self._regions.both(region, there)

    def _and_none(self, grant: Grant) -> Sequence[tuple[str | None, int]]:
        return [*grant.ways.items(), (None, self._regions.without(EVERYWHERE, grant.given))]

    def _terms(
        self, was: Mapping[Term, int], becomes: Mapping[Term, int], given: int
    ) -> Iterable[tuple[int, tuple[Term, ...], tuple[Term, ...]]]:
        """Return each region in which terms are added or dropped, with those that are so in all of it."""
        by_region: dict[int, tuple[list[Term], list[Term]]] = {}
        for term in sorted({*was, *becomes}):
            before, after = was.get(term, NOWHERE), becomes.get(term, NOWHERE)
            for place, (one, other) in enumerate(((after, before), (before, after))):
                there = self._regions.both(given, self._regions.without(one, other))
                if there != NOWHERE:
                    by_region.setdefault(there, ([], []))[place].append(term)
        return [(region, tuple(added), tuple(dropped)) for region, (added, dropped) in by_region.items()]
