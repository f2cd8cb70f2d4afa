"""Two records that are one person, and one that is two."""

import pytest
from msgspec.structs import replace

from hub.register.merging import merge, unmerge
from hub.register.state import PersonState
from schemas.events.occurrence import Restriction
from schemas.labels import Role
from schemas.record.need import Health, PublicProtection
from schemas.record.person import Child, Identifier, Person
from tests.unit.register.lives import (
    adopted,
    allocated,
    conditions,
    date_set,
    deselected,
    expected,
    happens,
    hour,
    lived,
    marker,
    packed,
    recall,
    received,
    referred,
    risk,
    transferred,
    youth,
)

ONE, TWO = Identifier(kind="crn", value="A000001"), Identifier(kind="prison-number", value="A0001AA")
OTHER = PersonState(id="p2")


def test_everything_that_either_knew():
    """References, memberships, cases and relations of both are the one person's."""
    kept = replace(lived(adopted(1), allocated(2)), identifiers=(ONE,), sequence=3, told=frozenset({"a"}))
    other = lived(adopted(3, "south"), allocated(4, "C2"), referred(5), state=OTHER)
    one = merge(kept, replace(other, identifiers=(TWO,), sequence=7, told=frozenset({"b"})))

    assert ("p1", 7, (ONE, TWO), {"a", "b"}) == (one.id, one.sequence, one.identifiers, one.told)
    assert [("north", True), ("south", False)] == [(m.scheme, m.lead) for m in one.active]
    assert ["C1", "C2"] == [c.reference for c in one.cases]
    assert ["charity"] == [r.holder for r in one.open_relations]


def test_the_later_group_counts():
    """Of each group of facts the later written is taken, whichever record it stood in."""
    kept = lived(received(5), risk(1, "low"))
    one = merge(kept, lived(transferred(2, "HEW"), risk(3, "high"), state=OTHER))

    assert ("BMI", "high") == (one.custody.establishment, one.risk)


def test_the_end_of_a_membership_counts_over_its_beginning():
    """A membership that the one record knows to have ended is not brought back by the other."""
    assert not merge(lived(adopted(1)), lived(deselected(2), state=OTHER)).on_scheme


def test_held_here_and_expected_there():
    """That one record knows the person held and the other expected leaves both."""
    custody = merge(lived(received(1)), lived(expected(2, "HEW"), state=OTHER)).custody

    assert ("held", "BMI", "HEW") == (custody.standing, custody.establishment, custody.expected_at)


def test_somebody_sighted_and_adopted_under_another_number():
    """An alert is owed when a sighting and a membership come together."""
    one = merge(lived(adopted(1)), lived(received(2), state=OTHER))

    assert lived(risk(3, "low"), state=one).alerted - one.alerted


def test_date_of_a_release_goes_with_its_notice():
    """The date and the notice of it are taken together."""
    soon = lived(adopted(1), date_set(2, hour(100).date()), at=hour(3))

    assert soon.release == merge(lived(received(1), state=OTHER), soon).release


def test_every_fact_survives():
    """Merging forgets nothing that the register can know: each fact of the one record is the one person's."""
    soon = date_set(1, hour(100).date(), area="E1", met_by="hostel")
    gate = happens(2, "release.gate-meeting-arranged", release=soon.data.release)
    health = Health(immediate_safety=["open plan"], consent="given")
    known = lived(
        soon,
        gate,
        adopted(3),
        allocated(4),
        risk(5, "high"),
        risk(6, "very-high"),
        happens(7, "consent.changed", health=health, children=[Child(at_address="lives")]),
        youth(8, voluntary_agreed=True, handover="open"),
        happens(9, "record.restricted", restriction=Restriction(restricted=True)),
        happens(9, "mappa.level-set", public_protection=PublicProtection(level="2")),
        conditions(10, Role.VOLUNTARY, ends=hour(9_000).date()),
        recall(11, "decided", "authorised"),
        recall(12, "at-large", "unlawfully-at-large", thought_in_area="W2"),
        marker(13, "custody-desk", "set"),
        referred(14),
        packed(15),
        expected(16),
        at=hour(20),
    )
    lists = {"identifiers": (ONE,), "postcodes": frozenset({"B1"}), "ruled_out": frozenset({("crn", b"x")})}
    known = replace(
        known, sequence=4, told=frozenset({"a"}), waiting=frozenset({"b"}), marker_holders=frozenset({"c"}), **lists
    )
    unset = [f for f in known.__struct_fields__ if getattr(known, f) == getattr(PersonState(id="p1"), f) and f != "id"]

    assert [] == unset
    assert known == merge(PersonState(id="p1"), known)


def test_unmerged():
    """The references given back go to a new person who has nothing else; all else stays."""
    state = replace(lived(adopted(1), received(2)), identifiers=(ONE, TWO))
    kept, new = unmerge(state, [TWO], "p3")

    assert replace(state, identifiers=(ONE,)) == kept
    assert PersonState(id="p3", identifiers=(TWO,)) == new


def test_details_by_their_source():
    """Of two records' details the stronger source counts, not the record that is kept."""
    weak = lived(
        received(
            1,
        )
    )
    court = Person(surname="Court", details_source="court")
    strong = lived(risk(0, "low"), replace(received(0), data=replace(received(0).data, subject=court)), state=OTHER)

    assert "Court" == merge(weak, strong).details.surname == merge(strong, weak).details.surname


def restricted(n, said, **where):
    return lived(happens(n, "record.restricted", restriction=Restriction(restricted=said)), **where)


RESTRICTED = {
    "one is, of the other nobody said": (restricted(1, said=True), lived(adopted(2), state=OTHER), "yes"),
    "one is, the other was said not to be": (
        restricted(1, said=True),
        restricted(2, said=False, state=OTHER),
        "unknown",
    ),
    "one was said not to be before": (restricted(2, said=True), restricted(1, said=False, state=OTHER), "unknown"),
    "both are": (restricted(1, said=True), restricted(2, said=True, state=OTHER), "yes"),
    "neither is": (restricted(1, said=False), lived(adopted(2), state=OTHER), "no"),
    "of one it is not known": (
        replace(restricted(1, said=False), restricted="unknown"),
        restricted(2, said=False, state=OTHER),
        "unknown",
    ),
}


@pytest.mark.parametrize("case", RESTRICTED.values(), ids=RESTRICTED)
def test_two_records_of_which_one_is_restricted(case):
    """Where one record is restricted and the other was said not to be, it is not known whether the person's is."""
    one, other, expected_word = case

    assert {expected_word} == {merge(one, other).restricted, merge(other, one).restricted}


def test_unmerged_from_a_restricted_record():
    """Whose record it was that is restricted is not known when one becomes two: neither is known to be free."""
    kept, new = unmerge(replace(restricted(1, said=True), identifiers=(ONE, TWO)), [TWO], "p3")

    assert ("yes", "unknown") == (kept.restricted, new.restricted)
