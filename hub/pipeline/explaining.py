"""Why somebody would be told what: decided in the two steps in which the hub decides."""

from __future__ import annotations

import msgspec

from hub.policy.decide import Policy
from hub.policy.explain import Explanation, explain
from hub.policy.facts import FACTS, RELATION, Situation, situation
from hub.policy.status import FOR_ANYBODY, KNOWN_OF_ANYBODY
from schemas.catalogue import CATALOGUE
from schemas.events.occurrence import Occurrence
from schemas.labels import Role


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """An explanation, and whether it was decided as if the person were on no scheme."""

    explanation: Explanation
    as_for_anybody: bool
    situation: dict[str, int]
    """The value of each fact on which it was decided."""


def explained(policy: Policy, role: Role, kind: str, data: Occurrence, facts: Situation) -> Explained:
    """Return why a role, in a situation, gets what it gets of an event as published.

    Who may not know the status is decided for anew, as for somebody on no scheme. The facts that were
    said before a relation was declared are not told from those said since.
    """
    first = explain(policy, role, kind, data, facts)
    if first.knows_status:
        return _of(first, facts, anybody=False)
    as_anybody = for_anybody(facts)
    if policy.program(role, CATALOGUE[kind]).decide(as_anybody).tells_status:
        policy = policy.unknowing
    return _of(explain(policy, role, kind, data, as_anybody), as_anybody, anybody=True)


def for_anybody(facts: Situation) -> Situation:
    """Return what would be known if the person were on no scheme: declared relations alone, and few facts."""
    nothing = situation()
    kept = (facts[i] if fact.name in KNOWN_OF_ANYBODY else nothing[i] for i, fact in enumerate(FACTS))
    return tuple(value & FOR_ANYBODY if i == RELATION else value for i, value in enumerate(kept))


def _of(explanation: Explanation, facts: Situation, *, anybody: bool) -> Explained:
    said = {fact.name: facts[i] for i, fact in enumerate(FACTS)}
    return Explained(explanation=explanation, as_for_anybody=anybody, situation=said)
