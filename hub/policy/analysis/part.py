"""Everything that rules come to that are read together, in every case: ``hub.policy.decide`` over regions.

The engine asks in one situation which rules hold, and looks at bits. Here each bit is the region in which its
rule holds. What speaks of which leaf is laid out by the very functions that the engine uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial

import msgspec

from hub.policy.analysis.forms import Forms
from hub.policy.analysis.regions import EVERYWHERE, NOWHERE, Regions
from hub.policy.model import Rule
from hub.policy.said import Offer, Said, laid_out, reaches, silencing, telling
from hub.policy.transforms import NAMING_YOU, fullest
from schemas.catalogue import EventType
from schemas.labels import Category
from schemas.leaves import Leaf

Term = tuple[str, str]
"""What a copy rests on or owes: ``purpose``, ``gateway``, ``obligation`` or ``regime``, and its word."""


class Clause(msgspec.Struct, frozen=True):
    """One rule as it counts for one role: where it holds, what it says, and on what terms.

    Rules of equal clauses are the same to everybody, whatever their names.
    """

    rule: Rule
    region: int
    terms: frozenset[Term]
    wholes: frozenset[str] = frozenset()
    """Of a rule that gives: the wholes of agreements of which it is a part."""


class Grant:
    """How leaves of one form are given, message or none: the region of each way, and of each term."""

    def __init__(self, ways: Mapping[str, int], given: int, terms: Callable[[], Mapping[Term, int]] = dict) -> None:
        """Take the regions; those of the terms are worked out when they are first asked for."""
        self.ways = ways
        """By transform, of which an empty one means as it is: where they are given so; no two meet."""
        self.given = given
        """Where they are given in any way."""
        self._work_out = terms

    @cached_property
    def terms(self) -> Mapping[Term, int]:
        """Where each term is owed or relied on by what gives them."""
        return self._work_out()

    def same(self, other: Grant) -> bool:
        """Tell whether leaves are given in the same ways, on the same terms, in every case."""
        return self is other or (self.ways, self.terms) == (other.ways, other.terms)


NOTHING = Grant({}, NOWHERE)
_Spoken = tuple[tuple[tuple[str, int, frozenset[Term]], ...], ...]
"""For each category of a leaf, who offers it: the transform, where, and on what terms."""


class Grants:
    """Works out grants; leaves of which rules say the same are worked out once, whoever reads them."""

    def __init__(self, regions: Regions) -> None:
        """Begin with none."""
        self.regions = regions
        self._kept: dict[tuple[_Spoken, int], Grant] = {}

    def of(self, spoken: _Spoken, taken: int) -> Grant:
        """Return how a leaf is given of which this is said, and which is taken back somewhere."""
        if not all(spoken):
            return NOTHING
        found = self._kept.get((spoken, taken))
        if found is None:
            found = self._kept[spoken, taken] = self._work_out(spoken, taken)
        return found

    def _work_out(self, spoken: _Spoken, taken: int) -> Grant:
        chosen = [self._chosen(offers) for offers in spoken]
        ways = {way: self.regions.without(region, taken) for way, region in self._ways(chosen).items()}
        ways = {way: region for way, region in ways.items() if region != NOWHERE}
        given = self.regions.union(ways.values())
        return Grant(ways, given, partial(_terms, self.regions, spoken, chosen, given) if given != NOWHERE else dict)

    def _chosen(self, offers: Sequence[tuple[str, int, frozenset[Term]]]) -> dict[str, int]:
        """Return where each transform is the one chosen: as it is before all others, then the one that says most."""
        chosen: dict[str, int] = {}
        before = NOWHERE
        for way in sorted({transform for transform, _, _ in offers}, key=fullest):
            offered = self.regions.union(region for transform, region, _ in offers if transform == way)
            chosen[way] = self.regions.without(offered, before)
            before = self.regions.either(before, offered)
        return chosen

    def _ways(self, chosen: Sequence[Mapping[str, int]]) -> Mapping[str, int]:
        """Return where each way comes out: a leaf of several categories needs every one, and no changed value."""
        if len(chosen) == 1:
            return chosen[0]
        both, either = self.regions.both, self.regions.either
        plain = anyhow = EVERYWHERE
        for word in chosen:
            as_it_is = word.get("", NOWHERE)
            plain, anyhow = both(plain, as_it_is), both(anyhow, either(as_it_is, word.get(NAMING_YOU, NOWHERE)))
        return {"": plain, NAMING_YOU: self.regions.without(anyhow, plain)}


def _terms(regions: Regions, spoken: _Spoken, chosen: Sequence[Mapping[str, int]], given: int) -> dict[Term, int]:
    """Return where each term applies: that of a rule which offers in the way that is chosen."""
    offered: dict[Term, list[int]] = {}
    for offers, ways in zip(spoken, chosen, strict=True):
        by_way: dict[tuple[str, Term], list[int]] = {}
        for transform, region, terms in offers:
            for term in terms:
                by_way.setdefault((transform, term), []).append(region)
        for (transform, term), some in by_way.items():
            offered.setdefault(term, []).append(regions.both(regions.union(some), ways[transform]))
    found = {term: regions.both(given, regions.union(where)) for term, where in offered.items()}
    return {term: region for term, region in found.items() if region != NOWHERE}


class Part:
    """What some clauses come to that are read together, for any event type about which exactly these speak."""

    def __init__(
        self, clauses: Iterable[Clause], forms: Forms, grants: Grants, only: frozenset[int] | None = None
    ) -> None:
        """Lay out what the clauses say of every form of leaf, or only of some; then nothing is known of messages."""
        self._laid = [form for form in forms.all if only is None or form.index in only]
        self._regions, self._grants, self._forms = grants.regions, grants, forms
        self._gives = [c for c in clauses if c.rule.effect == "give"]
        self._withholds = [c for c in clauses if c.rule.effect == "withhold"]
        self._own = sum(1 << i for i, c in enumerate(self._gives) if not c.rule.accompanies)
        self._telling = telling([c.rule for c in self._gives])
        self._silencing = silencing([c.rule for c in self._withholds])
        self._known: dict[Category, int] = {}
        self._grants_of: dict[int, Grant] = {}
        self._alone_of: dict[int, int] = {}
        self._present: dict[tuple[Category, bool, tuple[int, ...]], int] = {}

    @cached_property
    def _said(self) -> Mapping[int, Said]:
        """What is said of each form, by its index; forms of which the same is said share it."""
        leaves = {form.leaf.path: form.index for form in self._laid}
        said = laid_out(
            [form.leaf for form in self._laid],
            [c.rule for c in self._gives],
            [c.rule for c in self._withholds],
        )
        return {leaves[path]: each for each in said for path in each.paths}

    @property
    def grants(self) -> Mapping[int, Grant]:
        """How each form is given wherever there is a message, accompaniments among them."""
        return {form: self.grant(form) for form in self._said}

    def grant(self, form: int) -> Grant:
        """Return how one form is given wherever there is a message; what is not asked for is not worked out."""
        said = self._said[form]
        found = self._grants_of.get(id(said))
        if found is None:
            found = self._grants_of[id(said)] = self._grant(said, ~0)
        return found

    @property
    def alone(self) -> Mapping[int, int]:
        """Where each form is given by more than accompaniments."""
        return {form: self._given_alone(form) for form in self._said}

    def _given_alone(self, form: int) -> int:
        said = self._said[form]
        found = self._alone_of.get(id(said))
        if found is None:
            found = self._alone_of[id(said)] = self._grant(said, self._own).given
        return found

    def _grant(self, said: Said, heard: int) -> Grant:
        spoken = tuple(tuple(self._offer(o) for o in word.offers if o.bit & heard) for word in said.words)
        return self._grants.of(spoken, self._over(self._withholds, said.taken))

    def _offer(self, offer: Offer) -> tuple[str, int, frozenset[Term]]:
        clause = self._gives[offer.bit.bit_length() - 1]
        return offer.transform, clause.region, clause.terms

    def _over(self, clauses: Sequence[Clause], bits: int) -> int:
        return self._regions.union(c.region for i, c in enumerate(clauses) if bits >> i & 1)

    def knows(self, category: Category) -> int:
        """Return where something of a category may be known."""
        found = self._known.get(category)
        if found is None:
            told = self._over(self._gives, self._telling.get(category, 0))
            hidden = self._over(self._withholds, self._silencing[category])
            found = self._known[category] = self._regions.without(told, hidden)
        return found

    def present(self, event: EventType) -> int:
        """Return where it may be known that such an event happened at all."""
        key = (event.topic, event.alike, self._forms.of(event.name))
        found = self._present.get(key)
        if found is None:
            gate = self.knows(event.topic)
            if not event.alike:
                gate = self._regions.both(gate, self.knows(Category.MARKER))
            found = self._present[key] = self._something(gate, event.topic, key[2])
        return found

    def _something(self, gate: int, topic: Category, forms: tuple[int, ...]) -> int:
        """Return where, within a gate, a leaf of some forms is given by more than accompaniments.

        Leaves of the topic are looked at first: whoever may know something of that is mostly given one.
        """
        left = gate
        for form in sorted(forms, key=lambda form: self._forms.all[form].categories != {topic}):
            if left == NOWHERE:
                break
            left = self._regions.without(left, self._given_alone(form))
        return self._regions.without(gate, left)


def touches(rule: Rule, leaf: Leaf) -> bool:
    """Tell whether a rule speaks of a leaf."""
    return not rule.targets or any(
        t.path == leaf.path if t.path else t.category in leaf.categories and reaches(t.transform, leaf)
        for t in rule.targets
    )
