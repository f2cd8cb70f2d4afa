"""What tells that somebody is on a scheme, and what is decided for whoever may not know it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from hub.policy.facts import FACTS, RELATION, mask_of, words_of
from hub.policy.model import Agreement, Rule, Target
from schemas.catalogue import CATALOGUE
from schemas.labels import Category as C
from schemas.labels import Role

STATUS = frozenset({C.MARKER, C.STRANDS, C.SCHEME_CONTACT, C.MARKER_CONFIRMATIONS, C.MATRIX_SCORE})
"""Categories that say, each by itself, that somebody is on a scheme."""
KEPT = "that the status may not be known here"
"""Stands in the record where the name of a withholding would: nothing that tells the status was given."""

FOR_ANYBODY = mask_of(
    "relation", ["referral", "tenancy", "stay", "treatment", "report", "own-order", "condition", "addressed"]
)
"""The relations by which it is decided for whoever may not know the status: people on no scheme have them too."""
KNOWN_OF_ANYBODY = frozenset(
    {
        "relation",
        "age",
        "yot",
        "yot-agreed",
        "handover",
        "consent",
        "required",
        "risk",
        "was-high",
        "mappa-level",
        "child",
        "custody",
        "restricted",
        "age-years",
        "days-since-release",
        "held-for",
        "publisher",
        "days-since-event",
        "hour",
        "at",
    }
)
"""The facts that may be known of somebody on no scheme, by a declared relation or by what the event says."""


def keeping_the_status(agreements: Sequence[Agreement]) -> tuple[Agreement, ...]:
    """Return the same agreements with a withholding of the status from everybody, in every message."""
    withholding = Rule(
        id=KEPT,
        effect="withhold",
        roles=frozenset(Role),
        targets=tuple(Target(category=category) for category in sorted(STATUS)),
        types=frozenset(CATALOGUE),
        when=(),
    )
    return tuple(replace(a, rules=(withholding, *a.rules)) if i == 0 else a for i, a in enumerate(agreements))


def told_the_status(agreements: Iterable[Agreement]) -> frozenset[Role]:
    """Return the roles that some rule gives the marker, in whatever case."""
    return frozenset(
        role
        for agreement in agreements
        for rule in agreement.rules
        if rule.effect == "give" and not rule.accompanies and any(C.MARKER in target.tells for target in rule.targets)
        for role in rule.roles
    )


def never_of_anybody(rule: Rule) -> str:
    """Return what of a grant's condition holds of nobody on no scheme, in words; empty where all of it may."""
    for line in rule.when:
        if line.fact == RELATION and not line.mask & FOR_ANYBODY:
            return f"relation: {', '.join(words_of('relation', line.mask))}"
        if FACTS[line.fact].name not in KNOWN_OF_ANYBODY:
            return FACTS[line.fact].name
    return ""
