"""The next release: date, area, meeting at the gate."""

import datetime as dt

import pytest

from schemas.record.custody import Release
from tests.unit.register.lives import address, adopted, date_set, happens, hour, lived, received, released

JULY = dt.date(2026, 7, 1)
SOON = dt.date(2026, 5, 10)


def gate(number, who):
    return happens(number, "release.gate-meeting-arranged", release=Release(met_by=who))


def test_a_date_is_set_and_changed():
    """The later word on the date counts, whichever comes first."""
    set_, changed = date_set(1, JULY), happens(2, "release.date-changed", release=Release(date=SOON))

    assert SOON == lived(set_, changed).release.date == lived(changed, set_).release.date


def test_released_before_the_date_was_set():
    """A date set before a release that is known already does not come back."""
    assert lived(released(2), date_set(1, JULY)).release.date is None


@pytest.mark.parametrize("over", [released(2), happens(2, "release.cancelled")])
def test_nothing_is_to_come(over):
    """After a release, or one called off, there is no date and nobody waits at the gate."""
    release = lived(date_set(1, JULY, area="E1"), gate(1, "charity"), over).release

    assert (None, None, "E1") == (release.date, release.met_by, release.area)


def test_a_temporary_release_leaves_the_date():
    """The date of a temporary release is not the date of release."""
    assert JULY == lived(date_set(1, JULY), date_set(2, SOON, kind="temporary")).release.date


def test_an_unknown_address_keeps_the_last_area():
    """Of an address that became unknown the last known area is kept."""
    release = lived(address(1, area="E1"), address(2, "unknown")).release

    assert (None, "E1") == (release.area, release.last_area)


def test_who_waits_at_the_gate():
    """The recipient that is recorded to meet the person is kept until the day."""
    assert "charity" == lived(gate(1, "charity")).release.met_by


def test_notice_counts_as_given_when_it_was_due():
    """On a scheme, notice counts as given from 28 days before the date, and then of each changed date."""
    far = lived(received(1), adopted(2), date_set(3, JULY), at=hour(4))
    near = lived(received(1), adopted(2), date_set(3, SOON), at=hour(4))

    assert far.release.noticed is None
    assert SOON == near.release.noticed
    assert (
        JULY
        == lived(happens(5, "release.date-changed", release=Release(date=JULY)), state=near, at=hour(5)).release.noticed
    )
