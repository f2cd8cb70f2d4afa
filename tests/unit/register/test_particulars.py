"""Who the person is: what counts, and from whom."""

import datetime as dt

import pytest

from hub.register.apply import EFFECTS
from schemas.catalogue import CATALOGUE
from schemas.record.person import Alias, Identifier, Person
from tests.unit.register.lives import adopted, happens, lived, received


def told(number, source, **facts):
    return happens(number, "custody.assessed", subject=Person(details_source=source, **facts))


def test_every_event_type_has_its_effect():
    """The table of effects names every event type of the catalogue and no other."""
    assert set(CATALOGUE) == set(EFFECTS)


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("court", "self-report", "First"),
        ("police", "probation", "First"),
        ("self-report", "court", "Second"),
        ("court", "prosecution", "Second"),
        ("probation", "prison", "Second"),
        ("prison", "self-report", "First"),
    ],
)
def test_a_stronger_source_stands(first, second, name):
    """A court, police or prosecution record is not overwritten by a weaker source; of equals the later counts."""
    state = lived(told(1, first, surname="First"), told(2, second, surname="Second"))

    assert name == state.details.surname


def test_each_detail_has_its_own_source():
    """What the strong source never said is still corrected by the one that did."""
    state = lived(
        told(1, "court", surname="Doe"),
        told(2, "prison", forename="Jo"),
        told(3, "prison", forename="Joe", surname="Dough"),
    )

    assert ("Doe", "Joe") == (state.details.surname, state.details.forename)


def test_a_late_detail_changes_nothing():
    """An older word of an equal source does not overwrite a newer one, but adds what that left out."""
    state = lived(told(2, "prison", surname="New"), told(1, "prison", surname="Old", forename="Jo"))

    assert ("New", "Jo") == (state.details.surname, state.details.forename)


def test_references_and_names_add_up():
    """Every event may add references, and names and aliases are all kept for matching."""
    one, two = Identifier(kind="crn", value="A000001"), Identifier(kind="prison-number", value="A0001AA")
    state = lived(
        received(1),
        happens(
            2, "custody.assessed", subject=Person(surname="Roe", identifiers=[two], aliases=[Alias(surname="Poe")])
        ),
        adopted(3),
        happens(4, "custody.assessed", subject=Person(identifiers=[one, two])),
    )

    assert (one, two) == state.identifiers
    assert {"Doe", "Roe", "Poe"} == {name.surname for name in state.names}


def test_known_since_the_first_event():
    """When the hub first took an event about the person is kept, whenever that happened."""
    first = lived(received(1), at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC))

    assert dt.datetime(2026, 6, 1, tzinfo=dt.UTC) == lived(adopted(2), state=first).stamps["known"]
