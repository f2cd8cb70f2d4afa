"""Small mistakes that somebody could make in an agreement, one at a time: would a scenario notice?"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from msgspec.structs import replace

from hub.policy.facts import FACTS, words_of
from hub.policy.model import Agreement, Line, Rule, Target
from schemas.labels import Role

Mistake = Literal[
    "rule dropped",
    "one recipient more",
    "one recipient less",
    "condition turned round",
    "line of a condition removed",
    "exception dropped",
    "target dropped",
    "given as it is",
    "obligation forgotten",
]


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """One rule with one mistake in it."""

    mistake: Mistake
    rule: Rule
    changed: Rule | None
    """The rule as it would stand; None where it is gone."""
    detail: str = ""
    """Which recipient, line or target."""
    roles: frozenset[Role]
    """Whom it can make a difference to."""

    def of(self, agreements: Iterable[Agreement]) -> tuple[Agreement, ...]:
        """Return the agreements with this mistake in them."""
        return tuple(replace(a, rules=tuple(self._rules(a))) for a in agreements)

    def _rules(self, agreement: Agreement) -> Iterator[Rule]:
        for rule in agreement.rules:
            if rule is not self.rule:
                yield rule
            elif self.changed is not None:
                yield self.changed

    def differs(self, situation: tuple[int, ...]) -> bool:
        """Tell whether the mistake can make a difference in a situation."""
        before = self.rule.holds(situation)
        after = self.changed is not None and self.changed.holds(situation)
        return before != after or (before and self.changed is not None and self._says() != _says(self.changed))

    def _says(self) -> object:
        return _says(self.rule)


def _says(rule: Rule) -> object:
    return rule.roles, rule.targets, rule.types, rule.obligations


def mutants(agreements: Iterable[Agreement], recipients: int | None = None, seed: int = 0) -> Iterator[Mutant]:
    """Yield the mutants of every rule; with every recipient, or with a few to add and to forget, by the seed."""
    for rule in (rule for agreement in agreements for rule in agreement.rules):
        yield _mutant("rule dropped", rule, None)
        yield from _some(_one_more(rule), recipients, f"{rule.id} {seed}")
        yield from _some(_one_less(rule), recipients, f"{rule.id} {seed}")
        yield from _of_conditions(rule)
        yield from _of_exceptions(rule)
        yield from _of_what_is_said(rule)


def _mutant(
    mistake: Mistake, rule: Rule, changed: Rule | None, detail: str = "", roles: frozenset[Role] | None = None
) -> Mutant:
    return Mutant(
        mistake=mistake,
        rule=rule,
        changed=changed,
        detail=detail,
        roles=rule.roles if roles is None else roles,
    )


def _some(made: Iterable[Mutant], few: int | None, seed: str) -> list[Mutant]:
    found = list(made)
    return found if few is None else random.Random(seed).sample(found, min(few, len(found)))  # noqa: S311 - no secret


def _one_more(rule: Rule) -> Iterator[Mutant]:
    for role in sorted(frozenset(Role) - rule.roles):
        changed = replace(rule, roles=rule.roles | {role})
        yield _mutant("one recipient more", rule, changed, role, frozenset({role}))


def _one_less(rule: Rule) -> Iterator[Mutant]:
    for role in sorted(rule.roles) if len(rule.roles) > 1 else ():
        changed = replace(rule, roles=rule.roles - {role})
        yield _mutant("one recipient less", rule, changed, role, frozenset({role}))


def _of_conditions(rule: Rule) -> Iterator[Mutant]:
    for i, line in enumerate(rule.when):
        others = (*rule.when[:i], *rule.when[i + 1 :])
        yield _mutant("line of a condition removed", rule, replace(rule, when=others), _line(line))
        turned = (*rule.when[:i], _turned(line), *rule.when[i + 1 :])
        yield _mutant("condition turned round", rule, replace(rule, when=turned), _line(line))


def _of_exceptions(rule: Rule) -> Iterator[Mutant]:
    for i, exception in enumerate(rule.unless):
        detail = "; ".join(map(_line, exception))
        others = (*rule.unless[:i], *rule.unless[i + 1 :])
        yield _mutant("exception dropped", rule, replace(rule, unless=others), detail)
        for j, line in enumerate(exception):
            changed = (*exception[:j], _turned(line), *exception[j + 1 :])
            unless = (*rule.unless[:i], changed, *rule.unless[i + 1 :])
            yield _mutant("condition turned round", rule, replace(rule, unless=unless), f"unless {_line(line)}")


def _of_what_is_said(rule: Rule) -> Iterator[Mutant]:
    for i, target in enumerate(rule.targets):
        others = (*rule.targets[:i], *rule.targets[i + 1 :])
        if others:
            yield _mutant("target dropped", rule, replace(rule, targets=others), _target(target))
        if target.transform:
            plain = (*rule.targets[:i], replace(target, transform=None), *rule.targets[i + 1 :])
            yield _mutant("given as it is", rule, replace(rule, targets=plain), _target(target))
    for word in rule.obligations:
        left = tuple(o for o in rule.obligations if o != word)
        yield _mutant("obligation forgotten", rule, replace(rule, obligations=left), word)


def _turned(line: Line) -> Line:
    """Return the line that holds for the other words of its fact, and not for these."""
    return Line(line.fact, ((1 << len(FACTS[line.fact].domain)) - 1) & ~line.mask)


def _line(line: Line) -> str:
    return f"{FACTS[line.fact].name}: {', '.join(words_of(FACTS[line.fact].name, line.mask))}"


def _target(target: Target) -> str:
    return (target.path or str(target.category)) + (f" as {target.transform}" if target.transform else "")
