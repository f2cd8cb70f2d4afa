"""What somebody within a partner's agency may try, to learn whether a person is on a scheme, or to be told more.

Each attempt is made twice: about somebody on a scheme and about a stranger. It must come to the same.
"""

import asyncio
import datetime as dt

import pytest

from hub.errors import StoreUnavailable
from hub.pipeline.draft import Batch
from schemas.labels import Role
from schemas.record.case import Case
from schemas.record.custody import Custody, Release
from schemas.record.need import Engagement, Referral
from schemas.record.person import Person
from schemas.record.scheme import MarkerConfirmation, SchemeContact
from tests.fixtures.agencies import recipient_id
from tests.fixtures.chapters import adopted, member, received, supervised, works_with
from tests.fixtures.people import only_number, person
from tests.fixtures.story import Story

LANDLORD, CHARITY = recipient_id(Role.HOUSING_ASSOCIATION), recipient_id(Role.VOLUNTARY)
KNOWN = person(1)
BY_NAME = Person(surname=KNOWN.surname, forename=KNOWN.forename, date_of_birth=KNOWN.date_of_birth)
ANOTHERS_DETAILS = Person(
    surname="Else", forename="Somebody", date_of_birth=person(9).date_of_birth, identifiers=KNOWN.identifiers
)


def work(holder, kind="tenancy", state="open"):
    return [Referral(holder=holder, kind=kind, state=state)]


async def marks_and_lets_go(story):
    """Declare a tenancy, say that one has set the marker, end the tenancy."""
    marked = MarkerConfirmation(holder=LANDLORD, state="set", at=story.now)
    await story.tell("referral.changed", KNOWN, by="provider", referrals=work(LANDLORD))
    await received(story, only_number(1))
    await story.settle_mailboxes()
    await story.tell("ppo.marker-confirmed", KNOWN, by="provider", marker_confirmations=[marked])
    await story.tell("referral.changed", KNOWN, by="provider", referrals=work(LANDLORD, state="closed"))


async def meets_at_the_gate_and_not(story):
    """Have been told something once, say that one meets the person at the gate, and then that another does."""
    await works_with(story, KNOWN, CHARITY)
    await works_with(story, KNOWN, CHARITY, state="closed")
    await story.settle_mailboxes()
    for who in (CHARITY, recipient_id(Role.MENTOR)):
        await story.tell("release.gate-meeting-arranged", KNOWN, by="charity", release=Release(met_by=who))


async def declares_by_name(story):
    """Declare a tenancy by name and date of birth, which are somebody's on a scheme."""
    await story.tell("referral.changed", BY_NAME, by="provider", referrals=work(LANDLORD))


async def declares_with_wrong_details(story):
    """Declare a tenancy by the right number with details that disagree with it."""
    await story.tell("referral.changed", ANOTHERS_DETAILS, by="provider", referrals=work(LANDLORD))


async def told_of(folder, attempt, who, *, on_scheme):
    """Return what a partner gets and is answered, of somebody on a scheme or of a stranger."""
    folder.mkdir()
    async with Story(folder) as story:
        if on_scheme:
            await adopted(story, KNOWN)
            await supervised(story, KNOWN)
        else:
            await received(story, only_number(1))
        await story.settle_mailboxes()
        await attempt(story)
        held = [(item.reason, item.kind) for item in await story.hub.quarantine.items(story.principal("provider"))]
        return [(c.type, c.given) for c in await story.news(who)], held


@pytest.mark.parametrize(
    ("attempt", "who"),
    [
        (marks_and_lets_go, LANDLORD),
        (meets_at_the_gate_and_not, CHARITY),
        (declares_by_name, LANDLORD),
        (declares_with_wrong_details, LANDLORD),
    ],
)
async def test_an_attempt_comes_to_the_same(tmp_path, attempt, who):
    """What a partner publishes about a person brings it nothing by which a member differs from a stranger."""
    member_, stranger = [await told_of(tmp_path / str(on), attempt, who, on_scheme=on) for on in (True, False)]

    assert stranger == member_


async def test_a_landlord_who_says_that_it_set_the_marker(story):
    """Who only says that it holds the marker is not asked to remove it when the person leaves the scheme."""
    await adopted(story, KNOWN)
    marked = MarkerConfirmation(holder=LANDLORD, state="set", at=story.now)
    await story.tell("ppo.marker-confirmed", KNOWN, by="provider", marker_confirmations=[marked])
    await story.look_up(Role.PROSECUTION, KNOWN)
    await story.settle_mailboxes()

    await story.tell("ppo.deselected", KNOWN, memberships=[member()])

    assert [] == await story.types(LANDLORD)
    assert ["ppo.remove-marker"] == await story.types(Role.PROSECUTION)


