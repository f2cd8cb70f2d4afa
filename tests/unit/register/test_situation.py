"""The facts that conditions read, and when somebody is an adult."""

import datetime as dt

import pytest

from hub.policy.facts import FACTS, INDEX, words_of
from hub.register.situation import ages, situation_of
from hub.register.state import PersonState, minimal
from schemas.record.person import Person
from tests.unit.register.lives import (
    adopted,
    allocated,
    consent,
    deselected,
    hour,
    lived,
    received,
    referred,
    released,
    risk,
    youth,
)

TODAY = dt.date(2026, 6, 1)
BORN_2008 = Person(surname="Young", date_of_birth=dt.date(2008, 6, 1))


def words(state, fact, on=TODAY, subject=None):
    return words_of(fact, situation_of(state, on, subject)[INDEX[fact]])


def both_ages(state, on=TODAY, subject=None):
    return tuple(words_of("age", age)[0] for age in ages(state, on, subject))


@pytest.mark.parametrize(
    ("events", "fact", "expected"),
    [
        ([adopted(1)], "status", ["member"]),
        ([adopted(1), deselected(2)], "status", ["former"]),
        ([received(1)], "status", ["none"]),
        ([adopted(1, kind="IOM"), adopted(2, "south")], "kind", ["PPO", "IOM"]),
        ([adopted(1), deselected(2)], "kind", []),
        ([adopted(1, strands=["catch-and-convict"])], "strand", ["catch-and-convict"]),
        ([adopted(1, basis="voluntary")], "basis", ["voluntary"]),
        ([adopted(1, basis="voluntary"), allocated(2, kind="licence")], "basis", ["statutory"]),
        ([adopted(1)], "basis", ["unknown"]),
        ([adopted(1), allocated(2, kind="remand")], "basis", ["none"]),
        ([adopted(1)], "licence", ["none"]),
        ([received(1)], "licence", ["unknown"]),
        ([adopted(1)], "required", []),
        ([received(1)], "required", ["unknown"]),
        ([allocated(1, kind="community-order")], "scope", ["in-scope"]),
        ([allocated(1, kind="custody", sentence_months=12)], "scope", ["in-scope"]),
        ([allocated(1, kind="custody", sentence_months=11)], "scope", ["out-of-scope"]),
        ([allocated(1, kind="remand")], "scope", ["out-of-scope"]),
        ([allocated(1)], "scope", ["unknown"]),
        ([allocated(1, testing_required=True)], "required", ["testing"]),
        ([consent(1, "given")], "consent", ["given"]),
        ([risk(1, "high"), risk(2, "low")], "was-high", ["yes"]),
        ([released(1, "parole")], "licence", ["on-licence"]),
        ([received(1)], "custody", ["held"]),
        ([], "relation", []),
    ],
)
def test_facts(events, fact, expected):
    """Each fact is worked out from what the register knows."""
    assert expected == words(lived(*events), fact)


def test_nothing_known():
    """Of somebody of whom nothing is known each fact is the word that opens least, but that no restriction is known."""
    situation = situation_of(PersonState(id="p"), TODAY)

    said = {fact.name: words_of(fact.name, value) for fact, value in zip(FACTS, situation, strict=True)}

    assert {"restricted": ["no"]} == {
        fact.name: said[fact.name] for fact in FACTS if said[fact.name] != ([fact.unknown] if fact.unknown else [])
    }


def test_the_eighteenth_birthday():
    """By birthday somebody is an adult from the day on."""
    state = lived(referred(1, subject=BORN_2008), at=hour(2))

    assert "under-18" == both_ages(state, dt.date(2026, 5, 31))[0]
    assert "adult" == both_ages(state, dt.date(2026, 6, 1))[0]


def test_a_birthday_shows_to_nobody_else():
    """Known before the birthday, somebody is an adult to others only once the hand-over is completed."""
    state = lived(referred(1, subject=BORN_2008), at=hour(2))

    assert "under-18" == both_ages(state)[1]
    assert "adult" == both_ages(lived(youth(2, BORN_2008, handover="completed"), state=state))[1]
    assert "under-18" == both_ages(lived(youth(2, BORN_2008, handover="open"), state=state))[1]


def test_first_known_as_an_adult():
    """Somebody of whom the hub first heard as an adult never had a hand-over, and is one to everybody."""
    assert ("adult", "adult") == both_ages(lived(received(1)))


def test_a_completed_hand_over_makes_no_adult_of_a_child():
    """A hand-over recorded before the birthday changes nothing until then."""
    state = lived(referred(1, subject=BORN_2008), youth(2, BORN_2008, handover="completed"), at=hour(3))

    assert ("under-18", "under-18") == both_ages(state, dt.date(2026, 5, 31))


def test_an_adult_known_to_a_youth_team():
    """Somebody with whom a youth offending team ever was is an adult to others only by hand-over."""
    assert ("adult", "under-18") == both_ages(lived(received(1), youth(2)))


def test_nobody_knows_the_birthday():
    """Where neither register nor event says the date of birth somebody counts as a child."""
    assert ("under-18", "under-18") == both_ages(lived(received(1, subject=Person(surname="Doe"))))


def test_the_events_own_birthday_counts_for_a_stranger():
    """Of somebody on no scheme the event's own date of birth decides, as for papers to a court."""
    stranger = minimal(lived(received(1)))

    assert ("under-18", "under-18") == both_ages(stranger)
    assert ("adult", "adult") == both_ages(stranger, subject=Person(date_of_birth=dt.date(1990, 1, 1)))


@pytest.mark.parametrize(("on", "age"), [(dt.date(2026, 2, 28), "under-18"), (dt.date(2026, 3, 1), "adult")])
def test_born_on_a_leap_day(on, age):
    """Somebody born on 29 February is 18 on 1 March."""
    leap = Person(date_of_birth=dt.date(2008, 2, 29))

    assert age == both_ages(PersonState(id="p"), on, leap)[0]
