"""Reception: the prison knows on or before arrival whom it has, and whom to call."""

import datetime as dt

import msgspec

from schemas.labels import Role
from schemas.record.custody import Custody
from schemas.record.need import Health
from tests.fixtures.chapters import adopted, member, received
from tests.fixtures.people import only_number, person

IN_PRISON = {Role.PRISON_RECEPTION, Role.PRISON_OFFENDER_MANAGEMENT, Role.PRISON_SECURITY, Role.PRISON_RESETTLEMENT}


async def alerts(story):
    """Who is alerted, with the one alert that each has."""
    found = {who: [c for c in copies if c.type == "ppo.alert"] for who, copies in (await story.everybody()).items()}
    assert all(len(copies) <= 1 for copies in found.values())
    return {who: copies[0] for who, copies in found.items() if copies}


async def test_somebody_adopted_is_received(story):
    """A reception of somebody on a scheme alerts the prison with scheme, coordinator, strands and immediate safety,
    in the reception's own transaction.
    """
    await adopted(story, person(1))
    await story.settle_mailboxes()
    health = Health(immediate_safety=["open self-harm plan"], diagnosis="a clinical fact", medication=["another"])

    await received(story, only_number(1), health=health)

    alert = (await alerts(story))["prison-reception-1"]
    (membership,) = alert.given["memberships"]
    assert {"name": "Nia North", "telephone": "0121 496 0001"} == membership["contact"]
    assert ("Northtown Offender Scheme", "PPO") == (membership["scheme_name"], membership["kind"])
    assert ["catch-and-convict", "rehabilitate-and-resettle"] == membership["strands"]
    assert {"immediate_safety": ["open self-harm plan"]} == alert.given["health"]
    assert {
        "in_custody": True,
        "establishment": "BMI",
        "establishment_name": "HMP Birmingham",
        "reason": "remand",
    } == alert.given["custody"]
    assert "SurnameB1" == alert.given["subject"]["surname"]
    assert "urgent" == alert.lane
    assert ["acknowledge-within-an-hour"] == [o for o in alert.handling["obligations"] if o.startswith("acknowledge")]
    assert b"clinical fact" not in alert.body


async def test_only_the_prison_and_the_lead_are_alerted(story):
    """The alert goes to the prison that has the person and to the scheme that leads, and to nobody else."""
    await adopted(story, person(1))
    await story.settle_mailboxes()

    await received(story, only_number(1))

    assert {f"{role}-1" for role in IN_PRISON} | {"coordinator-1"} == set(await alerts(story))


async def test_an_event_and_its_alert_are_one_transaction(story):
    """The copy of the reception and the alert that follows are committed at the same moment, with one reference in
    the record.
    """
    await adopted(story, person(1))
    await received(story, only_number(1))

    states = await story.hub.deliveries("prison-reception-1")
    assert 2 == len(states)
    assert 1 == len({s.committed_at for s in states})


async def test_somebody_received_is_adopted_later(story):
    """Somebody on no scheme who is adopted while held is told to the prison at once: the sighting was enough to know
    where.
    """
    await received(story, only_number(1))
    assert {} == await story.everybody()

    await story.later(days=3)
    await adopted(story, person(1))

    alert = (await alerts(story))["prison-reception-1"]
    assert "BMI" == alert.given["custody"]["establishment"]
    assert "Nia North" == alert.given["memberships"][0]["contact"]["name"]


async def test_somebody_expected_from_court(story):
    """A prison that is to receive somebody on a scheme is alerted before they arrive, and told again when they do."""
    await adopted(story, person(1))
    await story.settle_mailboxes()

    await story.tell(
        "custody.expected",
        person(1),
        by="courts",
        custody=Custody(in_custody=False, establishment="BMI", from_court="north-court"),
    )
    before = await alerts(story)
    await received(story, only_number(1), reason="sentence")
    after = await alerts(story)

    assert before["prison-reception-1"].given["custody"]["in_custody"] is False
    assert after["prison-reception-1"].given["custody"]["in_custody"] is True


async def test_a_transfer(story):
    """The prison that takes somebody over is alerted; the one that gave them up hears that they are no longer
    theirs, not where they went.
    """
    await adopted(story, person(1))
    await received(story, only_number(1))
    await story.settle_mailboxes()

    await story.tell(
        "custody.transferred",
        only_number(1),
        custody=Custody(in_custody=True, establishment="ONI", previous_establishment="BMI"),
    )
    everybody = await story.everybody()

    assert "ppo.alert" in [c.type for c in everybody["prison-reception-2"]]
    assert ["concern.ended"] == [c.type for c in everybody["prison-reception-1"]]
    assert b"ONI" not in everybody["prison-reception-1"][0].body
    assert b"Onley" not in everybody["prison-reception-1"][0].body


async def test_police_custody(story):
    """An arrest alerts the custody officer and the arrest referral worker of that station, and not those of another."""
    await adopted(story, person(1))
    await story.settle_mailboxes()

    await story.tell("custody.detained", person(1), custody=Custody(in_custody=True, station="southgate"))

    told = await alerts(story)
    assert {"custody-officer-2", "arrest-referral-2", "coordinator-1"} == set(told)


