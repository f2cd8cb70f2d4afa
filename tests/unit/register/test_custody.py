"""Where somebody is held or expected, whatever order the news comes in."""

import itertools

import pytest

from schemas.record.custody import Custody
from tests.unit.register.lives import (
    adopted,
    detained,
    expected,
    happens,
    hour,
    lived,
    recall,
    received,
    released,
    transferred,
)


def place(state):
    custody = state.custody
    return custody.standing, custody.establishment, custody.station, custody.expected_at


def left(number, kind, **facts):
    return happens(number, kind, custody=Custody(in_custody=False, **facts))


@pytest.mark.parametrize(
    ("events", "where"),
    [
        ([detained(1)], ("held", None, "steelhouse", None)),
        ([expected(1)], ("expected", None, None, "BMI")),
        ([detained(1), expected(2)], ("held", None, "steelhouse", "BMI")),
        ([expected(1), received(2)], ("held", "BMI", None, None)),
        ([expected(1, "HEW"), received(2, "BMI")], ("held", "BMI", None, None)),
        ([received(1), transferred(2, "HEW")], ("held", "HEW", None, None)),
        ([received(1), released(2)], ("out", None, None, None)),
        ([received(1), left(2, "custody.discharged")], ("out", None, None, None)),
        ([received(1), left(2, "custody.discharged", expected_back="yes")], ("held", "BMI", None, None)),
        ([received(1), left(2, "custody.to-hospital")], ("held", "BMI", None, None)),
        ([received(1), happens(2, "release.temporary")], ("held", "BMI", None, None)),
        ([received(1), left(2, "custody.died")], ("out", None, None, None)),
        ([received(1), left(2, "custody.deported")], ("out", None, None, None)),
        ([received(1), recall(2, "at-large", "unlawfully-at-large")], ("out", None, None, None)),
        ([received(1), released(2), expected(3)], ("expected", None, None, "BMI")),
    ],
)
def test_where_somebody_is(events, where):
    """Each movement leaves the person held, expected or out, at the place that it names."""
    assert where == place(lived(*events))


@pytest.mark.parametrize(
    ("kind", "because"),
    [
        ("custody.died", "died"),
        ("custody.deported", "deported"),
        ("custody.to-hospital", "hospital"),
        ("custody.discharged", "discharged-at-court"),
    ],
)
def test_ways_of_leaving_that_are_no_release(kind, because):
    """A way of leaving that is no release is told apart from one."""
    assert because == lived(received(1), left(2, kind)).custody.left_because


def test_a_release_gives_no_other_reason():
    """Somebody released has left for no other reason."""
    assert lived(received(1), released(2)).custody.left_because is None


@pytest.mark.parametrize(
    "life",
    [
        [received(1), transferred(2, "HEW"), released(3)],
        [detained(1), expected(2), received(3)],
        [received(1), left(2, "custody.discharged"), expected(3, "HEW")],
        [expected(1), detained(2), received(3, "HEW"), expected(4)],
    ],
)
def test_news_in_any_order(life):
    """The register comes to the same, whatever order the movements become known in."""
    ends = {place(lived(*order)) for order in itertools.permutations(life)}

    assert {place(lived(*life))} == ends


def test_a_late_movement_changes_nothing():
    """A reception that happened before what the register holds leaves the place as it is."""
    state = lived(transferred(5, "HEW"))

    assert state.custody == lived(received(4), state=state).custody


def test_a_wrong_clock_bars_nothing():
    """An event dated a year ahead counts from when the hub took it, so that the next one still moves the register."""
    state = lived(received(9_000), at=hour(2))

    assert ("held", "HEW", None, None) == place(lived(transferred(3, "HEW"), state=state))


def test_somebody_in_custody_is_not_at_large():
    """A reception ends being at large, also where the notice of that comes after it."""
    wanted = recall(1, "at-large", "unlawfully-at-large", thought_in_area="W2")

    assert "W2" == lived(wanted).at_large_area
    assert lived(wanted, received(2)).at_large_area is None
    assert lived(received(2), wanted).at_large_area is None


def test_a_reception_moves_no_membership():
    """A memberships block that a prison adds to a reception makes nobody a member and ends nothing."""
    reception = happens(2, "custody.received", custody=Custody(in_custody=True, establishment="BMI"), memberships=[])

    assert lived(adopted(1), reception).on_scheme
    assert not lived(happens(1, "custody.received", memberships=adopted(1).data.memberships)).memberships
