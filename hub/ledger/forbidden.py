"""Whether a version in force withholds what a copy has that was not sent yet, and what is left of the copy under it.

Pure. A copy is decided on anew from the facts that were read when it was made. What of these is not known opens least:
a withholding that may hold counts as one that does, and a leaf is kept only where it is given in every case.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from hub.ledger.recorded import HOUR, Part, as_asked, decided_then, known_facts
from hub.policy.decide import Decision, Policy, Program
from hub.policy.facts import FACTS, RELATION, Situation, mask_of
from hub.policy.known import Known, TooManyCases, as_recorded, exactly, nothing_known, possible_situations
from hub.policy.said import Release
from hub.policy.situations import rules_about
from schemas.catalogue import CATALOGUE


class Forbidden(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a copy that a version in force forbids."""

    decision: Decision
    """By which it is decided now."""
    kept: Mapping[str, Release]
    """The leaves that are given still, by their paths in the copy; none where nothing is told any more."""


def forbidden(part: Part, then: Policy | None, now: Policy, hour: int) -> Forbidden | None:
    """Return what becomes of a copy where a withholding in force takes something that it has; None where none does.

    Args:
        part: One recipient's part of the entry on which the copy rests.
        then: The agreements by which it was made, where they are known still.
        now: Those in force.
        hour: The hour of the day in London.
    """
    now = as_asked(now, part.auditor)
    program = now.program(part.role, CATALOGUE[part.kind])
    try:
        facts, status = _facts(part, then, now, hour), then is None or decided_then(part, then).knows_status
    except (KeyError, ValueError):
        facts, status = {RELATION: exactly(RELATION, part.relation)}, True
    given = part.by_source()
    if not given.keys() & _taken(part, now, program, facts, status=status):
        return None
    decision = program.decide(_least(facts))
    return Forbidden(decision=decision, kept=_kept(part, now, program, facts, decision, status=status))


def _facts(part: Part, then: Policy | None, now: Policy, hour: int) -> dict[int, Known]:
    known = known_facts(part, then, now) if then else as_recorded(part.auditor.facts_read, {})
    known[RELATION] = exactly(RELATION, part.relation)
    known[HOUR] = exactly(HOUR, mask_of("hour", [str(hour)]))
    return known


def _taken(part: Part, now: Policy, program: Program, facts: Mapping[int, Known], *, status: bool) -> frozenset[str]:
    """Return the leaves that a withholding takes in some case; all, where there are too many to go through."""
    rules = [r for a in now.agreements for r in a.rules if r.effect == "withhold"]
    try:
        cases = list(possible_situations(rules_about(rules, part.role, part.kind), facts))
    except TooManyCases:
        return frozenset(part.by_source())
    return frozenset().union(*(program.forbidden(case, status=status) for case in cases))


def _kept(
    part: Part, now: Policy, program: Program, facts: Mapping[int, Known], decision: Decision, *, status: bool
) -> Mapping[str, Release]:
    """Return the leaves of a copy that are given as they are in every case, by their paths there."""
    rules = rules_about((r for a in now.agreements for r in a.rules), part.role, part.kind)
    try:
        decisions = [decision, *(program.decide(case) for case in possible_situations(rules, facts))]
    except TooManyCases:
        return {}
    if any(not d.present or (status and not d.knows_status) for d in decisions):
        return {}
    taken = _taken(part, now, program, facts, status=status)
    return {
        path: decision.given[source]
        for (path, leaf), source in zip(part.leaves().items(), part.by_source(), strict=True)
        if source not in taken
        and all(source in d.given and d.given[source].transform == leaf.transform for d in decisions)
    }


def _least(facts: Mapping[int, Known]) -> Situation:
    """Return the situation in which whatever is not known is so that it opens least."""
    return tuple(_least_of(index, facts.get(index) or nothing_known(index)) for index in range(len(FACTS)))


def _least_of(index: int, known: Known) -> int:
    fact = FACTS[index]
    if fact.many:
        return known.sure
    unknown = mask_of(fact.name, [fact.unknown]) if fact.unknown else 0
    return unknown & known.may or known.may & -known.may