@pytest.mark.parametrize(
    ("holder", "kind", "state"),
    [(CHARITY, "referral", "accepted"), (CHARITY, "stay", "open"), (CHARITY, "tenancy", "open")],
)
async def test_a_charity_that_declares_itself_in(story, holder, kind, state):
    """A charity opens nothing for itself, neither by an answer to no question nor by work that is not a charity's."""
    await received(story, only_number(1), "ONI")
    await story.tell("referral.changed", KNOWN, by="charity", referrals=work(holder, kind, state))
    await story.settle_mailboxes()

    await received(story, only_number(1))
    await story.tell("engagement.reported", KNOWN, by="health", engagement=Engagement(attending=True))

    assert [] == await story.types(holder)


@pytest.mark.parametrize(
    ("kind", "by", "blocks", "field"),
    [
        (
            "engagement.reported",
            "provider",
            {"cases": [Case(reference="X", supervised_by="responsible-officer-1")]},
            "data.cases[0].supervised_by",
        ),
        (
            "case.allocated",
            "provider",
            {"cases": [Case(reference="X", supervised_by="responsible-officer-1")]},
            "data.cases[0].supervised_by",
        ),
        (
            "engagement.reported",
            "charity",
            {"memberships": [member(contact=SchemeContact(name="A", telephone="1"))]},
            "data.memberships",
        ),
        ("release.gate-meeting-arranged", "charity", {"release": Release(met_by="hostel-1")}, "data.release.met_by"),
    ],
)
async def test_words_that_are_for_others_to_say(story, kind, by, blocks, field):
    """Who holds a case, what a scheme says and who else is at the gate are not a partner's to publish."""
    if kind == "engagement.reported":
        blocks = {**blocks, "engagement": Engagement(attending=True)}
    outcome = await story.tell(kind, KNOWN, by=by, **blocks)

    assert ("refused", "not-yours", field) == (outcome.state, outcome.problem, outcome.fields[0].partition(": ")[0])


async def test_a_record_that_a_partner_does_not_keep(story):
    """A partner cannot pass a date of birth off as a court's, and so make somebody of age for all others."""
    said = Person(identifiers=KNOWN.identifiers, date_of_birth=KNOWN.date_of_birth, details_source="court")
    by_charity = await story.tell("engagement.reported", said, by="charity", engagement=Engagement(attending=True))
    by_prison = await story.tell(
        "custody.received", said, by="prisons", custody=Custody(in_custody=True, establishment="BMI")
    )

    assert ("refused", "accepted") == (by_charity.state, by_prison.state)


@pytest.mark.parametrize(
    "moment", [dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14))), dt.datetime(1850, 1, 1, tzinfo=dt.UTC)]
)
async def test_a_moment_that_cannot_be(story, moment):
    """An event from the beginning of the calendar is refused, and what came with it is taken."""
    marked = MarkerConfirmation(holder="prison-reception-1", state="removed", at=moment)
    first, second, third = await asyncio.gather(
        received(story, only_number(1), at=moment),
        story.tell("ppo.marker-confirmed", KNOWN, by="prisons", marker_confirmations=[marked]),
        received(story, only_number(2)),
    )

    assert ("refused", "refused", "accepted") == (first.state, second.state, third.state)


async def test_one_that_cannot_be_written(story, monkeypatch):
    """An event that fails only when its batch is written fails by itself, and whatever came with it is taken."""
    finish = Batch.finish

    def fails_for_one(batch):
        if any(state.details and state.details.surname == "Unwritable" for state in batch.people.values()):
            raise OverflowError
        finish(batch)

    monkeypatch.setattr(Batch, "finish", fails_for_one)
    await adopted(story, KNOWN)
    told = asyncio.gather(
        received(story, only_number(1)),
        adopted(story, person(2, surname="Unwritable")),
        received(story, only_number(3)),
        return_exceptions=True,
    )
    first, second, third = await told

    assert ("accepted", "accepted") == (first.state, third.state)
    assert isinstance(second, StoreUnavailable)
    assert "ppo.alert" in await story.types(Role.PRISON_RECEPTION)


async def test_a_question_is_answered_once(story):
    """Of several answers to one question that arrive together one is taken, and the event happens once."""
    await adopted(story, KNOWN)
    await story.tell("engagement.reported", BY_NAME, by="health", engagement=Engagement(attending=True))
    operator = story.principal("operator")
    (item,) = await story.hub.quarantine.items(operator)
    await story.settle_mailboxes()

    answers = [
        story.hub.quarantine.settle(operator, item.id, person=item.candidates[0], new=False, reason="the same person")
        for _ in range(3)
    ]
    outcomes = await asyncio.gather(*answers, return_exceptions=True)

    assert ["accepted"] == [o.state for o in outcomes if not isinstance(o, Exception)]
    assert ["engagement.reported"] == await story.types(Role.COORDINATOR)
