"""The changes found, put together so that somebody can read them: alike ones once, with one condition for all."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from hub.policy.analysis.conditions import Condition, Conditions
from hub.policy.analysis.regions import EVERYWHERE, Regions
from hub.policy.analysis.shifts import Comparison, Found, Place, Shift, Where
from schemas.labels import Role

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)


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
    """Where it changes there."""
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

    def __init__(self, comparison: Comparison) -> None:
        """Take what compares two readings."""
        self._comparison = comparison
        self._regions: Regions = comparison.desk.regions
        self._conditions = Conditions(self._regions)

    def all(self) -> tuple[Entry, ...]:
        """Return what changes: messages first, then what they have, then on what terms."""
        by_shift: dict[Shift, list[Found]] = {}
        for found in self._comparison.found():
            by_shift.setdefault(found.shift, []).append(found)
        entries = [
            entry
            for shift, some in by_shift.items()
            if shift.among == "kept"
            for entry in (self._messages(shift, some, by_shift) if shift.what == "message" else self._put(shift, some))
        ]
        return tuple(sorted(entries, key=_order))

    def _messages(self, shift: Shift, some: Sequence[Found], by_shift: Mapping[Shift, list[Found]]) -> Iterable[Entry]:
        """Yield the messages that begin or end under one condition, with the leaves in them."""
        among = "new" if shift.after is not None else "ended"
        held: dict[int, list[Found]] = {}
        for leaf, leaves in by_shift.items():
            if leaf.among == among:
                for found in leaves:
                    held.setdefault(found.where.within, []).append(found)
        for entry in self._put(shift, some):
            own = held.get(entry.region, ())
            by_leaf: dict[Shift, list[Found]] = {}
            for found in own:
                by_leaf.setdefault(found.shift, []).append(found)
            inner = [e for leaf, each in by_leaf.items() for e in self._put(leaf, each)]
            yield msgspec.structs.replace(entry, leaves=tuple(sorted(inner, key=_order)))

    def _put(self, shift: Shift, some: Sequence[Found]) -> Iterable[Entry]:
        places: dict[Where, list[Place]] = {}
        for found in some:
            places.setdefault(found.where, []).append(found.place)
        for condition, wheres in self._clusters(sorted(places, key=lambda w: -len(places[w]))):
            first = wheres[0]
            yield Entry(
                shift=shift,
                condition=condition,
                blocks=self._blocks(shift, [place for where in wheres for place in places[where]]),
                place=places[first][0],
                region=first.region,
            )

    def _blocks(self, shift: Shift, places: Iterable[Place]) -> tuple[Block, ...]:
        """Return places as few blocks: roles together that have all the same, then forms of the same types."""
        by_form: dict[tuple[Role, int | None], set[str]] = {}
        for place in places:
            by_form.setdefault((place.role, place.form), set()).add(place.kind)
        by_role: dict[Role, set[tuple[frozenset[str], int | None]]] = {}
        for (role, form), kinds in by_form.items():
            every = form is not None and shift.among == "kept" and kinds == self._getting(role, form)
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

    def _getting(self, role: Role, form: int) -> set[str]:
        """Return the event types of which a role gets messages that could have leaves of a form."""
        return {kind for kind in self._comparison.heard(role) if form in self._comparison.desk.forms.of(kind)}

    def _clusters(self, wheres: Iterable[Where]) -> Iterable[tuple[Condition, list[Where]]]:
        """Return conditions that hold for several changes each, where one does for all and is no longer for it."""
        clusters: list[_Cluster] = []
        for where in wheres:
            most = self._regions.either(where.region, self._regions.without(EVERYWHERE, where.within))
            for i, cluster in enumerate(clusters):
                joined = self._and(cluster, where, most)
                if joined is not None:
                    clusters[i] = joined
                    break
            else:
                clusters.append(self._cluster(where.region, most, [where]))
        return [(self._shortest(cluster), cluster.members) for cluster in clusters]

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
        found = self._conditions.between(cluster.low, cluster.high)
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
