"""The second agreement: by itself it comes to what its scenarios say, and beside the default to nothing more."""

from __future__ import annotations

import pytest

from hub.policy.analysis.forms import Forms
from hub.policy.analysis.reading import Desk, Reading
from hub.policy.analysis.shifts import Comparison
from hub.policy.decide import Policy
from hub.policy.facts import INDEX, mask_of
from hub.policy.load import load_agreements
from hub.policy.model import Line
from hub.policy.scenarios.read import load_suite
from hub.policy.scenarios.tried import Trial
from hub.policy.scenarios.undecided import undecided
from schemas.labels import Category, Role
from tests.scenarios.conftest import POLICIES

SECOND = POLICIES / "public-protection"
SUPERVISING = {Role.NATIONAL_OFFENDER_MANAGER, Role.RESPONSIBLE_OFFICER, Role.YOT_CASE_MANAGER}
SPOKEN_OF = {
    "mappa.level-set",
    "risk.assessed",
    "release.date-set",
    "release.date-changed",
    "release.cancelled",
    "release.released",
}


@pytest.fixture(scope="module")
def second():
    return load_agreements([SECOND])


@pytest.fixture(scope="module")
def trial(second):
    return Trial(load_suite(SECOND / "scenarios"), Policy(second))


@pytest.fixture(scope="module")
def comparison(agreements, second):
    """The default alone beside both in force together."""
    both = load_agreements([POLICIES, SECOND])
    desk = Desk(Forms(both))
    return Comparison(Reading(agreements, desk), Reading(both, desk))


@pytest.mark.parametrize("role", list(Role))
def test_everyone_gets_what_the_scenarios_say(trial, role):
    """Whoever a scenario lists gets what it speaks of, and nobody else; level 1 stays with who holds the case."""
    reached = {}

    assert [] == list(trial.wrong(role, reached))[:20]
    assert [] == list(trial.unreached(reached, [role]))[:20]


def test_nothing_is_undecided():
    """Of each leaf of each event some scenario says who gets it under this agreement."""
    assert [] == list(undecided(load_suite(SECOND / "scenarios")))


def test_nothing_changes_where_no_level_is_shared(comparison):
    """Beside the default it changes nothing, in any case, but at level 2 or 3, or for who holds the case and is told
    of the level itself.
    """
    regions = comparison.desk.regions
    shared = regions.line(Line(INDEX["mappa-level"], mask_of("mappa-level", ["2", "3"])))
    leads = regions.line(Line(INDEX["relation"], mask_of("relation", ["case"])))
    known = regions.line(Line(INDEX["mappa-level"], mask_of("mappa-level", ["1", "2", "3", "none"])))
    changed = list(comparison.found())

    assert changed
    for found in changed:
        alone = found.place.role in SUPERVISING and found.place.kind == "mappa.level-set"
        within = regions.either(shared, regions.both(leads, known)) if alone else shared
        assert regions.within(found.where.region, within), found


def test_it_speaks_of_its_own_events_alone(comparison):
    """In no other event does anybody get anything more, or on other terms, than by the default."""
    assert SPOKEN_OF == {found.place.kind for found in comparison.found()}


def test_nothing_is_taken_from_what_the_default_gives(comparison):
    """It takes no leaf, message or status from anybody; what it withholds it withholds of what it gives itself."""
    taken = [found for found in comparison.found() if found.shift.what != "terms" and found.shift.after is None]

    assert [] == taken


def test_in_messages_that_were_sent_before_it_gives_only_its_own_categories(comparison):
    """Who was told of an event before gets of it what this agreement names, and nothing of another kind beside it."""
    forms = comparison.desk.forms
    given = {
        frozenset(forms.all[found.place.form].categories)
        for found in comparison.found()
        if found.shift.what == "leaf" and found.shift.among == "kept"
    }

    assert given
    assert given <= {frozenset({c}) for c in (Category.RISK_LEVEL, Category.RISK_CONCLUSION, Category.RELEASE_DATE)}
