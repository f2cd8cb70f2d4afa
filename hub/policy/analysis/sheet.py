"""What a role gets in messages of an event type, in every case, of all agreements that are in force together.

Each whole of agreements sends messages by itself, and gives in those what it gives (see ``hub.policy.wholes``).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from hub.policy.analysis.forms import Forms
from hub.policy.analysis.part import NOTHING, Grant, Part, Term
from hub.policy.analysis.regions import NOWHERE, Regions
from hub.policy.transforms import fullest
from schemas.catalogue import EventType
from schemas.labels import Category

K = TypeVar("K", bound=Hashable)


class Sheet:
    """What some clauses come to: the parts of them that are read together, each with its own messages."""

    def __init__(self, by_whole: Mapping[str, Part], forms: Forms, regions: Regions) -> None:
        """Take the parts, by the whole that each is."""
        self._by_whole, self._forms, self._regions = by_whole, forms, regions
        self._parts: Sequence[Part] = tuple({id(part): part for part in by_whole.values()}.values())
        self._given: dict[tuple[Category, bool, tuple[int, ...], int], Grant] = {}

    @property
    def one(self) -> bool:
        """Whether all of it is read together: then no message of one part can come to have what is in another's."""
        return len(self._parts) == 1

    def knows(self, category: Category) -> int:
        """Return where something of a category may be known."""
        return self._regions.union(part.knows(category) for part in self._parts)

    def present(self, event: EventType) -> int:
        """Return where it may be known that such an event happened at all."""
        return self._regions.union(part.present(event) for part in self._parts)

    def sent_by(self, wholes: Iterable[str], event: EventType) -> int:
        """Return where some wholes let it be known, whatever the others do."""
        return self._regions.union(self._by_whole[whole].present(event) for whole in wholes if whole in self._by_whole)

    def grant(self, event: EventType, form: int) -> Grant:
        """Return how a form is given wherever there is a message; where there is none it means nothing."""
        if not self._parts:
            return NOTHING
        if len(self._parts) == 1:
            return self._parts[0].grant(form)
        key = (event.topic, event.alike, self._forms.of(event.name), form)
        found = self._given.get(key)
        if found is None:
            found = self._given[key] = self._together(event, form)
        return found

    def _together(self, event: EventType, form: int) -> Grant:
        """Return how a form is given: in each part's own messages as there, and of several ways in the fullest."""
        within = [(part.grant(form), part.present(event)) for part in self._parts]
        ways = self._ways(within)
        return Grant(ways, self._regions.union(ways.values()), partial(_terms, self._regions, within, ways))

    def _ways(self, within: Iterable[tuple[Grant, int]]) -> dict[str, int]:
        offered: dict[str, list[int]] = {}
        for grant, message in within:
            for way, region in grant.ways.items():
                offered.setdefault(way, []).append(self._regions.both(region, message))
        ways, before = {}, NOWHERE
        for way in sorted(offered, key=fullest):
            where = self._regions.union(offered[way])
            ways[way] = self._regions.without(where, before)
            before = self._regions.either(before, where)
        return _somewhere(ways)


def _terms(regions: Regions, within: Sequence[tuple[Grant, int]], ways: Mapping[str, int]) -> dict[Term, int]:
    """Return where each term applies: that of a part which gives in the way that is chosen, in its own messages."""
    terms: dict[Term, list[int]] = {}
    for grant, message in within:
        chosen = regions.union(
            regions.both(ways[way], regions.both(region, message)) for way, region in grant.ways.items() if way in ways
        )
        for term, region in grant.terms.items():
            terms.setdefault(term, []).append(regions.both(region, chosen))
    return _somewhere({term: regions.union(some) for term, some in terms.items()})


def _somewhere(regions: Mapping[K, int]) -> dict[K, int]:
    return {key: region for key, region in regions.items() if region != NOWHERE}
