"""The agreement comes to what the protocol says, for every role and every way of standing to the person."""

from __future__ import annotations

import pytest

from hub.policy.scenarios.suite import WAYS
from hub.policy.scenarios.tried import GENEROUS, Trial
from hub.policy.scenarios.undecided import undecided
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from schemas.leaves import leaves_of


@pytest.fixture(scope="module")
def trial(suite, policy):
    return Trial(suite, policy)


@pytest.mark.parametrize("role", list(Role))
def test_everyone_gets_what_the_scenarios_say(trial, role):
    """Whoever a scenario lists gets what it speaks of in every message that they get, and nobody else gets any of it.

    What the protocol withholds stays withheld even beside a rule that gives everything to everyone.
    """
    reached = {}

    assert [] == list(trial.wrong(role, reached))[:20]
    assert [] == list(trial.unreached(reached, [role]))[:20]


def test_nothing_is_undecided(suite):
    """Each row of the protocol has a scenario, and of each leaf of each event some scenario says which roles get it."""
    assert [] == list(undecided(suite))


def test_the_generous_rule_is_generous(trial):
    """The rule beside which withholdings are tried does give what nothing withholds, or they would show nothing."""
    program = trial.generous.program(Role.COMMUNITY_SAFETY, CATALOGUE["custody.received"])
    given = program.decide(trial.suite.persons[trial.suite.person]["holds"]).given

    assert GENEROUS.id in given["cases[].offence"].rules
    assert "health.diagnosis" not in given
    assert set(Category) == {c for target in GENEROUS.targets for c in target.categories}


def test_what_no_area_may_lift_is_marked_so(suite, agreements):
    """The withholdings that the protocol marks "always" are marked so in the agreement."""
    marked = {t.category for r in agreements[0].rules if r.always for t in r.targets}

    assert marked >= {Category(c) for w in suite.withholdings for c in w.always}


def test_every_way_and_category_is_tried(suite):
    """No way of standing to the person is left out, so that "everyone else" means everyone; nor any category."""
    by_path = {leaf.path: leaf.categories for row in CATALOGUE.values() for leaf in leaves_of(row.data)}
    guarded = set().union(*(s.guarded[kind] for s in suite.scenarios for kind in s.guarded))

    assert set(WAYS) == set().union(*(s.scope.ways for s in suite.scenarios))
    assert {c for categories in by_path.values() for c in categories} == {c for p in guarded for c in by_path[p]}
