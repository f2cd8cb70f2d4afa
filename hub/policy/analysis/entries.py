"""The changes found, put together so that somebody can read them: alike ones once, with one condition for all."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from hub.policy.analysis.conditions import Condition, Conditions
from hub.policy.analysis.regions import EVERYWHERE, NOWHERE, Regions, TooMuch
from hub.policy.analysis.shifts import Comparison, Found, Place, Shift, Where
from hub.policy.analysis.somewhere import Somewhere
from schemas.labels import Role

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """How many steps may be taken: so each comparison ends, and what is not worked out is said to be."""

    clauses: int = 60
    """How many rules may be otherwise, old and new ones counted, for it to be tried to work out every case."""
    cases: int = 120_000
    """To work out in which cases everything changes; else it is only asked whether it does in any."""
    somewhere: int = 1_500_000
    """To work out that."""
    words: int = 350_000
    """To put all cases into words."""
    sentence: int = 15_000
    """Of these for one condition, and as many again to find what else it does for."""
    example: int = 50_000
    """To find a case of one change, where it was only asked whether there is any."""


class Block(msgspec.Struct, frozen=True):
    """Every one of some roles, in every one of some event types, for every one of some forms of leaf."""

    roles: tuple[Role, ...]
    kinds: tuple[str, ...]
    """Empty where it is every message that these roles get, now as before."""
    forms: tuple[int, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One shift under one condition, wherever it is the same; of messages, with the leaves that they have or had."""

    shift: Shift
    condition: Condition
    blocks: tuple[Block, ...]
    place: Place
    """One of the places, for an example."""
    region: int
    """Where it changes there; nowhere, if that takes too much to work out."""
    leaves: tuple[Entry, ...] = ()


class _Cluster(msgspec.Struct, frozen=True):
    """Changes for which one condition does: it must reach one region and may not leave another."""

    low: int
    high: int
    condition: Condition
    holds: int
    """Where the condition holds."""
    members: list[Where]


