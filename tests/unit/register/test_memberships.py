"""Memberships of schemes: begun, shared, moved and ended."""

import itertools

import pytest
from msgspec import UNSET

from tests.unit.register.lives import adopted, deselected, happens, lived, member


def strands(number, *words, scheme="north"):
    return happens(number, "ppo.strands-changed", memberships=[member(scheme, strands=list(words))])


def moved(number, *members):
    return happens(number, "ppo.membership-moved", memberships=list(members))


def schemes(state):
    return {(m.scheme, m.lead) for m in state.active}


def test_nominated_is_not_a_member():
    """Somebody put forward is on no scheme, and nothing is kept of it."""
    assert not lived(happens(1, "ppo.nominated", memberships=[member()])).memberships


def test_deselected_from_the_last_scheme():
    """When no membership is left the person is on no scheme any more."""
    state = lived(adopted(1), adopted(2, "south"), deselected(3))

    assert {("south", True)} == schemes(state)
    assert not lived(deselected(4, "south"), state=state).on_scheme


def test_the_first_scheme_leads():
    """Of two schemes that adopt somebody the first leads, whichever becomes known first."""
    first, second = adopted(1), adopted(2, "south")

    assert {("north", True), ("south", False)} == schemes(lived(first, second)) == schemes(lived(second, first))


def test_the_lead_moves():
    """A move says who leads from now on."""
    state = lived(adopted(1), adopted(2, "south"), moved(3, member("north", lead=False), member("south")))

    assert {("north", False), ("south", True)} == schemes(state)


def test_what_a_move_leaves_out_has_ended():
    """A move lists all memberships: one that it leaves out has ended."""
    assert {("south", True)} == schemes(lived(adopted(1), moved(2, member("south"))))


def test_a_late_adoption_does_not_undo_a_move():
    """An adoption that happened before all memberships were listed does not bring back what the list left out."""
    assert {("south", True)} == schemes(lived(moved(2, member("south")), adopted(1)))


def test_a_late_adoption_does_not_take_the_lead_from_a_move():
    """An adoption that becomes known after a later move leaves the lead where the move put it."""
    state = lived(moved(3, member("north", lead=False), member("south")), adopted(1))

    assert {("north", False), ("south", True)} == schemes(state)


def test_adopted_again():
    """Somebody de-selected and adopted again is a member, with no end."""
    state = lived(adopted(1), deselected(2), adopted(3))

    assert state.on_scheme
    assert state.memberships[0].ended_on is UNSET


def test_one_that_has_ended_stays_so():
    """Word of strands after the end does not bring a membership back."""
    assert not lived(adopted(1), deselected(2), strands(3, "catch-and-convict")).on_scheme


def test_both_strands_at_once():
    """Strands are taken down together, the later word counting."""
    both = strands(2, "catch-and-convict", "rehabilitate-and-resettle")

    assert ["catch-and-convict", "rehabilitate-and-resettle"] == lived(adopted(1), both).active[0].strands


@pytest.mark.parametrize(
    "life",
    [
        [adopted(1), strands(2, "catch-and-convict"), deselected(3)],
        [adopted(1), deselected(2), adopted(3)],
        [adopted(1), adopted(2, "south"), deselected(3)],
        [adopted(1), moved(2, member("south")), adopted(3)],
    ],
)
def test_news_in_any_order(life):
    """Which memberships are active, and which leads, does not depend on the order in which news comes."""
    assert {frozenset(schemes(lived(*life)))} == {frozenset(schemes(lived(*o))) for o in itertools.permutations(life)}


def test_a_late_word_fills_what_is_unknown():
    """A late adoption adds what nothing later said, and takes nothing back."""
    state = lived(strands(2, "catch-and-convict"), adopted(1, scheme_name="North", strands=["prevent-and-deter"]))

    assert "North" == state.active[0].scheme_name
    assert ["catch-and-convict"] == state.active[0].strands
