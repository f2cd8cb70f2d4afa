"""What the protocol withholds stays withheld, whatever rule somebody adds later."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.policy.decide import Policy
from hub.policy.facts import situation
from hub.policy.model import Rule, Target
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from tests.scenarios.reading import (
    READING,
    WITHHOLDINGS,
    all_leaves,
    kinds,
    listed,
    policy,
    roles,
    touching_leaves,
    ways,
)

GENEROUS = Rule(
    id="everything-to-everyone",
    effect="give",
    roles=frozenset(Role),
    targets=tuple(Target(category=c) for c in Category),
    types=frozenset(CATALOGUE),
    when=(),
)


@pytest.fixture(scope="module")
def generous():
    agreement = policy().agreements[0]
    return Policy([replace(agreement, rules=(*agreement.rules, GENEROUS))])


def leaves(withholding, kind):
    if withholding.category == "everything":
        return all_leaves(kind)
    return frozenset().union(*(touching_leaves(kind, c) for c in listed(withholding.category)))


def standings(withholding, kind):
    """Every way of standing to the person for a few types of event, and the first of them for all others."""
    found = sorted(ways(withholding.ways))
    return found if kind in {"ppo.adopted", "custody.received", "breach.presented"} else found[:1]


def words(person):
    said = {fact.replace("-", "_"): said for fact, said in person.items()}
    return {fact: {True: "yes", False: "no"}[w] if isinstance(w, bool) else w for fact, w in said.items()}


@pytest.mark.parametrize("withholding", WITHHOLDINGS, ids=lambda w: f"{w.row}: {w.category} from {w.roles} {w.person}")
def test_withholding(generous, withholding):
    """Even with a rule that gives everything to everyone, those named get none of it, however they stand."""
    person = words({**READING.person, **withholding.person})
    held_back = roles(withholding.roles) - roles(withholding.spared)
    assert held_back
    for kind in kinds(withholding):
        forbidden = leaves(withholding, kind)
        for role in held_back:
            program = generous.program(role, CATALOGUE[kind])
            for way in standings(withholding, kind):
                given = program.decide(tuple(situation(relation=[way], **person))).given
                assert forbidden.isdisjoint(given), (role, way, kind, sorted(forbidden & set(given)))


def test_the_generous_rule_is_generous(generous):
    """The added rule does give what nothing withholds, or the other tests would show nothing."""
    program = generous.program(Role.COMMUNITY_SAFETY, CATALOGUE["custody.received"])
    given = program.decide(tuple(situation(age="adult", restricted="no"))).given

    assert "cases[].offence" in given
    assert "health.diagnosis" not in given


def test_what_no_area_may_lift_is_marked_so():
    """The withholdings that the protocol marks "always" are marked so in the agreement."""
    marked = {t.category for r in policy().agreements[0].rules if r.always for t in r.targets}

    assert marked >= {Category(c) for w in WITHHOLDINGS if w.always for c in listed(w.category)}
