"""Rules without which nobody's view would be another, in any case; and what covers them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from hub.policy.analysis.part import Part, touches
from hub.policy.analysis.reading import Reading, Spoken
from hub.policy.analysis.regions import NOWHERE
from hub.policy.analysis.shifts import Comparison
from hub.policy.model import Rule
from schemas.catalogue import EventType
from schemas.labels import Category, Role


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that does nothing: it never holds, or wherever it holds others do the same or undo it."""

    rule: Rule
    never: bool = False
    """It holds in no case."""
    given_by: tuple[str, ...] = ()
    """Rules that give what it gives."""
    withheld_by: tuple[str, ...] = ()
    """Withholdings that take what it gives, or what it takes."""
    ungiven: bool = False
    """Somewhere no rule gives what it takes, or gives the other category that a leaf needs besides."""
    silent: bool = False
    """Somewhere it speaks of messages that are not sent."""


class Idling:
    """Finds the rules of a reading that do nothing."""

    def __init__(self, reading: Reading) -> None:
        """Take the agreements as they are in force together."""
        self._reading, self._desk, self._regions = reading, reading.desk, reading.desk.regions
        self._comparison = Comparison(reading, reading)
        self._told: dict[tuple[object, ...], bool] = {}
        self._same: dict[tuple[object, ...], bool] = {}
        self._narrowed: dict[tuple[Spoken, frozenset[int]], Mapping[str, Part]] = {}
        self._forms: dict[str, frozenset[int]] = {}
        self._wholes = {id(rule): reading.wholes[a.name] for a in reading.agreements for rule in a.rules}

    def all(self) -> Iterator[Idle]:
        """Yield every rule that does nothing, in the order of the agreements."""
        for agreement in self._reading.agreements:
            for rule in agreement.rules:
                if self._regions.rule(rule) == NOWHERE:
                    yield Idle(rule=rule, never=True)
                elif not self._matters(rule):
                    yield self._why(rule)

    def _matters(self, rule: Rule) -> bool:
        """Tell whether anything would be otherwise for anybody without a rule."""
        return any(self._differs(role, event, rule) for role, event in self._places(rule))

    def _places(self, rule: Rule) -> Iterable[tuple[Role, EventType]]:
        """Return whom and what a rule speaks of, first the event types that are about what it names."""
        named = {category for target in rule.targets for category in target.categories}
        events = [self._desk.forms.catalogue[kind] for kind in rule.types if kind in self._desk.forms.catalogue]
        events.sort(key=lambda event: (event.topic not in named, not event.alike, event.name))
        return ((role, event) for event in events for role in sorted(rule.roles))

    def _differs(self, role: Role, event: EventType, rule: Rule) -> bool:
        with_it = self._reading.spoken(role, event.name)
        without = self._reading.spoken_without(role, event.name, rule)
        if with_it == without:
            return False
        if rule.effect == "withhold" and not self._could_take(role, event, rule):
            return False
        if self._says_the_same(with_it, without, event.topic, self._touched(rule)):
            return False
        key = (with_it, without, event.topic, event.alike, self._desk.forms.of(event.name))
        found = self._told.get(key)
        if found is None:
            shifts = self._comparison.between(
                self._desk.sheet(with_it), self._desk.sheet(without), event, self._touched(rule)
            )
            found = self._told[key] = next(iter(shifts), None) is not None
        return found

    def _says_the_same(self, with_it: Spoken, without: Spoken, topic: Category, touched: frozenset[int]) -> bool:
        """Tell whether of the leaves that a rule touches, and of what lets a message be sent, all is as without it.

        Where it is not, somebody's view may still be the same: there may be no message.
        """
        key = (with_it, without, topic, touched)
        found = self._same.get(key)
        if found is None:
            one, other = (self._narrow(spoken, touched) for spoken in (with_it, without))
            found = self._same[key] = one.keys() == other.keys() and all(
                _alike(part, other[whole], topic) for whole, part in one.items()
            )
        return found

    def _narrow(self, spoken: Spoken, touched: frozenset[int]) -> Mapping[str, Part]:
        found = self._narrowed.get((spoken, touched))
        if found is None:
            found = self._narrowed[spoken, touched] = self._desk.narrow(spoken, touched)
        return found

    def _touched(self, rule: Rule) -> frozenset[int]:
        """Return the forms of leaf of which a rule speaks."""
        found = self._forms.get(rule.id)
        if found is None:
            forms = self._desk.forms.all
            found = self._forms[rule.id] = frozenset(form.index for form in forms if touches(rule, form.leaf))
        return found

    def _could_take(self, role: Role, event: EventType, rule: Rule) -> bool:
        """Tell whether some rule gives something of a category that a withholding names; else it need not be tried."""
        gives = [r for r, _ in self._reading.clauses[role] if r.effect == "give" and event.name in r.types]
        named = {category for target in rule.targets for category in target.categories}
        return bool(gives) and (not named or any(named & t.categories for r in gives for t in r.targets))

    def _why(self, rule: Rule) -> Idle:
        """Return what covers a rule, over all that it speaks of: what undoes it first, then what does the same."""
        withheld: dict[str, None] = {}
        given: dict[str, None] = {}
        silent = ungiven = False
        unsent: list[tuple[list[Rule], list[Rule]]] = []
        holds = self._regions.rule(rule)
        seen: set[object] = set()
        for role, event in self._places(rule):
            key = (self._reading.spoken(role, event.name), event.topic, event.alike, self._desk.forms.of(event.name))
            if key in seen:
                continue
            seen.add(key)
            told = self._regions.both(holds, self._sent(rule, role, event))
            silent = silent or told != holds
            others = [r for r, _ in self._reading.clauses[role] if r is not rule and event.name in r.types]
            for form in self._touched(rule).intersection(key[3]):
                gives, takes = (
                    [r for r in others if r.effect == e and form in self._touched(r)] for e in ("give", "withhold")
                )
                if rule.effect == "give":
                    left = self._cover(self._cover(told, takes, withheld), gives, given)
                else:
                    left = self._cover(told, gives, {})
                    self._cover(self._regions.without(told, left), takes, withheld)
                    unsent.append((gives, takes))
                ungiven = ungiven or left != NOWHERE
        if not ungiven and not withheld:  # wherever it holds others keep every message away, as it does
            for gives, takes in unsent:
                self._cover(self._regions.without(holds, self._cover(holds, gives, {})), takes, withheld)
        return Idle(rule=rule, given_by=tuple(given), withheld_by=tuple(withheld), ungiven=ungiven, silent=silent)

    def _sent(self, rule: Rule, role: Role, event: EventType) -> int:
        """Return where there are messages of which a rule can matter: of one that gives, those of its own agreement."""
        sheet = self._reading.sheet(role, event.name)
        return sheet.sent_by(self._wholes[id(rule)], event) if rule.effect == "give" else sheet.present(event)

    def _cover(self, region: int, rules: Iterable[Rule], named: dict[str, None]) -> int:
        """Name the rules that hold somewhere in a region, those named already first; return where none of them does."""
        for rule in sorted(rules, key=lambda r: r.id not in named):
            rest = self._regions.without(region, self._regions.rule(rule))
            if rest != region:
                named[rule.id] = None
            region = rest
        return region


def _alike(one: Part, other: Part, topic: Category) -> bool:
    known = all(one.knows(category) == other.knows(category) for category in (topic, Category.MARKER))
    if not known or one.alone != other.alone:
        return False
    others = other.grants
    return all(grant.same(others[form]) for form, grant in one.grants.items())
