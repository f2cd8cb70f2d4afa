"""Which mistakes in an agreement some scenario would notice, and how many of all that make a difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, get_args

import msgspec

from hub.policy.analysis.forms import Forms
from hub.policy.analysis.reading import Desk, Reading
from hub.policy.analysis.shifts import Comparison, Shift
from hub.policy.check import findings
from hub.policy.decide import Policy
from hub.policy.facts import FACTS, Situation, words_of
from hub.policy.model import Agreement, Rule
from hub.policy.scenarios.mutants import Mistake, Mutant, mutants
from hub.policy.scenarios.suite import Pair, Suite
from hub.policy.scenarios.tried import Reached, Trial, Wrong
from hub.policy.situations import rules_about
from schemas.catalogue import CATALOGUE
from schemas.labels import Role

Outcome = Literal["noticed", "survived", "refused", "equivalent"]
"""``refused``: the hub would not put it in force; ``equivalent``: it never makes a difference to anybody."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one mutant."""

    rule: str
    mistake: Mistake
    detail: str
    outcome: Outcome
    noticed_by: str = ""
    """Place and name of the first scenario that noticed."""
    example: str = ""
    """Of a survivor: a case in which it makes a difference that no scenario speaks of."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What share of the mistakes that make a difference some scenario noticed."""

    noticed: int
    survived: int

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where there was nothing to notice."""
        return self.noticed / (self.noticed + self.survived) if self.noticed + self.survived else 1.0


def score(tried: Iterable[Tried]) -> Score:
    """Return the score: each rule, mistake and place in it counts once, however many recipients it was tried with.

    Adding or forgetting one recipient is one mistake for each rule; it is noticed where it is noticed for every role.
    """
    outcomes: dict[tuple[str, str, str], set[Outcome]] = {}
    for one in tried:
        detail = "" if one.mistake.startswith("one recipient") else one.detail
        outcomes.setdefault((one.rule, one.mistake, detail), set()).add(one.outcome)
    survived = sum("survived" in seen for seen in outcomes.values())
    noticed = sum("noticed" in seen and "survived" not in seen for seen in outcomes.values())
    return Score(noticed=noticed, survived=survived)


class Mutation:
    """Tries mutants of a policy against its scenarios, each for itself."""

    def __init__(self, suite: Suite, agreements: Sequence[Agreement]) -> None:
        """Find who is reached as it is, so that only what a mutant changes needs to be tried again.

        The scenarios must all be right of these agreements: from one that is wrong already nothing can be told.
        """
        self.suite, self.agreements = suite, tuple(agreements)
        self.policy = Policy(self.agreements)
        sound = Trial(suite, self.policy)
        self._alike = {role: sound.alike(role) for role in Role}
        reached: dict[tuple[str, Pair], set[str]] = {}
        for role in Role:
            for kinds in self._alike[role]:
                for found in sound.reached(role, kinds[0]):
                    reached.setdefault(found, set()).update(kinds)
        self._reached: Reached = {found: frozenset(kinds) for found, kinds in reached.items()}
        self._desk = Desk(Forms(self.agreements))
        self._reading = Reading(self.agreements, self._desk)
        self._of_role = {role: [found for found in self._reached if found[1][0] == role] for role in Role}

    def mutants(self, recipients: int | None = None, seed: int = 0) -> list[Mutant]:
        """Return the mutants in the order of the rules; with every recipient, or with a few of each rule."""
        return list(mutants(self.agreements, recipients, seed))

    def tried(self, mutant: Mutant) -> Tried:
        """Return what becomes of one mutant."""
        agreements = mutant.of(self.agreements)
        if any(findings(a) for a in agreements):
            return _tried(mutant, "refused")
        policy = Policy(agreements)
        wrong = next(self._wrong(mutant, policy), None)
        if wrong is not None:
            return _tried(mutant, "noticed", noticed_by=f"{wrong.place} {wrong.scenario}")
        example = self._difference(mutant, agreements)
        return _tried(mutant, "survived", example=example) if example else _tried(mutant, "equivalent")

    def _wrong(self, mutant: Mutant, policy: Policy) -> Iterator[Wrong]:
        only = frozenset(filter(mutant.differs, self.suite.situations))
        if not only:
            return
        trial, cells = Trial(self.suite, policy), self._cells(mutant)
        if mutant.rule.effect == "withhold" and mutant.mistake != "one recipient more":
            for role, kinds in cells:
                yield from trial.lifted(role, kinds[0], only)
        cells = [cell for cell in cells if self._can_matter(mutant.rule, *cell)]
        for role, kinds in cells:
            yield from trial.cell(role, kinds[0], only)
        reached = dict(self._reached)
        for role, kinds in cells:
            still = set(trial.reached(role, kinds[0]))
            for found in self._of_role[role]:
                if kinds[0] in reached[found] and found not in still:
                    reached[found] = frozenset(reached[found]) - set(kinds)
        yield from trial.unreached(reached, mutant.roles)

    def _cells(self, mutant: Mutant) -> list[tuple[Role, tuple[str, ...]]]:
        """Return the roles and event types to which a mutant can make a difference; types that are alike together."""
        cells = (
            (role, tuple(kind for kind in kinds if kind in mutant.rule.types))
            for role in sorted(mutant.roles)
            for kinds in self._alike[role]
        )
        return sorted((cell for cell in cells if cell[1]), key=lambda cell: len(cell[1]))

    def _can_matter(self, rule: Rule, role: Role, kinds: Sequence[str]) -> bool:
        """Tell whether a rule can matter to a role: a withholding does not of what nobody gives it."""
        if rule.effect == "give" or not rule.targets:
            return True
        withheld = {category for target in rule.targets for category in target.categories}
        others = rules_about((r for a in self.agreements for r in a.rules), role, kinds[0])
        return any(withheld & t.categories for other in others if other.effect == "give" for t in other.targets)

    def _difference(self, mutant: Mutant, agreements: Sequence[Agreement]) -> str:
        """Return a case in which somebody gets something else, or an empty word where there is none at all.

        Worked out over every case there can be, for the roles and event types alone to which the mistake can matter.
        """
        comparison = Comparison(self._reading, Reading(agreements, self._desk))
        for role, kinds in self._cells(mutant):
            if not self._can_matter(mutant.rule, role, kinds):
                continue
            before, after = (reading.sheet(role, kinds[0]) for reading in (comparison.old, comparison.new))
            for shift, _, where in comparison.between(before, after, CATALOGUE[kinds[0]]):
                if _matters(shift):
                    example = self._desk.regions.example(where.region, self.suite.person)
                    return f"{role}, {kinds[0]}: {self._facts(where.region, example)}"
        return ""

    def _facts(self, region: int, example: Situation) -> str:
        return "; ".join(
            f"{FACTS[fact].name} {', '.join(words_of(FACTS[fact].name, example[fact])) or 'none'}"
            for fact in sorted(self._desk.regions.facts(region))
        )


def _tried(mutant: Mutant, outcome: Outcome, *, noticed_by: str = "", example: str = "") -> Tried:
    return Tried(
        rule=mutant.rule.id,
        mistake=mutant.mistake,
        detail=mutant.detail,
        outcome=outcome,
        noticed_by=noticed_by,
        example=example,
    )


def _matters(shift: Shift) -> bool:
    """Tell whether somebody is told something else, or is obliged to less; an obligation more harms nobody."""
    return shift.what in {"message", "leaf"} or any(what == "obligation" for what, _ in shift.dropped)
