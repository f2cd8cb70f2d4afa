"""Regions as conditions in the language's own words, exactly: lines that must hold, alternatives, and exceptions.

What is looked for is a region between two, one that it must reach and one that it may not leave,
so that where it makes no difference the shorter words are chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from hub.policy.analysis.questions import Question
from hub.policy.analysis.regions import EVERYWHERE, NOWHERE, Regions
from hub.policy.facts import FACTS
from hub.policy.model import Line

_SINGLE = tuple(i for i, fact in enumerate(FACTS) if not fact.many)
_MANY = tuple(i for i, fact in enumerate(FACTS) if fact.many)


class Case(msgspec.Struct, frozen=True):
    """Lines that hold together: any of some words of a fact, or none of some words of a set-valued one."""

    any_of: tuple[Line, ...] = ()
    none_of: tuple[Line, ...] = ()

    @property
    def cost(self) -> int:
        """How much there is to read."""
        return sum(2 + (line.mask.bit_count() > 2) for line in (*self.any_of, *self.none_of))


class Condition(msgspec.Struct, frozen=True):
    """Where something holds: what must hold, one of some cases if any are named, and exceptions."""

    when: Case = Case()
    either: tuple[Case, ...] = ()
    unless: tuple[Case, ...] = ()
    whole: bool = True
    """Whether this is all; if not, it is only what all cases have in common, and to name them takes too many words."""

    @property
    def cost(self) -> int:
        """How much there is to read."""
        return self.when.cost + sum(1 + case.cost for case in (*self.either, *self.unless))


class Conditions:
    """Finds conditions; what was found for two regions is kept."""

    def __init__(self, regions: Regions) -> None:
        """Take the maker of the regions."""
        self.regions = regions
        self._whole = [0] * len(FACTS)
        self._answers: list[tuple[int, ...]] = [()] * len(FACTS)
        for question in regions.questions:
            self._whole[question.fact] |= sum(question.answers)
            self._answers[question.fact] += tuple(answer for answer in question.answers if answer)
        self._covers: dict[tuple[int, int], tuple[tuple[Case, ...], int]] = {}
        self._found: dict[tuple[int, int], Condition] = {}

    def between(self, least: int, most: int) -> Condition:
        """Return a short condition that holds in all of one region, and nowhere outside of another.

        Raises:
            ValueError: the first region is empty, or not within the second.
            TooMuch: it takes more steps than are allowed to find one.
        """
        if least == NOWHERE or not self.regions.within(least, most):
            raise ValueError("there is nothing between these regions")
        if most == EVERYWHERE:
            return Condition()
        found = self._found.get((least, most))
        if found is None:
            found = min(map(_plain, self._candidates(least, most)), key=lambda c: c.cost)
            self._found[least, most] = found
        return found

    def around(self, region: int) -> Condition:
        """Return what all of a region have in common, and not that it is all.

        Raises:
            TooMuch: it takes more steps than are allowed.
        """
        return Condition(self._around(region, region), whole=False)

    def region(self, condition: Condition) -> int:
        """Return where a condition holds."""
        either = self.regions.union(map(self.case, condition.either)) if condition.either else EVERYWHERE
        held = self.regions.both(self.case(condition.when), either)
        return self.regions.without(held, self.regions.union(map(self.case, condition.unless)))

    def case(self, case: Case) -> int:
        """Return where a case holds."""
        return self.regions.without(
            self.regions.lines(case.any_of), self.regions.union(map(self.regions.line, case.none_of))
        )

    def _candidates(self, least: int, most: int) -> Iterable[Condition]:
        around = self._around(least, most)
        inside = self.case(around)
        if self.regions.within(inside, most):
            yield Condition(around)
            return
        outside = self.regions.without(EVERYWHERE, inside)
        too_much = self.regions.without(inside, most)
        yield Condition(around, unless=self._polished(too_much, self.regions.without(EVERYWHERE, least)))
        yield Condition(around, either=self._polished(least, self.regions.either(most, outside)))

    def _around(self, least: int, most: int) -> Case:
        """Return the lines that all of a region has in common, of which none is left that need not be said."""
        regions = self.regions
        had = [0] * len(FACTS)
        for question, answers in zip(regions.questions, regions.words(least), strict=True):
            had[question.fact] |= sum(set(answers))
        found = [Line(fact, had[fact]) for fact in _SINGLE if had[fact] != self._whole[fact]]
        found += [line for fact in _MANY if (line := self._any_of(least, fact, had[fact]))]
        none_of = [Line(fact, self._whole[fact] & ~had[fact]) for fact in _MANY if had[fact] != self._whole[fact]]
        case = Case(_sorted(found), tuple(none_of))
        inside = self.case(case)
        for line in sorted((*found, *none_of), key=lambda each: each.mask.bit_count(), reverse=True):
            fewer = Case(*(tuple(x for x in lines if x is not line) for lines in (case.any_of, case.none_of)))
            wider = self.case(fewer)
            if regions.without(wider, most) == regions.without(inside, most):
                case, inside = fewer, wider
        return case

    def _any_of(self, region: int, fact: int, words: int) -> Line | None:
        """Return words of a set-valued fact of which everything in a region has one, as few as may be, or None."""
        if not self.regions.within(region, self.regions.line(Line(fact, words))):
            return None
        for word in sorted(self._answers[fact]):
            fewer = words & ~word
            if fewer not in (0, words) and self.regions.within(region, self.regions.line(Line(fact, fewer))):
                words = fewer
        return Line(fact, words)

    # --- alternatives: an irredundant sum (after Minato and Morreale), then each case as wide as it may be

    def _polished(self, least: int, most: int) -> tuple[Case, ...]:
        """Return cases that cover a region and stay in another, each as wide as it may be, and none too many."""
        cases = list(dict.fromkeys(self._widened(case, most) for case in self._cover(least, most)[0]))
        cases.sort(key=lambda case: -case.cost)
        covered = {case: self.case(case) for case in cases}
        for case in tuple(cases):
            if self.regions.within(least, self.regions.union(covered[c] for c in cases if c is not case)):
                cases.remove(case)
        return tuple(sorted(cases, key=lambda case: [*map(_order, case.any_of), *map(_order, case.none_of)]))

    def _cover(self, least: int, most: int) -> tuple[tuple[Case, ...], int]:
        """Return cases between two regions, and where they hold."""
        if least == NOWHERE:
            return (), NOWHERE
        if most == EVERYWHERE:
            return (Case(),), EVERYWHERE
        found = self._covers.get((least, most))
        if found is None:
            found = self._covers[least, most] = self._split(least, most)
        return found

    def _split(self, least: int, most: int) -> tuple[tuple[Case, ...], int]:
        """Cover by the answers to the first question what needs them, and the rest without asking it."""
        regions = self.regions
        number = regions.asks(least, most)
        lows, highs = regions.after(least, number), regions.after(most, number)
        always = regions.common(highs)
        cases: list[Case] = []
        held = list(lows)
        left: list[int] = []
        for (low, high), places in _alike(zip(lows, highs, strict=True)):
            own, where = self._cover(regions.without(low, always), high)
            cases += [_and_answer(case, regions.questions[number], places) for case in own]
            left.append(regions.without(low, where))
            for place in places:
                held[place] = where
        rest, where = self._cover(regions.union(left), always)
        regions.spend(len(cases) + len(rest))
        return (*cases, *rest), regions.either(regions.node(number, tuple(held)), where)

    def _widened(self, case: Case, most: int) -> Case:
        """Return a case with every line as wide as it may be, left out where it may."""
        for line in case.none_of:
            fewer = replace(case, none_of=tuple(x for x in case.none_of if x is not line))
            case = fewer if self._stays(fewer, most) else case
        for line in case.any_of:
            rest = tuple(x for x in case.any_of if x is not line)
            fewer = replace(case, any_of=rest)
            case = fewer if self._stays(fewer, most) else replace(case, any_of=self._wider(case, line, rest, most))
        return case

    def _wider(self, case: Case, line: Line, rest: tuple[Line, ...], most: int) -> tuple[Line, ...]:
        """Return the lines of a case with every word added to one of them that may be."""
        regions, others = self.regions, self.case(replace(case, any_of=rest))
        mask = line.mask
        regions.spend(len(self._answers[line.fact]))
        for word in sorted(self._answers[line.fact]):
            if not mask & word and regions.within(regions.both(others, regions.line(Line(line.fact, word))), most):
                mask |= word
        return _sorted((*rest, Line(line.fact, mask)))

    def _stays(self, case: Case, most: int) -> bool:
        return self.regions.within(self.case(case), most)


def _plain(condition: Condition) -> Condition:
    """Return a condition in fewer words: one alternative, or the absence of an absence, is simply a line more."""
    when, either = condition.when, condition.either
    unless = tuple(map(_merged, condition.unless))
    if len(either) == 1:
        when, either = _and(when, either[0]), ()
    for case in unless:
        if not case.any_of and len(case.none_of) == 1:
            when = _and(when, Case(case.none_of))
    return Condition(
        _merged(when), tuple(map(_merged, either)), tuple(c for c in unless if c.any_of or len(c.none_of) > 1)
    )


def _and(one: Case, other: Case) -> Case:
    return Case(_sorted({*one.any_of, *other.any_of}), _sorted({*one.none_of, *other.none_of}))


def _merged(case: Case) -> Case:
    """Return a case in which what a set-valued fact has none of is one line."""
    masks: dict[int, int] = {}
    for line in case.none_of:
        masks[line.fact] = masks.get(line.fact, 0) | line.mask
    return replace(case, none_of=tuple(Line(fact, mask) for fact, mask in sorted(masks.items())))


def _sorted(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=_order))


def _order(line: Line) -> tuple[int, int]:
    return line.fact, line.mask


def _and_answer(case: Case, question: Question, places: Sequence[int]) -> Case:
    """Return a case with one more line: that a question has one of some answers."""
    if FACTS[question.fact].many and not places[0]:
        return replace(case, none_of=_sorted((Line(question.fact, question.answers[1]), *case.none_of)))
    mask = sum(question.answers[place] for place in places)
    return replace(case, any_of=_sorted((Line(question.fact, mask), *case.any_of)))


def _alike(pairs: Iterable[tuple[int, int]]) -> Iterable[tuple[tuple[int, int], list[int]]]:
    """Return pairs of regions, each with all its places: answers after which the same is left are one line."""
    found: dict[tuple[int, int], list[int]] = {}
    for place, pair in enumerate(pairs):
        found.setdefault(pair, []).append(place)
    return found.items()
