"""Nobody learns the status who may not: not from a leaf, not from a message, not from what a message depends on."""

from __future__ import annotations

import pytest

from hub.policy.facts import INDEX, mask_of, situation
from hub.policy.scenarios.suite import WAYS
from hub.policy.situations import distinct_situations, rules_about
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from schemas.leaves import leaves_of

NEVER_TOLD = [
    *("sentencer", "programme-staff", "contracted-provider", "voluntary", "mentor", "school", "parent", "gp"),
    *("prison-healthcare", "liaison-and-diversion", "mental-health", "community-safety"),
    *("the-person", "the-victim", "inspector", "oversight"),
]
"""The roles that the protocol's status row does not name, on a scheme or off it."""
TELLING = {
    Category.MARKER,
    Category.STRANDS,
    Category.SCHEME_CONTACT,
    Category.MARKER_CONFIRMATIONS,
    Category.MATRIX_SCORE,
}
STATUS_FACTS = ("status", "kind", "strand")


def rules_for(policy, role, kind):
    return list(rules_about((r for a in policy.agreements for r in a.rules), role, kind))


def decisions(policy, role, kind):
    program = policy.program(Role(role), CATALOGUE[kind])
    for values in distinct_situations(rules_for(policy, role, kind)):
        yield program.decide(values)


@pytest.mark.parametrize("role", NEVER_TOLD)
def test_the_status_is_never_told(policy, role):
    """In no situation does such a role get a message about a scheme, or in any other a leaf that tells the status."""
    for kind, event in CATALOGUE.items():
        telling = {leaf.path for leaf in leaves_of(event.data) if leaf.categories & TELLING}
        for decision in decisions(policy, role, kind):
            assert event.alike or not decision.present, kind
            assert telling.isdisjoint(decision.given), kind
            assert not decision.knows_status, kind


@pytest.mark.parametrize("role", NEVER_TOLD)
def test_nothing_depends_on_the_status(policy, role):
    """What such a role gets depends on no fact, and on no relation, that only people on a scheme have."""
    only_on_a_scheme = mask_of("relation", ["further", "partner", "marker-holder"])
    for kind in CATALOGUE:
        reads = dict(policy.program(Role(role), CATALOGUE[kind]).reads)

        assert not {INDEX[name] for name in STATUS_FACTS} & set(reads), kind
        assert not reads.get(INDEX["relation"], 0) & only_on_a_scheme, kind


@pytest.mark.parametrize("role", sorted(set(Role) - set(NEVER_TOLD)))
def test_what_does_not_know_the_status_does_not_depend_on_it(policy, role):
    """Whoever may know the status only in some cases gets, in the others, the same whatever the status."""
    standings = [{"status": "member", "kind": "PPO"}, {"status": "former"}, {"status": "none"}]
    for kind in CATALOGUE:
        program = policy.program(Role(role), CATALOGUE[kind])
        for way in WAYS:
            copies = [
                program.decide(tuple(situation(relation=[way], age="adult", restricted="no", **s))) for s in standings
            ]
            unknowing = [
                (d.present, d.given, d.obligations, d.purposes) for d in copies if not d.knows_status and d.present
            ]
            assert not unknowing or ([unknowing[0]] * len(standings) == unknowing), (kind, way)


def test_the_situations_are_worked_out_whole(policy):
    """Each rule holds in some of the situations and does not in others, so that "any situation" means any."""
    rules = rules_for(policy, "sentencer", "breach.presented")
    tried = distinct_situations(rules)

    assert [] == [r.id for r in rules if (r.when or r.unless) and {r.holds(s) for s in tried} != {True, False}]
    assert any(policy.program(Role.SENTENCER, CATALOGUE["breach.presented"]).decide(v).present for v in tried)
