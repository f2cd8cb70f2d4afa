"""Every case in which rules come to something else: worked out, not sampled.

What an agreement says in a situation depends only on which of its rules hold. So of all situations
in which the same rules hold, one stands for all; and there are few enough to go through whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hub.policy.facts import FACTS, Fact, Situation
from hub.policy.model import Line, Rule


def distinct_situations(rules: Sequence[Rule]) -> list[Situation]:
    """Return one situation for each set of rules that can hold together, and for each set of exceptions."""
    conditions = [c for rule in rules for c in (rule.when, *rule.unless)]
    found: dict[int, tuple[int, ...]] = {(1 << len(conditions)) - 1: ()}
    for index, fact in enumerate(FACTS):
        values = _values(fact, [_line(index, condition) for condition in conditions])
        found = {
            still & met: (*situation, value) for still, situation in found.items() for met, value in values.items()
        }
    return list(found.values())


def _line(fact: int, condition: Iterable[Line]) -> int | None:
    """Return the mask that a condition asks of a fact, or None where it does not ask for it."""
    masks = [line.mask for line in condition if line.fact == fact]
    return masks[0] if masks else None


def _values(fact: Fact, asked: Sequence[int | None]) -> dict[int, int]:
    """Return by the set of conditions that a value meets, one such value."""
    indifferent = sum(1 << i for i, mask in enumerate(asked) if mask is None)
    if not fact.many and indifferent == (1 << len(asked)) - 1:
        return {indifferent: 1 << len(fact.domain) - 1}
    met = [(_met(1 << bit, asked), 1 << bit) for bit in range(len(fact.domain))]
    if not fact.many:
        return {indifferent | conditions: value for conditions, value in met}
    found = {indifferent: 0}
    for conditions, value in dict(met).items():
        if conditions:
            found |= {have | conditions: having | value for have, having in list(found.items())}
    return found


def _met(value: int, asked: Sequence[int | None]) -> int:
    return sum(1 << i for i, mask in enumerate(asked) if mask is not None and mask & value)


def rules_about(rules: Iterable[Rule], role: str, kind: str) -> Iterator[Rule]:
    """Yield the rules that speak of a role and an event type."""
    return (rule for rule in rules if role in rule.roles and kind in rule.types)
