"""Every case in which rules come to something else: worked out, not sampled.

What an agreement says in a situation depends only on which of its rules hold. So of all situations
in which the same rules hold, one stands for all; and there are few enough to go through whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hub.policy.facts import FACTS, Fact, Situation
from hub.policy.model import Line, Rule


def distinct_situations(
    rules: Sequence[Rule], within: Sequence[tuple[int, int]] | None = None, most: int | None = None
) -> list[Situation]:
    """Return one situation for each set of rules that can hold together, and for each set of exceptions.

    Args:
        rules: The rules.
        within: For each fact the words that hold for sure, and those that may: of a fact that has several words at
            once any of them beside the sure ones, of another exactly one. Everything, unless it is said.
        most: Where there are more than so many, the first of them found are returned, and they are more than that.
    """
    conditions = [c for rule in rules for c in (rule.when, *rule.unless)]
    found: dict[int, tuple[int, ...]] = {(1 << len(conditions)) - 1: ()}
    for index, fact in enumerate(FACTS):
        sure, may = within[index] if within else (0, (1 << len(fact.domain)) - 1)
        values = _values(fact, [_line(index, condition) for condition in conditions], sure, may)
        found = {
            still & met: (*situation, value) for still, situation in found.items() for met, value in values.items()
        }
        if most is not None and len(found) > most:
            break
    return list(found.values())


def _line(fact: int, condition: Iterable[Line]) -> int | None:
    """Return the mask that a condition asks of a fact, or None where it does not ask for it."""
    masks = [line.mask for line in condition if line.fact == fact]
    return masks[0] if masks else None


def _values(fact: Fact, asked: Sequence[int | None], sure: int, may: int) -> dict[int, int]:
    """Return by the set of conditions that a value meets, one such value."""
    indifferent = sum(1 << i for i, mask in enumerate(asked) if mask is None)
    if not fact.many and indifferent == (1 << len(asked)) - 1:
        return {indifferent: 1 << may.bit_length() - 1}
    met = [(_met(1 << bit, asked), 1 << bit) for bit in range(len(fact.domain)) if may >> bit & 1]
    if not fact.many:
        return {indifferent | conditions: value for conditions, value in met}
    found = {indifferent | _met(sure, asked): sure}
    for conditions, value in dict(met).items():
        if conditions:
            found |= {have | conditions: having | value for have, having in list(found.items())}
    return found


def _met(value: int, asked: Sequence[int | None]) -> int:
    return sum(1 << i for i, mask in enumerate(asked) if mask is not None and mask & value)


def rules_about(rules: Iterable[Rule], role: str, kind: str) -> Iterator[Rule]:
    """Yield the rules that speak of a role and an event type."""
    return (rule for rule in rules if role in rule.roles and kind in rule.types)
