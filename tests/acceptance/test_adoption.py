"""Adoption and de-selection: who learns the status, who holds the marker, and that lists do not silt up."""

import datetime as dt

from schemas.labels import Role
from schemas.record.case import Case
from schemas.record.custody import Custody
from schemas.record.scheme import MarkerConfirmation
from tests.fixtures.chapters import adopted, date_set, member, received, supervised
from tests.fixtures.people import only_number, person


async def test_the_status_can_be_looked_up(story):
    """Reception, prosecution and custody officer find out at any hour that somebody is on a scheme; a stranger is
    answered with nothing.
    """
    await adopted(story, person(1))

    for role in (Role.PRISON_RECEPTION, Role.CUSTODY_OFFICER, Role.PROSECUTION, Role.ARREST_REFERRAL):
        found = await story.look_up(role, person(1))
        assert "PPO" == found["memberships"][0]["kind"]
        assert {} == await story.look_up(role, person(2))


async def test_a_prosecutor_gets_the_marker_and_no_more(story):
    """The prosecutor's answer has no contact, strands or offence, and may not come before the bench."""
    await adopted(story, person(1))

    found = await story.look_up(Role.PROSECUTION, person(1))

    assert {"subject", "memberships"} == set(found)
    assert not {"contact", "strands", "partners"} & set(found["memberships"][0])


async def test_those_who_may_not_know_are_answered_alike(story):
    """To a sentencer, a charity or a landlord somebody on a scheme is the same as a stranger."""
    await adopted(story, person(1))

    for role in (
        Role.SENTENCER,
        Role.VOLUNTARY,
        Role.MENTOR,
        Role.COUNCIL_HOUSING,
        Role.PROGRAMME_STAFF,
        Role.GP,
        Role.OVERSIGHT,
        Role.INSPECTOR,
    ):
        assert {} == await story.look_up(role, person(1))


async def test_de_selection(story):
    """After the last membership ends each holder of the marker is told once to remove it and to confirm, and there
    is no alert ever after.
    """
    await adopted(story, person(1))
    await received(story, only_number(1))
    await story.settle_mailboxes()

    await story.tell("ppo.deselected", person(1), memberships=[member(end_reason="moved away")])
    everybody = await story.everybody()

    asked = {who for who, copies in everybody.items() if any(c.type == "ppo.remove-marker" for c in copies)}
    assert {
        "coordinator-1",
        "prison-reception-1",
        "prison-security-1",
        "prison-offender-management-1",
        "prison-resettlement-1",
    } == asked
    (request,) = [c for c in everybody["prison-reception-1"] if c.type == "ppo.remove-marker"]
    assert "confirm-removal" in request.handling["obligations"]
    assert b"moved away" not in request.body
    assert {} == await story.look_up(Role.PRISON_RECEPTION, person(1))

    await story.tell(
        "custody.transferred", only_number(1), by="prisons", custody=Custody(in_custody=True, establishment="ONI")
    )
    assert {} == await story.everybody()


async def test_a_holder_confirms(story):
    """A holder that confirms the removal is not asked again when somebody is adopted and de-selected once more
    elsewhere.
    """
    await adopted(story, person(1))
    await received(story, only_number(1))
    await story.tell("ppo.deselected", person(1), memberships=[member()])
    await story.settle_mailboxes()

    removed = MarkerConfirmation(holder="prison-reception-1", state="removed", at=story.now, prompted=True)
    outcome = await story.tell("ppo.marker-confirmed", person(1), by="prisons", marker_confirmations=[removed])
    await story.tell(
        "custody.transferred", only_number(1), by="prisons", custody=Custody(in_custody=True, establishment="ONI")
    )
    await adopted(story, person(1))
    await story.settle_mailboxes()
    await story.tell("ppo.deselected", person(1), memberships=[member()])
    everybody = await story.everybody()

    asked = {who for who, copies in everybody.items() if any(c.type == "ppo.remove-marker" for c in copies)}
    assert "accepted" == outcome.state
    assert "prison-reception-1" not in asked
    assert {"prison-reception-2", "prison-security-1"} <= asked


async def test_a_membership_that_ends_while_another_stays(story):
    """Where one of two memberships ends the person is still on a scheme: nobody is told to remove the marker."""
    await adopted(story, person(1), "north", "south")
    await received(story, only_number(1))
    await story.settle_mailboxes()

    await story.tell("ppo.deselected", person(1), memberships=[member("south")])

    assert not [c for copies in (await story.everybody()).values() for c in copies if c.type == "ppo.remove-marker"]
    assert ["north"] == [m["scheme"] for m in (await story.look_up(Role.PRISON_RECEPTION, person(1)))["memberships"]]


async def test_both_strands_and_two_cases(story):
    """Both strands run at once, and the end of one of two cases is not the end of the officer's concern."""
    await adopted(story, person(1))
    await supervised(story, person(1), reference="CASE-1")
    await supervised(story, person(1), reference="CASE-2", kind="community-order")
    await story.settle_mailboxes()

    await story.tell("release.supervision-ended", person(1), by="probation", cases=[Case(reference="CASE-1")])
    ended = await story.everybody()
    await received(story, only_number(1))

    assert "concern.ended" not in [c.type for c in ended.get("national-offender-manager-1", [])]
    (copy,) = [c for c in await story.news(Role.NATIONAL_OFFENDER_MANAGER) if c.type == "custody.received"]
    assert ["catch-and-convict", "rehabilitate-and-resettle"] == copy.given["memberships"][0]["strands"]


async def test_adoption_shortly_before_a_release(story):
    """Somebody adopted when the release is near is told of at once to the police of the area, though the date is old
    news.
    """
    await received(story, only_number(1), reason="sentence")
    await adopted(story, person(1))
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=60))
    await story.tell("ppo.deselected", person(1), memberships=[member()])
    await story.later(days=40)
    await story.settle_mailboxes()

    await adopted(story, person(1))

    assert "release.notice" in await story.types(Role.NEIGHBOURHOOD_POLICING)


async def test_a_deselected_person_is_not_noticed(story):
    """A planned notice is not given of somebody who is on no scheme when it is due."""
    await adopted(story, person(1))
    await received(story, only_number(1), reason="sentence")
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=60))
    await story.tell("ppo.deselected", person(1), memberships=[member()])
    await story.settle_mailboxes()

    await story.later(days=40)

    assert {} == await story.everybody()
