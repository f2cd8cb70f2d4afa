"""Which leaves of a copy are taken back without any event that corrects it: for a rule, for a fact that changed.

Pure: worked out from the record. What stands on other grounds as well stays.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub.ledger.recorded import Part
from hub.ledger.wrong import categories_of
from hub.policy.decide import Policy
from hub.policy.known import as_read
from hub.policy.project import source_of
from schemas.catalogue import CATALOGUE


def by_rule(part: Part, rule: str) -> frozenset[str]:
    """Return the leaves that rest on one rule and on no other, by their paths in the copy."""
    return frozenset(path for path, leaf in part.leaves().items() if leaf.rules == (rule,))


def by_fact(part: Part, then: Policy, fact: str, word: str) -> frozenset[str]:
    """Return the leaves that would not have been given had a fact been so; none where the fact was not read.

    Raises:
        KeyError, ValueError: a fact was read that this program does not know.
    """
    if fact not in part.auditor.facts_read:
        return frozenset()
    facts = {**part.auditor.facts_read, fact: (word,)}
    decision = then.program(part.role, CATALOGUE[part.kind]).decide(as_read(facts))
    given = decision.given if decision.present else {}
    return frozenset(
        path for path, leaf in part.leaves().items() if source_of(part.kind, path, leaf.transform) not in given
    )


def nothing_left(part: Part, kept: Iterable[str]) -> bool:
    """Tell whether what is left of a copy says nothing of its event any more: it only says of whom it was."""
    leaves, categories = part.leaves(), categories_of(part.kind)
    left = [categories[source_of(part.kind, path, leaves[path].transform)] for path in kept]
    topic = str(CATALOGUE[part.kind].topic)
    had = [categories[source_of(part.kind, path, leaf.transform)] for path, leaf in leaves.items()]
    if any(topic in each for each in had):
        return not any(topic in each for each in left)
    return not left
