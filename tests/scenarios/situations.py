"""Every situation that can make a difference to one role and one event type: worked out, not sampled.

Words of a fact that stand in exactly the same conditions cannot be told apart by any rule, so
one of them stands for all. What is left is few enough to go through whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, combinations, product

from hub.policy.facts import FACTS, Fact
from hub.policy.model import Agreement, Rule


def rules_for(agreements: Iterable[Agreement], role: str, kind: str) -> list[Rule]:
    return [r for a in agreements for r in a.rules if role in r.roles and kind in r.types]


def every_situation(rules: list[Rule], **fixed: int) -> Iterator[tuple[int, ...]]:
    masks: dict[int, set[int]] = {}
    for line in (line for r in rules for group in (r.when, *r.unless) for line in group):
        masks.setdefault(line.fact, set()).add(line.mask)
    values = [[fixed[f.name]] if f.name in fixed else _values(f, masks.get(i, set())) for i, f in enumerate(FACTS)]
    return product(*values)


def _values(fact: Fact, masks: set[int]) -> list[int]:
    bits = [1 << i for i in range(len(fact.domain))]
    alike = {tuple(bool(bit & mask) for mask in sorted(masks)): bit for bit in bits}
    if not fact.many:
        return list(alike.values())
    read = [bit for signature, bit in alike.items() if any(signature)]
    subsets = chain.from_iterable(combinations(read, n) for n in range(len(read) + 1))
    return [sum(subset) for subset in subsets]
