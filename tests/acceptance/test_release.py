"""Release: those outside hear 28 days before, or at once when there is less time, and of what is no release they
hear no release.
"""

import datetime as dt

import pytest

from schemas.labels import Role
from schemas.record.case import Case
from schemas.record.custody import Custody, Release
from tests.fixtures.chapters import adopted, date_set, received, released, supervised, works_with
from tests.fixtures.people import only_number, person

HOUR = dt.timedelta(hours=1)


async def in_prison(story, *, area="N1"):
    """Somebody on a scheme is held, and an officer has the case."""
    await adopted(story, person(1))
    await supervised(story, person(1))
    await received(story, only_number(1), reason="sentence")
    await story.settle_mailboxes()


async def notices(story, recipient=Role.NEIGHBOURHOOD_POLICING, n="1"):
    return [c for c in await story.news(recipient, n) if c.type == "release.notice"]


async def test_a_date_60_days_ahead_is_told_28_days_before(story):
    """The neighbourhood team hears of a release 28 days before it and not earlier, with date, area and whom to call."""
    await in_prison(story)
    date = story.now.date() + dt.timedelta(days=60)
    await date_set(story, only_number(1), date)
    assert [] == await notices(story)

    await story.later(days=31)
    assert [] == await notices(story)
    await story.later(days=1)

    (notice,) = await notices(story)
    assert {"date": date.isoformat(), "area": "N1"} == notice.given["release"]
    assert "Nia North" == notice.given["memberships"][0]["contact"]["name"]


async def test_a_notice_survives_a_restart(story):
    """What is due later is on disk: a hub that was stopped meanwhile tells it, once."""
    await in_prison(story)
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=60))
    await story.settle_mailboxes()

    await story.restart()
    await story.later(days=33)
    await story.later(days=1)

    assert 1 == len(await notices(story))


async def test_a_near_date_is_told_at_once(story):
    """A date that is set less than 28 days ahead is told at once."""
    await in_prison(story)

    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=9))

    assert 1 == len(await notices(story))


async def test_a_date_that_comes_nearer(story):
    """A far date that is changed to a near one is told at once, and the old date is not told when its day comes."""
    await in_prison(story)
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=60))
    near = story.now.date() + dt.timedelta(days=10)

    await date_set(
        story, only_number(1), near, kind="release.date-changed", change_reason="a sentence was recalculated"
    )
    (notice,) = await notices(story)
    await story.later(days=5)
    await story.later(days=40)

    assert near.isoformat() == notice.given["release"]["date"]
    assert "change_reason" not in notice.given["release"]
    assert [] == await notices(story)


async def test_a_date_that_goes_further_after_the_notice(story):
    """After a notice a later date is told at once with both dates: they must not wait at the gate."""
    await in_prison(story)
    near, far = (story.now.date() + dt.timedelta(days=n) for n in (10, 90))
    await date_set(story, only_number(1), near)
    await notices(story)

    await date_set(story, only_number(1), far, kind="release.date-changed")

    (notice,) = await notices(story)
    assert (far.isoformat(), near.isoformat()) == (
        notice.given["release"]["date"],
        notice.given["release"]["previous_date"],
    )


async def test_a_release_that_is_cancelled_after_the_notice(story):
    """Whoever was told of a date is told that nothing comes of it."""
    await in_prison(story)
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=10))
    await story.settle_mailboxes()

    await story.tell("release.cancelled", only_number(1))

    assert 1 == len(await notices(story))


async def test_the_area_of_the_address_decides(story):
    """The police of the area of the release address hear; those of another area hear nothing at all."""
    await in_prison(story)

    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=10), area="S1")

    assert 1 == len(await notices(story, n="2"))
    assert [] == await story.news(Role.NEIGHBOURHOOD_POLICING)


async def test_nobody_listens(story):
    """Where the area has no police that listen, the coordinator is told which role is silent and where."""
    await in_prison(story)

    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=10), area="elsewhere")

    gaps = [c.given["gap"] for c in await story.news(Role.COORDINATOR) if c.type == "delivery.nobody-listens"]
    assert {("release.notice", "neighbourhood-policing", "elsewhere")} <= {
        (g["event_type"], g["role"], g["place"]) for g in gaps
    }


