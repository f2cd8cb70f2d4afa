"""Regions: sets of situations, exactly, so that what holds in every case is worked out and never sampled.

A region is a number that names one node of a decision diagram over the facts. A node asks one
question, a single-valued fact for its word or a set-valued one for one of its words, and has one
region for each answer; questions come in one order, and no node stands twice. So two regions are
the same set of situations if and only if they are the same number.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from hub.policy.analysis.questions import has, questions_of
from hub.policy.facts import FACTS, Situation
from hub.policy.model import Line, Rule

NOWHERE, EVERYWHERE = 0, 1


class TooMuch(Exception):
    """More steps are needed than were allowed."""


class Regions:
    """All regions that were asked for; only regions of the same maker can be compared."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        """Begin with the empty region and the whole one; only what these rules tell apart can be asked for."""
        self.questions = questions_of(rules)
        self._end = len(self.questions)
        self._question = [self._end, self._end]
        self._after: list[tuple[int, ...]] = [(), ()]
        self._nodes: dict[tuple[int, tuple[int, ...]], int] = {}
        self._both: dict[tuple[int, int], int] = {}
        self._either: dict[tuple[int, int], int] = {}
        self._without: dict[tuple[int, int], int] = {}
        self._within: dict[tuple[int, int], bool] = {}
        self._meets: dict[tuple[int, int], bool] = {}
        self._lines: dict[Line, int] = {}
        self._most = sys.maxsize
        self.steps = 0
        """How many steps were taken so far: pairs of nodes that were looked at."""

    @contextmanager
    def allowing(self, steps: int) -> Iterator[None]:
        """Allow so many steps more and not one besides, nor more than were allowed before; what was found is kept.

        Raises:
            TooMuch: more are needed. A region may have as many nodes as there are cases, so that can always be.
        """
        before, self._most = self._most, min(self._most, self.steps + steps)
        try:
            yield
        finally:
            self._most = before

    def spend(self, steps: int) -> None:
        """Take some steps.

        Raises:
            TooMuch: they are more than are allowed.
        """
        self.steps += steps
        if self.steps > self._most:
            raise TooMuch

    def node(self, question: int, after: tuple[int, ...]) -> int:
        """Return the region that a question and the regions after its answers make."""
        if after.count(after[0]) == len(after):
            return after[0]
        key = (question, after)
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = len(self._after)
            self._question.append(question)
            self._after.append(after)
        return found

    def asks(self, *regions: int) -> int:
        """Return the first question that one of some regions asks."""
        return min(self._question[region] for region in regions)

    def after(self, region: int, question: int) -> tuple[int, ...]:
        """Return what is left of a region after each answer to a question, no later than its own first one."""
        if self._question[region] == question:
            return self._after[region]
        return (region,) * len(self.questions[question].answers)

    def both(self, a: int, b: int) -> int:
        """Return the situations that are in both regions."""
        if b in (a, EVERYWHERE):
            return a
        if a == EVERYWHERE:
            return b
        if NOWHERE in (a, b):
            return NOWHERE
        key = (a, b) if a < b else (b, a)
        found = self._both.get(key)
        if found is None:
            self.spend(1)
            question, left, right = self._apart(a, b)
            after = tuple(map(self.both, left, right))
            found = self._both[key] = self.node(question, after)
        return found

    def either(self, a: int, b: int) -> int:
        """Return the situations that are in at least one of two regions."""
        if b in (a, NOWHERE):
            return a
        if a == NOWHERE:
            return b
        if EVERYWHERE in (a, b):
            return EVERYWHERE
        key = (a, b) if a < b else (b, a)
        found = self._either.get(key)
        if found is None:
            self.spend(1)
            question, left, right = self._apart(a, b)
            after = tuple(map(self.either, left, right))
            found = self._either[key] = self.node(question, after)
        return found

    def without(self, a: int, b: int) -> int:
        """Return the situations of a region that are not in another."""
        if a in (b, NOWHERE) or b == EVERYWHERE:
            return NOWHERE
        if b == NOWHERE:
            return a
        key = (a, b)
        found = self._without.get(key)
        if found is None:
            self.spend(1)
            question, left, right = self._apart(a, b)
            after = tuple(map(self.without, left, right))
            found = self._without[key] = self.node(question, after)
        return found

    def _apart(self, a: int, b: int) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
        """Return the first question of either region, and what is left of both after each answer."""
        asked, other = self._question[a], self._question[b]
        if asked == other:
            return asked, self._after[a], self._after[b]
        if asked < other:
            left = self._after[a]
            return asked, left, (b,) * len(left)
        right = self._after[b]
        return other, (a,) * len(right), right

    def within(self, a: int, b: int) -> bool:
        """Tell whether every situation of a region is in another; the first that is not ends the search."""
        if a in (b, NOWHERE) or b == EVERYWHERE:
            return True
        if b == NOWHERE or a == EVERYWHERE:
            return False
        key = (a, b)
        found = self._within.get(key)
        if found is None:
            self.spend(1)
            _, left, right = self._apart(a, b)
            found = self._within[key] = all(map(self.within, left, right))
        return found

    def meet(self, a: int, b: int) -> bool:
        """Tell whether some situation is in both of two regions; the first that is ends the search."""
        if a > b:
            a, b = b, a
        if a == NOWHERE:
            return False
        if a in (b, EVERYWHERE):
            return True
        key = (a, b)
        found = self._meets.get(key)
        if found is None:
            self.spend(1)
            _, left, right = self._apart(a, b)
            found = self._meets[key] = any(map(self.meet, left, right))
        return found

    def union(self, regions: Iterable[int]) -> int:
        """Return the situations that are in any of some regions."""
        waiting = sorted(set(regions))
        while len(waiting) > 1:
            waiting = [self.either(*pair) if len(pair) == 2 else pair[0] for pair in _pairs(waiting)]
        return waiting[0] if waiting else NOWHERE

    def common(self, regions: Iterable[int]) -> int:
        """Return the situations that are in all of some regions."""
        left = EVERYWHERE
        for region in regions:
            left = self.both(left, region)
        return left

    def line(self, line: Line) -> int:
        """Return where one line of a condition holds.

        Raises:
            ValueError: it tells apart what the rules that were said at the start do not.
        """
        found = self._lines.get(line)
        if found is None:
            self._check(line)
            found = NOWHERE
            for i in range(self._end - 1, -1, -1):
                question = self.questions[i]
                if question.fact != line.fact:
                    continue
                if FACTS[line.fact].many:
                    found = self.node(i, (found, EVERYWHERE)) if question.answers[1] & line.mask else found
                else:
                    found = self.node(i, tuple(EVERYWHERE if a & line.mask else NOWHERE for a in question.answers))
            self._lines[line] = found
        return found

    def _check(self, line: Line) -> None:
        answers = [a for question in self.questions if question.fact == line.fact for a in question.answers]
        if sum(answers) & line.mask != line.mask or any(a & line.mask not in (0, a) for a in answers):
            raise ValueError(f"no question tells apart what a line asks of {FACTS[line.fact].name}")

    def lines(self, lines: Iterable[Line]) -> int:
        """Return where all of some lines hold."""
        return self.common(map(self.line, lines))

    def rule(self, rule: Rule) -> int:
        """Return where a rule holds."""
        return self.without(self.lines(rule.when), self.union(map(self.lines, rule.unless)))

    def holds(self, region: int, situation: Sequence[int]) -> bool:
        """Tell whether a situation is in a region."""
        while region > EVERYWHERE:
            question = self.questions[self._question[region]]
            value = situation[question.fact]
            place = next(p for p in reversed(range(len(question.answers))) if has(value, question, p))
            region = self._after[region][place]
        return region == EVERYWHERE

    def example(self, region: int, usual: Situation) -> Situation:
        """Return one situation of a region that is not empty, as near to a usual one as is found step by step.

        Raises:
            ValueError: nothing is in the region.
        """
        if region == NOWHERE:
            raise ValueError("nothing is in the empty region")
        found = list(usual)
        for i, question in enumerate(self.questions):
            after = self.after(region, i)
            place = min(
                (p for p, rest in enumerate(after) if rest != NOWHERE),
                key=lambda p: not has(usual[question.fact], question, p),
            )
            region = after[place]
            if FACTS[question.fact].many:
                found[question.fact] = found[question.fact] & ~question.answers[1] | question.answers[place]
            else:
                value = usual[question.fact] & question.answers[place] or question.answers[place]
                found[question.fact] = value & -value
        return tuple(found)

    def words(self, region: int) -> list[list[int]]:
        """Return for each question the answers that some situation of a region gives."""
        given: list[set[int]] = [set() for _ in self.questions]
        unasked: set[int] = set()
        waiting, met = [(-1, region)], {NOWHERE}
        while waiting:
            before, node = waiting.pop()
            unasked.update(range(before + 1, self._question[node]))
            if node in met or node == EVERYWHERE:
                continue
            met.add(node)
            question = self._question[node]
            for answer, rest in zip(self.questions[question].answers, self._after[node], strict=True):
                if rest != NOWHERE:
                    given[question].add(answer)
                    waiting.append((question, rest))
        return [list(q.answers) if i in unasked else sorted(given[i]) for i, q in enumerate(self.questions)]

    def facts(self, region: int) -> frozenset[int]:
        """Return the facts on which a region depends."""
        found: set[int] = set()
        waiting, met = [region], {NOWHERE, EVERYWHERE}
        while waiting:
            node = waiting.pop()
            if node not in met:
                met.add(node)
                found.add(self.questions[self._question[node]].fact)
                waiting += self._after[node]
        return frozenset(found)

    def __len__(self) -> int:
        """Return how many nodes there are."""
        return len(self._after)


def _pairs(regions: list[int]) -> Iterable[list[int]]:
    return (regions[i : i + 2] for i in range(0, len(regions), 2))