async def test_two_schemes(story):
    """Where two areas claim somebody both learn of it, and the one that does not lead has the lead's number to call
    and hears no more.
    """
    await adopted(story, person(1), "north", "south")
    everybody = await story.everybody()
    (further,) = everybody["coordinator-2"]
    assert {"Nia North", "Sam South"} == {m["contact"]["name"] for m in further.given["memberships"]}

    await received(story, only_number(1))
    everybody = await story.everybody()

    assert {"custody.received", "ppo.alert"} == {c.type for c in everybody["coordinator-1"]}
    assert "coordinator-2" not in everybody


async def test_the_alert_names_both_schemes(story):
    """The alert of somebody on two schemes names both, the leading one first."""
    await adopted(story, person(1), "south", "north")
    await story.settle_mailboxes()

    await received(story, only_number(1))

    alert = (await alerts(story))["prison-reception-1"]
    assert [("south", True), ("north", False)] == [(m["scheme"], m["lead"]) for m in alert.given["memberships"]]


async def test_a_second_reception_of_the_same_stay_alerts_once(story):
    """The same event sent again alerts nobody again."""
    await adopted(story, person(1))
    await received(story, only_number(1))
    await story.settle_mailboxes()

    at = story.now
    outcome = await story.tell(
        "custody.received",
        only_number(1),
        at=at,
        event_id="again",
        custody=Custody(in_custody=True, establishment="BMI"),
    )
    first = await story.everybody()
    repeat = await story.tell(
        "custody.received",
        only_number(1),
        at=at,
        event_id="again",
        custody=Custody(in_custody=True, establishment="BMI"),
    )

    assert ("accepted", "repeated") == (outcome.state, repeat.state)
    assert first
    assert {} == await story.everybody()


async def test_a_late_reception_moves_nobody(story):
    """A reception that is older than a transfer known already is recorded, and alerts no prison that no longer has
    the person.
    """
    await adopted(story, person(1))
    await story.tell("custody.transferred", only_number(1), custody=Custody(in_custody=True, establishment="ONI"))
    await story.settle_mailboxes()

    await received(story, only_number(1), "BMI", at=story.now - dt.timedelta(days=2))
    everybody = await story.everybody()

    assert not [who for who, copies in everybody.items() if any(c.type == "ppo.alert" for c in copies)]
    assert "prison-reception-1" not in everybody
    await story.tell("custody.assessed", only_number(1), custody=Custody(in_custody=True))
    assert "prison-offender-management-2" in await story.everybody()


async def test_who_was_told_of_a_reception_and_of_a_stranger_alike(story):
    """A reception of somebody on no scheme gives nobody a copy and leaves nothing in the mailboxes."""
    await received(story, person(1))

    assert {} == await story.everybody()


async def test_a_death_in_custody(story):
    """A death is told to the coordinator and the officer as such, never as a release, and no release notice follows."""
    await adopted(story, person(1))
    await received(story, only_number(1))
    await story.settle_mailboxes()

    await story.tell("custody.died", only_number(1), custody=Custody(in_custody=False, left_because="died"))
    everybody = await story.everybody()

    assert "custody.died" in [c.type for c in everybody["coordinator-1"]]
    assert not [c.type for copies in everybody.values() for c in copies if c.type.startswith("release.")]


async def test_hospital_is_still_custody(story):
    """Somebody moved to hospital is still the prison's: the same desks go on hearing."""
    await adopted(story, person(1))
    await received(story, only_number(1))
    await story.settle_mailboxes()

    await story.tell("custody.to-hospital", only_number(1), custody=Custody(in_custody=True, left_because="hospital"))
    await story.settle_mailboxes()
    await story.tell("custody.returned", only_number(1), custody=Custody(in_custody=True, establishment="BMI"))

    assert "custody.returned" in await story.types(Role.PRISON_OFFENDER_MANAGEMENT)


async def test_nothing_of_the_adoption_is_asked_of_the_prison(story):
    """A memberships block that a prison adds to a reception makes nobody a member."""
    await received(story, person(1), memberships=[member()])

    assert {} == await story.everybody()
    assert {} == await story.look_up(Role.PRISON_RECEPTION, person(1))


async def test_the_record_shows_why(story):
    """The record of one person names, for each recipient, what was given under which rule and what was withheld."""
    await adopted(story, person(1))
    await received(story, only_number(1), health=Health(diagnosis="a clinical fact"))

    found = await story.hub.disclosures(story.principal("operator"), person(1), "a complaint")
    reception = next(
        b for e in found if e["event"] == "custody.received" for b in e["to"] if b["recipient"] == "prison-reception-1"
    )

    assert ["marker", "own-record"] != reception["given"]["memberships[].scheme"]["rules"]
    assert "marker" in reception["given"]["memberships[].scheme"]["rules"]
    assert "clinical-stays-with-health" == reception["withheld"]["clinical"]
    assert b"clinical fact" not in msgspec.json.encode(found)


async def test_an_agency_reads_only_its_own_part_of_the_record(story):
    """An agency that asks what was told of somebody sees what it was told itself, and nothing of anybody else's."""
    await adopted(story, person(1))
    await received(story, only_number(1))

    found = await story.hub.disclosures(story.principal("prisons"), person(1), "a complaint")
    strange = await story.hub.disclosures(story.principal("charity"), person(1), "curious")

    assert {"prisons"} == {copy["agency"] for entry in found for copy in entry["to"]}
    assert all(not entry["told_nothing"] and not entry["by"] for entry in found)
    assert [] == strange