async def test_nobody_listens_when_the_notice_is_due(story):
    """A notice that waited for its day and finds nobody listening is told to the coordinator on that day."""
    await in_prison(story)
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=60), area="elsewhere")
    await story.settle_mailboxes()

    await story.later(days=33)

    gaps = [c.given["gap"] for c in await story.news(Role.COORDINATOR) if c.type == "delivery.nobody-listens"]
    assert "neighbourhood-policing" in {g["role"] for g in gaps}


async def test_treatment_hears_of_the_release(story):
    """A treatment provider with treatment in force hears the date, the area and the release itself."""
    await in_prison(story)
    await works_with(story, person(1), "drug-treatment-1", "treatment")
    await adopted(story, person(1), partners=["drug-treatment-1"])
    await story.settle_mailboxes()

    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=10))
    await released(story, only_number(1), area="N1")

    news = await story.news(Role.DRUG_TREATMENT)
    dates = [c.given["release"] for c in news if c.type == "release.date-set"]
    assert [{"date": (story.now.date() + dt.timedelta(days=10)).isoformat(), "area": "N1"}] == dates
    assert "release.released" in {c.type for c in news}


async def test_a_release_is_told_by_those_who_hold_and_those_who_wait(story):
    """A release reaches the prison, the officer, the coordinator and the police of the area, each with what it may
    know of it.
    """
    await in_prison(story)

    await released(story, only_number(1), area="N1", hour=dt.time(9, 30), place="main gate")
    everybody = await story.everybody()

    of = {
        who: next((c.given for c in copies if c.type == "release.released"), None) for who, copies in everybody.items()
    }
    assert {"prison-reception-1", "national-offender-manager-1", "coordinator-1", "neighbourhood-policing-1"} <= {
        w for w, g in of.items() if g
    }
    assert "09:30:00" == of["national-offender-manager-1"]["release"]["hour"]
    assert "hour" not in of["neighbourhood-policing-1"]["release"]
    assert ["concern.ended"] == [c.type for c in everybody["prison-reception-1"] if c.type != "release.released"]


@pytest.mark.parametrize(
    ("kind", "left_because"),
    [
        ("custody.died", "died"),
        ("custody.deported", "deported"),
        ("release.released", "died"),
        ("release.released", "deported"),
        ("release.released", "absconded"),
    ],
)
async def test_what_is_no_release(story, kind, left_because):
    """Death, deportation and absconding end custody as themselves: no notice of a release follows, and no planned
    one is given.
    """
    await in_prison(story)
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=40))
    await story.settle_mailboxes()

    blocks = {"release": Release(kind="unknown")} if kind == "release.released" else {}
    await story.tell(kind, only_number(1), custody=Custody(in_custody=False, left_because=left_because), **blocks)
    told = await story.everybody()
    await story.later(days=41)

    assert not [c for copies in told.values() for c in copies if c.type == "release.notice"]
    assert not [c for copies in (await story.everybody()).values() for c in copies if c.type == "release.notice"]
    said = next(c.given["custody"] for c in told["coordinator-1"] if c.type == kind)
    assert left_because == said["left_because"]


async def test_hospital_is_no_release(story):
    """Somebody released to hospital is still in custody in law: the prison keeps hearing, and the notice of the date
    stands.
    """
    await in_prison(story)
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=40))
    await story.settle_mailboxes()

    await released(story, only_number(1), kind="unknown", left_because="hospital")
    assert "concern.ended" not in [c.type for c in await story.news(Role.PRISON_OFFENDER_MANAGEMENT)]
    await story.later(days=13)

    assert 1 == len(await notices(story))


async def test_post_sentence_supervision_is_no_licence(story):
    """A reception of somebody under post-sentence supervision is no recall."""
    await in_prison(story)
    await released(story, only_number(1), kind="automatic")
    pss = Case(reference="CASE-1", supervised_by="national-offender-manager-1", kind="post-sentence-supervision")
    await story.tell("release.supervision-began", person(1), by="probation", cases=[pss])
    await story.settle_mailboxes()

    await received(story, only_number(1))

    assert not [c for copies in (await story.everybody()).values() for c in copies if c.type == "recall.returned"]


async def test_no_offence_reaches_a_landlord(story):
    """A housing association with a referral hears the date and nothing of offence, custody or scheme."""
    await in_prison(story)
    await works_with(story, person(1), "housing-association-1")
    await story.settle_mailboxes()

    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=10), place="main gate")

    (copy,) = [c for c in await story.news(Role.HOUSING_ASSOCIATION) if c.type == "release.date-set"]
    assert {"date", "area"} == set(copy.given["release"])
    assert not {"memberships", "custody", "cases"} & set(copy.given)