class Entries:
    """Puts changes together."""

    def __init__(self, comparison: Comparison, steps: Steps) -> None:
        """Take what compares two readings."""
        self._comparison, self._steps = comparison, steps
        self._regions: Regions = comparison.desk.regions
        self._conditions = Conditions(self._regions)
        self._getting: dict[tuple[Role, int], frozenset[str]] = {}
        self._words = steps.words
        self.cases = True
        """Whether it was worked out in which cases everything changes; if not, terms were not compared either."""
        self.left_out: Sequence[tuple[Role, str]] = ()
        """For whom and about which event types nothing was worked out: nobody knows whether anything changes."""

    def all(self) -> tuple[Entry, ...]:
        """Return what changes: messages first, then what they have, then on what terms."""
        by_shift: dict[Shift, list[Found]] = {}
        for found in self._found():
            by_shift.setdefault(found.shift, []).append(found)
        entries = [
            entry
            for shift, some in by_shift.items()
            if shift.among == "kept"
            for entry in self._entries(shift, some, by_shift)
        ]
        return tuple(sorted(entries, key=_order))

    def _found(self) -> Iterable[Found]:
        try:
            with self._regions.allowing(self._steps.cases if self._few_differ() else 0):
                return list(self._comparison.found())
        except TooMuch:
            self.cases, somewhere = False, Somewhere(self._comparison)
            with self._regions.allowing(self._steps.somewhere):
                found = list(somewhere.found())
            self.left_out = somewhere.left_out
            return found

    def _few_differ(self) -> bool:
        old, new = self._comparison.old.numbers, self._comparison.new.numbers
        return len(old ^ new) <= self._steps.clauses

    def _entries(self, shift: Shift, some: Sequence[Found], by_shift: Mapping[Shift, list[Found]]) -> Iterable[Entry]:
        """Yield the entries of one shift; of messages that begin or end with the leaves in them."""
        if shift.what != "message":
            yield from (entry for entry, _ in self._put(shift, some))
            return
        among = "new" if shift.after is not None else "ended"
        held: dict[int | None, list[Found]] = {}
        for leaf, leaves in by_shift.items():
            if leaf.among == among:
                for found in leaves:
                    held.setdefault(found.where.within if found.where else None, []).append(found)
        for entry, regions in self._put(shift, some):
            by_leaf: dict[Shift, list[Found]] = {}
            for found in (found for region in regions for found in held.get(region, ())):
                by_leaf.setdefault(found.shift, []).append(found)
            inner = [e for leaf, each in by_leaf.items() for e, _ in self._put(leaf, each)]
            yield msgspec.structs.replace(entry, leaves=tuple(sorted(inner, key=_order)))

    def _put(self, shift: Shift, some: Sequence[Found]) -> Iterable[tuple[Entry, Sequence[int | None]]]:
        """Yield the entries of one shift, each with the regions in which it is."""
        places: dict[Where | None, list[Place]] = {}
        for found in some:
            places.setdefault(found.where, []).append(found.place)
        for condition, members in self._conditioned(sorted(places, key=lambda where: -len(places[where]))):
            first = members[0]
            yield (
                Entry(
                    shift=shift,
                    condition=condition,
                    blocks=self._blocks(shift, [place for where in members for place in places[where]]),
                    place=places[first][0],
                    region=first.region if first else self._somewhere(shift, places[first][0]),
                ),
                tuple(dict.fromkeys(where.region if where else None for where in members)),
            )

    def _conditioned(self, wheres: Sequence[Where | None]) -> Iterable[tuple[Condition, Sequence[Where | None]]]:
        """Return some changes under the conditions for which they are; in words as long as steps are left for these."""
        known = [where for where in wheres if where]
        if not known:
            return [(Condition(whole=False), wheres)]
        before = self._regions.steps
        with self._regions.allowing(self._words):
            found = self._clusters(known)
        self._words -= self._regions.steps - before
        return found

    def _somewhere(self, shift: Shift, place: Place) -> int:
        """Return where something changes in one place, if that is not too much; of messages' leaves it is not asked."""
        try:
            with self._regions.allowing(self._steps.example):
                return self._comparison.region(shift, place) if shift.among == "kept" else NOWHERE
        except TooMuch:
            return NOWHERE

    def _blocks(self, shift: Shift, places: Iterable[Place]) -> tuple[Block, ...]:
        """Return places as few blocks: roles together that have all the same, then forms of the same types."""
        by_form: dict[tuple[Role, int | None], set[str]] = {}
        for place in places:
            by_form.setdefault((place.role, place.form), set()).add(place.kind)
        by_role: dict[Role, set[tuple[frozenset[str], int | None]]] = {}
        for (role, form), kinds in by_form.items():
            every = form is not None and shift.among == "kept" and kinds == self._kinds(role, form)
            by_role.setdefault(role, set()).add((frozenset() if every else frozenset(kinds), form))
        found: list[Block] = []
        for roles, pairs in _alike(by_role):
            by_kinds: dict[frozenset[str], list[int]] = {}
            for named, form in pairs:
                by_kinds.setdefault(named, []).extend([] if form is None else [form])
            found += [
                Block(tuple(roles), tuple(sorted(named)), tuple(sorted(forms))) for named, forms in by_kinds.items()
            ]
        return tuple(found)

    def _kinds(self, role: Role, form: int) -> frozenset[str]:
        """Return the event types of which a role gets messages that could have leaves of a form."""
        found = self._getting.get((role, form))
        if found is None:
            forms = self._comparison.desk.forms
            found = frozenset(kind for kind in self._heard(role) if form in forms.of(kind))
            self._getting[role, form] = found
        return found

    def _heard(self, role: Role) -> frozenset[str]:
        """Return the event types of which a role gets messages; none, where that is too much to work out."""
        try:
            with self._regions.allowing(self._steps.cases):
                return self._comparison.heard(role)
        except TooMuch:
            return frozenset()

    def _clusters(self, wheres: Iterable[Where]) -> Iterable[tuple[Condition, list[Where]]]:
        """Return conditions that hold for several changes each, where one does for all and is no longer for it.

        Those that take too many steps to say are said together by what they have in common.
        """
        clusters: list[_Cluster] = []
        unsaid: list[Where] = []
        for where in wheres:
            try:
                with self._regions.allowing(self._steps.sentence):
                    most = self._regions.either(where.region, self._regions.without(EVERYWHERE, where.within))
                    alone = self._cluster(where.region, most, [where])
            except TooMuch:
                unsaid.append(where)
                continue
            try:
                with self._regions.allowing(self._steps.sentence):
                    self._join(clusters, alone, where)
            except TooMuch:
                clusters.append(alone)
        found = [(self._shortest(cluster), cluster.members) for cluster in clusters]
        return [*found, (self._in_common(unsaid), unsaid)] if unsaid else found

    def _in_common(self, wheres: Sequence[Where]) -> Condition:
        """Return what the cases of some changes have in common, if that is not too much to say either."""
        try:
            with self._regions.allowing(self._steps.sentence):
                return self._conditions.around(self._regions.union(where.region for where in wheres))
        except TooMuch:
            return Condition(whole=False)

    def _join(self, clusters: list[_Cluster], alone: _Cluster, where: Where) -> None:
        """Put a change to the first cluster whose condition does for it as well, or by itself behind them."""
        for i, cluster in enumerate(clusters):
            joined = self._and(cluster, where, alone.high)
            if joined is not None:
                clusters[i] = joined
                return
        clusters.append(alone)

    def _cluster(self, low: int, high: int, members: list[Where]) -> _Cluster:
        condition = self._conditions.between(low, high)
        return _Cluster(low, high, condition, self._conditions.region(condition), members)

    def _and(self, cluster: _Cluster, where: Where, most: int) -> _Cluster | None:
        """Return a cluster with one change more, or None; where its condition holds for that as well it is kept."""
        members = [*cluster.members, where]
        if self._regions.within(where.region, cluster.holds) and self._regions.within(cluster.holds, most):
            low, high = self._regions.either(cluster.low, where.region), self._regions.both(cluster.high, most)
            return _Cluster(low, high, cluster.condition, cluster.holds, members)
        joined = self._joined((cluster.low, cluster.high), (where.region, most))
        return None if joined is None else self._cluster(*joined, members)

    def _shortest(self, cluster: _Cluster) -> Condition:
        try:
            with self._regions.allowing(self._steps.sentence):
                found = self._conditions.between(cluster.low, cluster.high)
        except TooMuch:
            return cluster.condition
        return found if found.cost <= cluster.condition.cost else cluster.condition

    def _joined(self, one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int] | None:
        low, high = self._regions.either(one[0], other[0]), self._regions.both(one[1], other[1])
        if not self._regions.within(low, high):
            return None
        longest = self._conditions.between(*one).cost
        return (low, high) if self._conditions.between(low, high).cost <= longest else None


def _alike(by: Mapping[K, set[V]]) -> Iterable[tuple[list[K], frozenset[V]]]:
    """Return the keys that have the same values, together with these."""
    found: dict[frozenset[V], list[K]] = {}
    for key, values in by.items():
        found.setdefault(frozenset(values), []).append(key)
    return [(keys, values) for values, keys in found.items()]


_KINDS = ("message", "leaf", "terms", "status")


def _order(entry: Entry) -> tuple[int, bool, int]:
    """Order what is newly given before what is taken, and what touches most first."""
    size = sum(len(b.roles) * len(b.kinds) * max(len(b.forms), 1) for b in entry.blocks)
    return _KINDS.index(entry.shift.what), entry.shift.after is None, -size
