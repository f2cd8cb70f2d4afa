"""What a recorded decision would be under other agreements, as far as its record tells.

Pure. The engine decides in every case that fits the record; what is the same in all of them is certain, and all else
is not to be told from the record. As in the hub, who may not know the status is decided for anew as if the person were
on no scheme: of one of these two decisions the record has the facts, and of the other it has not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from hub.ledger.recorded import Part, decided_then, known_facts
from hub.policy.decide import Decision, Policy
from hub.policy.facts import FACTS, RELATION
from hub.policy.known import Known, TooManyCases, everything, possible_situations
from hub.policy.model import Rule
from hub.policy.situations import rules_about
from hub.policy.status import FOR_ANYBODY
from schemas.catalogue import CATALOGUE
from schemas.labels import Category

STATUS = "whether they may then know the status is not in the record"
ANYBODY = "they may then not know the status, and what is read of anybody is not in the record"
OTHERWISE = "what was recorded does not come out the same under what was in force then"
TOO_LITTLE = "too little of what is asked for is in the record"
UNKNOWN_FACT = "a fact was read, or a type told, that this program does not know"


class Would(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a decision can be, made again; where that is nothing, why it cannot be told."""

    then: Decision | None = None
    """What was decided, made again under what was in force then."""
    decisions: tuple[Decision | None, ...] = ()
    """None stands for nothing told at all."""
    weighed: tuple[Decision, ...] = ()
    """The same with those by which nothing is told, each of which says why."""
    missing: tuple[str, ...] = ()
    """The facts that are asked for and of which too little is known."""
    undecided: str = ""


def would(part: Part, then: Policy, now: Policy) -> Would:
    """Return what a recipient's decision can be under other agreements.

    Args:
        part: One recipient's part of an entry.
        then: The agreements that were in force.
        now: The others.
    """
    try:
        before, facts = decided_then(part, then), known_facts(part, then, now)
    except (KeyError, ValueError):
        return Would(undecided=UNKNOWN_FACT)
    if before.present != (part.view is not None):
        return Would(undecided=OTHERWISE)
    program = now.program(part.role, CATALOGUE[part.kind])
    missing = tuple(FACTS[fact].name for fact, mask in program.reads if not _settled(fact, mask, facts))
    try:
        return _made(part, before, then, now, facts, missing)
    except TooManyCases:
        return Would(then=before, missing=missing, undecided=TOO_LITTLE)


def _made(
    part: Part, before: Decision, then: Policy, now: Policy, facts: Mapping[int, Known], missing: tuple[str, ...]
) -> Would:
    if not before.knows_status and _may_come_to_know(part, then, now):
        return Would(then=before, undecided=STATUS)
    under = now if before.knows_status else now.unknowing
    found = tuple({id(d): d for d in _decisions(part, under, facts)}.values())
    if not before.knows_status:
        return Would(then=before, decisions=found, weighed=found, missing=missing)
    if any(not d.knows_status for d in found) and part.relation & FOR_ANYBODY:
        return Would(then=before, undecided=ANYBODY)
    told = tuple(d if d.knows_status else None for d in found)
    return Would(then=before, decisions=told, weighed=found, missing=missing)


def _decisions(part: Part, policy: Policy, facts: Mapping[int, Known]) -> Iterable[Decision]:
    program = policy.program(part.role, CATALOGUE[part.kind])
    rules = rules_about((r for a in policy.agreements for r in a.rules), part.role, part.kind)
    return [program.decide(situation) for situation in possible_situations(rules, facts)]


def _settled(fact: int, mask: int, facts: Mapping[int, Known]) -> bool:
    """Tell whether it is known which of the words that are asked for hold."""
    if fact not in facts:
        return False
    known = facts[fact]
    if FACTS[fact].many:
        return not known.may & mask
    return known.may & (known.may - 1) == 0 or not known.may & mask


def _may_come_to_know(part: Part, then: Policy, now: Policy) -> bool:
    """Tell whether somebody decided for as if the person were on no scheme might know the status under other rules.

    Of that first decision the record has no fact but the relations that run alike for anybody.
    """
    event = CATALOGUE[part.kind]
    before, after = then.program(part.role, event), now.program(part.role, event)
    told = (before.rules_that_tell(Category.MARKER), after.rules_that_tell(Category.MARKER))
    if _written(told[0]) == _written(told[1]):
        return False
    sure = part.relation & FOR_ANYBODY
    facts = {RELATION: Known(sure, everything(RELATION) & ~FOR_ANYBODY)}
    return any(
        not before.decide(situation).knows_status and after.decide(situation).knows_status
        for situation in possible_situations([*told[0], *told[1]], facts)
    )


def _written(rules: Iterable[Rule]) -> list[str]:
    return sorted(repr((rule.effect, rule.when, rule.unless)) for rule in rules)
