"""What the register adds to an event, for those who may know the status and for those who may not."""

import datetime as dt

from msgspec import UNSET
from msgspec.structs import replace

from hub.register.enrich import enriched, own
from hub.register.state import minimal
from schemas.record.case import Case
from schemas.record.need import Referral
from schemas.record.person import Identifier, Person
from schemas.record.scheme import Contact, SchemeContact
from tests.unit.register.lives import (
    address,
    adopted,
    allocated,
    date_set,
    directory,
    happens,
    lived,
    member,
    received,
    referred,
    risk,
)

CRN = Identifier(kind="crn", value="A000001")
OFFICER = Contact(name="An Officer", telephone="0121")
HERE = directory()


def member_of_north():
    return replace(
        lived(adopted(1), allocated(2, officer=OFFICER), date_set(3, dt.date(2026, 7, 1)), address(4, area="E1")),
        identifiers=(CRN,),
    )


def test_everything_that_the_publisher_left_out():
    """Details, references, memberships with contact, names of places, officers and release are added."""
    reception = replace(received(9).data, subject=Person(surname="Said"))
    full = enriched(member_of_north(), reception, HERE)

    assert ("Said", "Jo", [CRN]) == (full.subject.surname, full.subject.forename, full.subject.identifiers)
    assert ("north scheme", "Coordinator of north") == (
        full.memberships[0].scheme_name,
        full.memberships[0].contact.name,
    )
    assert "HMP Birmingham" == full.custody.establishment_name
    assert [("C1", OFFICER)] == [(c.reference, c.officer) for c in full.cases]
    assert (dt.date(2026, 7, 1), "E1") == (full.release.date, full.release.area)
    assert type(reception) is type(full)


def test_what_the_publisher_said_stands():
    """Nothing that the event says is replaced."""
    said = SchemeContact(name="Deputy", telephone="1")
    event = happens(
        9,
        "ppo.reviewed",
        memberships=[member(contact=said, scheme_name="As said")],
        cases=[Case(reference="C1", officer=Contact(name="Other"))],
    )
    full = enriched(member_of_north(), event.data, HERE)

    assert ("As said", said) == (full.memberships[0].scheme_name, full.memberships[0].contact)
    assert "Other" == full.cases[0].officer.name


def test_a_temporary_release_is_not_given_the_date():
    """The date of release is not added to a temporary one."""
    full = enriched(
        member_of_north(),
        happens(9, "release.temporary", release=date_set(9, dt.date(2026, 5, 5), kind="temporary").data.release).data,
        HERE,
    )

    assert dt.date(2026, 5, 5) == full.release.date


def test_a_stranger_gains_nothing():
    """For somebody on no scheme of whom nothing is kept the event stays as it was."""
    event = received(1)

    assert replace(event.data, custody=replace(event.data.custody, establishment_name="HMP Birmingham")) == enriched(
        minimal(lived(event)), event.data, HERE
    )


def test_references_of_holders_stay_with_them():
    """A copy that many read has no holder's own reference in it."""
    event = referred(1, reference="R1")

    assert [UNSET] == [r.reference for r in enriched(lived(event), event.data, HERE).referrals]


def test_own_words_alone():
    """The holder of a relation gets the event with its own reference and the name that it gave, and nothing else."""
    relation = lived(referred(1, reference="R1")).relations[0]
    event = replace(received(2).data, subject=Person(surname="Said"))
    given = own(lived(adopted(1), referred(1, reference="R1")), event, relation)

    assert [Referral(holder="charity", kind="referral", state="open", reference="R1")] == given.referrals
    assert ("Said", "Jo", dt.date(1990, 1, 1)) == (
        given.subject.surname,
        given.subject.forename,
        given.subject.date_of_birth,
    )
    assert replace(event, subject=given.subject, referrals=given.referrals) == given


def test_own_words_are_alike_on_a_scheme_and_on_none():
    """What a holder is given does not depend on whether the person is on a scheme."""
    life, event = [referred(1, reference="R1"), risk(2, "high")], received(3)
    stranger = lived(event, state=minimal(lived(*life)))
    ours = lived(*life, adopted(2), allocated(2, officer=OFFICER), event)

    assert own(stranger, event.data, stranger.relations[0]) == own(ours, event.data, ours.relations[0])


def test_another_holders_referral_is_not_shown():
    """Of several holders in one event each sees its own referral only."""
    both = [
        Referral(holder="charity", kind="referral", state="open"),
        Referral(holder="hostel", kind="stay", state="open"),
    ]
    event = happens(1, "referral.changed", referrals=both)
    state = lived(event)

    assert [["charity"], ["hostel"]] == [
        [r.holder for r in own(state, event.data, relation).referrals] for relation in state.relations
    ]
