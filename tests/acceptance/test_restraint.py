"""What is held back: for the young, for those who withdrew consent, and for restricted records."""

import datetime as dt

from schemas.events.occurrence import Restriction, Youth
from schemas.labels import Role
from schemas.record.custody import Custody
from schemas.record.enforcement import Breach
from schemas.record.need import Engagement, Health, Risk
from tests.fixtures.chapters import adopted, received, supervised, works_with
from tests.fixtures.people import only_number, person

YOUNG = {"date_of_birth": dt.date(2010, 6, 1)}


async def told(story):
    return {who: [c.type for c in copies] for who, copies in (await story.everybody()).items()}


async def test_under_18_without_the_yot(story):
    """Of somebody under 18 nobody hears anything until the youth offending team is a party."""
    await adopted(story, person(1, **YOUNG))
    await received(story, only_number(1))

    assert {} == await story.everybody()
    assert {} == await story.look_up(Role.PRISON_RECEPTION, person(1, **YOUNG))


async def test_under_18_with_the_yot(story):
    """With the youth offending team a party, prison and police hear; adult schemes and probation only when a
    hand-over is open.
    """
    await adopted(story, person(1, **YOUNG))
    await story.tell("youth.involved", person(1, **YOUNG), by="yot", youth=Youth(yot="party"))
    await story.settle_mailboxes()

    await received(story, only_number(1))
    before = await told(story)
    await story.tell("youth.involved", person(1, **YOUNG), by="yot", youth=Youth(yot="party", handover="open"))
    await story.settle_mailboxes()
    await received(story, only_number(1), "ONI")
    after = await told(story)

    assert "ppo.alert" in before["prison-reception-1"]
    assert "coordinator-1" not in before
    assert "custody.received" in after["coordinator-1"]


async def test_an_unknown_age_is_young(story):
    """Somebody whose birth nobody told is under 18 until it is told."""
    await adopted(story, only_number(1))
    await received(story, only_number(1))
    assert {} == await story.everybody()

    await story.tell("risk.assessed", person(1), by="police", risk=Risk(level="high"))

    assert "risk.assessed" in (await told(story))["prison-reception-1"]


async def test_consent_withdrawn(story):
    """After consent is withdrawn no programme and no engagement goes to anybody; those who had it are told of the
    withdrawal, and to erase what they had by it.
    """
    await adopted(story, person(1))
    await supervised(story, person(1), kind="voluntary")
    await story.tell("consent.changed", person(1), by="probation", health=Health(consent="given"))
    await story.settle_mailboxes()
    service = {
        "health": Health(programme="methadone programme"),
        "engagement": Engagement(engaging=True, attending=True),
    }

    await story.tell("engagement.reported", person(1), by="health", **service)
    (given,) = await story.news(Role.NATIONAL_OFFENDER_MANAGER)
    await story.tell("consent.changed", person(1), by="probation", health=Health(consent="withdrawn"))
    withdrawal, without = await story.news(Role.NATIONAL_OFFENDER_MANAGER)
    await story.settle_mailboxes()
    await story.tell("engagement.reported", person(1), by="health", **service)

    assert "methadone programme" == given.given["health"]["programme"]
    assert {"consent": "withdrawn"} == withdrawal.given["health"]
    assert (given.delivery, "copy.withdrawn") == (without.given["withdrawn"]["delivery"], without.type)
    assert {} == await story.everybody()


async def test_attendance_that_an_order_requires(story):
    """Attendance that an order requires goes on being told after consent is withdrawn."""
    await adopted(story, person(1))
    await supervised(story, person(1), kind="community-order", attendance_required=True)
    await story.tell("consent.changed", person(1), by="probation", health=Health(consent="withdrawn"))
    await story.settle_mailboxes()

    await story.tell(
        "engagement.reported", person(1), by="health", engagement=Engagement(engaging=True, attending=True)
    )

    assert "engagement.reported" in (await told(story))["national-offender-manager-1"]


async def test_a_restricted_record(story):
    """A restricted record reaches the supervising officer and nobody else, and looks like a stranger's to whoever
    asks.
    """
    await adopted(story, person(1))
    await supervised(story, person(1))
    await story.settle_mailboxes()

    await story.tell("record.restricted", person(1), by="probation", restriction=Restriction(restricted=True))
    await story.settle_mailboxes()
    await received(story, only_number(1))
    restricted = await told(story)
    look_up = await story.look_up(Role.PRISON_RECEPTION, person(1))
    await story.tell("record.restricted", person(1), by="probation", restriction=Restriction(restricted=False))
    await story.settle_mailboxes()
    await received(story, only_number(1), "ONI")

    assert {"national-offender-manager-1"} == set(restricted)
    assert {} == look_up
    assert "ppo.alert" in (await told(story))["prison-reception-2"]


async def test_clinical_facts_stay_with_those_who_treat(story):
    """A summary reaches the healthcare of the prison that holds the person, and of no other, and nobody who does not
    treat.
    """
    await adopted(story, person(1))
    await supervised(story, person(1))
    await received(story, only_number(1))
    await works_with(story, person(1), "gp-1", "treatment")
    await story.settle_mailboxes()

    await story.tell(
        "health.summarised", person(1), by="health", health=Health(diagnosis="a clinical fact", medication=["another"])
    )
    everybody = await story.everybody()

    assert {"prison-healthcare-1", "gp-1"} == {
        who for who, copies in everybody.items() if any(b"clinical fact" in c.body for c in copies)
    }
    assert b"PPO" not in everybody["prison-healthcare-1"][0].body


async def test_an_event_of_another_agency_is_refused(story):
    """A court cannot say that somebody was received, nor a prison that somebody was adopted: refused, kept, and
    nobody told.
    """
    refused = [
        await story.tell(
            "custody.received", person(1), by="courts", custody=Custody(in_custody=True, establishment="BMI")
        ),
        await story.tell(
            "breach.presented", person(1), by="police", breach=Breach(stage="presented", of_what="licence")
        ),
    ]

    assert ["not-yours", "not-yours"] == [o.problem for o in refused]
    assert {} == await story.everybody()


async def test_consent_that_was_withdrawn_before_a_referral(story):
    """Who withdrew consent before a charity began to work with them withdrew it from that charity too, on a scheme or
    on none; consent that is given again opens it again.
    """
    await adopted(story, person(1))
    for number in (1, 2):
        await story.tell("consent.changed", person(number), by="health", health=Health(consent="withdrawn"))
        await works_with(story, person(number), "voluntary-1")
    await story.settle_mailboxes()
    attending = {"by": "health", "engagement": Engagement(attending=True)}
    for number in (1, 2):
        await story.tell("engagement.reported", person(number), **attending)

    assert [] == await story.types(Role.VOLUNTARY)
    for number in (1, 2):
        await story.tell("consent.changed", person(number), by="health", health=Health(consent="given"))
        await story.tell("engagement.reported", person(number), **attending)
    assert ["engagement.reported"] * 2 == await story.types(Role.VOLUNTARY)
