"""Whom an event is about: found by number, joined, parted, or left to a coordinator and never guessed."""

import datetime as dt

import pytest

from hub.errors import NotFound
from schemas.events.occurrence import Merge
from schemas.labels import Role
from schemas.record.custody import Custody
from schemas.record.person import Identifier, Person
from tests.fixtures.chapters import adopted, member, received, supervised
from tests.fixtures.people import only_number, person, pnc, prison_number


def _custody(establishment):
    return Custody(in_custody=True, establishment=establishment)


def number(i):
    return Identifier(kind="prison-number", value=prison_number(i))


async def merged(story, kept, removed, kind="identity.merged"):
    block = Merge(kept=number(kept), removed=number(removed))
    return await story.tell(kind, only_number(kept), by="prisons", merge=block)


def renamed():
    """Return the first person under another name and other numbers, born on the same day."""
    return person(2, date_of_birth=person(1).date_of_birth)


async def held(story):
    return await story.hub.quarantine.items(story.principal("operator"))


async def test_two_numbers_become_one_person(story):
    """When two prison numbers are merged, a reception under the one alerts about the membership under the other."""
    await adopted(story, person(1))
    await received(story, only_number(2))
    await story.settle_mailboxes()

    await merged(story, 2, 1)
    told = await story.everybody()
    await story.tell("custody.transferred", only_number(2), by="prisons", custody=_custody("ONI"))

    assert "ppo.alert" in [c.type for c in told["prison-reception-1"]]
    assert "ppo.alert" in [c.type for c in await story.news(Role.PRISON_RECEPTION, "2")]


async def test_one_person_becomes_two(story):
    """When a merge is undone the number that was given back names a person of whom nothing is known; the other stays
    on the scheme.
    """
    await adopted(story, person(1))
    await merged(story, 1, 2)
    await story.settle_mailboxes()

    await merged(story, 1, 2, "identity.unmerged")
    await story.settle_mailboxes()

    await received(story, only_number(2))
    assert {} == await story.everybody()
    assert {} == await story.look_up(Role.PRISON_RECEPTION, only_number(2))
    await received(story, only_number(1))
    assert "ppo.alert" in await story.types(Role.PRISON_RECEPTION)


async def test_the_record_of_a_merged_person_is_one(story):
    """What was told under either number stands in one record after the merge, also long afterwards."""
    await adopted(story, person(1))
    await adopted(story, renamed())
    await merged(story, 1, 2)
    await story.later(days=200)
    await story.hub.keeping.sweep_all()

    found = await story.hub.disclosures(story.principal("operator"), only_number(2), "a complaint")

    assert 2 == len([e for e in found if e["event"] == "ppo.adopted" and e["kind"] == "disclosure"])


async def nearly(story):
    """Somebody is on a scheme, and an event comes that may be about them: the same name and birth, another number."""
    await adopted(story, person(1))
    await story.settle_mailboxes()
    known = person(1)
    twin = Person(
        surname=known.surname, forename=known.forename, date_of_birth=known.date_of_birth, identifiers=[number(500)]
    )
    outcome = await received(story, twin)
    return twin, outcome


async def test_an_ambiguous_person_is_held(story):
    """An event that may be about somebody on a scheme is accepted and held; nobody is told before it is settled."""
    _, outcome = await nearly(story)

    assert "accepted" == outcome.state
    assert {} == await story.everybody()
    (item,) = await held(story)
    assert ("ambiguous", "custody.received", 1) == (item.reason, item.kind, len(item.candidates))


async def test_settled_as_the_candidate(story):
    """Settled as the candidate the event flows, once, and the new number is known from then on."""
    twin, _ = await nearly(story)
    (item,) = await held(story)

    outcome = await story.hub.quarantine.settle(
        story.principal("operator"), item.id, person=item.candidates[0], new=False, reason="the same man"
    )
    alerts = [c.type for c in await story.news(Role.PRISON_RECEPTION)]
    again = await received(story, Person(identifiers=twin.identifiers), "ONI")

    assert "accepted" == outcome.state == again.state
    assert 1 == alerts.count("ppo.alert")
    assert [] == await held(story)
    assert "ppo.alert" in [c.type for c in await story.news(Role.PRISON_RECEPTION, "2")]
    with pytest.raises(NotFound):
        await story.hub.quarantine.settle(
            story.principal("operator"), item.id, person=item.candidates[0], new=False, reason="twice"
        )


async def test_settled_as_somebody_new(story):
    """Settled as somebody new nobody is told anything, and the same question is not asked again."""
    twin, _ = await nearly(story)
    (item,) = await held(story)

    await story.hub.quarantine.settle(story.principal("operator"), item.id, person=None, new=True, reason="a cousin")
    await received(story, twin, "ONI")

    assert {} == await story.everybody()
    assert [] == await held(story)


async def test_an_ambiguous_event_that_is_retried(story):
    """To try an ambiguous event again asks the question again; it is never taken for a repeat of itself and lost."""
    await nearly(story)
    (item,) = await held(story)

    await story.hub.quarantine.retry(story.principal("operator"), item.id, "tried again")
    (again,) = await held(story)
    await story.hub.quarantine.settle(
        story.principal("operator"), again.id, person=again.candidates[0], new=False, reason="the same man"
    )

    assert item.id != again.id
    assert "ppo.alert" in await story.types(Role.PRISON_RECEPTION)


async def test_two_people_on_schemes_become_one(story):
    """A merge of two people whose details do not speak against it makes one, known by both numbers."""
    await adopted(story, person(1))
    await adopted(story, renamed())
    await story.settle_mailboxes()
    await merged(story, 1, 2)
    await received(story, only_number(1))

    (alert,) = [c for c in await story.news(Role.PRISON_RECEPTION) if c.type == "ppo.alert"]
    assert {prison_number(1), prison_number(2)} <= {i["value"] for i in alert.given["subject"]["identifiers"]}


@pytest.mark.parametrize(("joined", "numbers"), [(True, 2), (False, 1)], ids=["the same", "two people"])
async def test_a_merge_against_names_and_births_is_asked_about(story, joined, numbers):
    """A merge of two people of other names and births is held, and done only when a coordinator says so."""
    await adopted(story, person(1))
    await adopted(story, person(2))
    await merged(story, 1, 2)
    (item,) = await held(story)
    await story.hub.quarantine.settle(
        story.principal("operator"),
        item.id,
        person=item.candidates[0] if joined else None,
        new=not joined,
        reason="asked",
    )
    await story.settle_mailboxes()
    await received(story, only_number(1))

    (alert,) = [c for c in await story.news(Role.PRISON_RECEPTION) if c.type == "ppo.alert"]
    told = {i["value"] for i in alert.given["subject"]["identifiers"]}
    assert numbers == len(told & {prison_number(1), prison_number(2)})


async def test_four_dialects_of_one_number(story):
    """A person is found whichever way an agency writes the PNC ID."""
    await adopted(story, person(1))
    year, rest = pnc(1).split("/")
    serial, letter = rest[:-1], rest[-1]

    for written in (
        f"{year[2:]}/{int(serial)}{letter}",
        f"{year}/{int(serial)}{letter}",
        f"{year}-{serial}{letter}",
        f"{year}{serial}{letter}",
    ):
        found = await story.look_up(Role.CUSTODY_OFFICER, Person(identifiers=[Identifier(kind="pnc", value=written)]))
        assert "PPO" == found["memberships"][0]["kind"], written


async def test_the_same_id_with_different_content(story):
    """An id that was used for something else is refused, and what the first said stands."""
    await adopted(story, person(1))
    first = await story.tell("custody.received", only_number(1), event_id="one", custody=_custody("BMI"))
    await story.settle_mailboxes()
    second = await story.tell("custody.received", only_number(1), event_id="one", custody=_custody("ONI"))

    assert ("accepted", "refused", "different-content") == (first.state, second.state, second.problem)
    assert {} == await story.everybody()
    (item,) = await held(story)
    assert ("different-content", ("id: was used before with different content",)) == (item.reason, item.fields)


async def test_a_late_event_moves_no_status_back(story):
    """An adoption that arrives after the later de-selection makes nobody a member again."""
    long_ago = story.now - dt.timedelta(days=30)
    await adopted(story, person(1))
    await supervised(story, person(1))
    await story.tell("ppo.deselected", person(1), memberships=[member()])
    await story.settle_mailboxes()

    outcome = await story.tell("ppo.adopted", person(1), at=long_ago, memberships=[member()])

    assert "accepted" == outcome.state
    assert {} == await story.look_up(Role.PRISON_RECEPTION, person(1))


async def test_a_number_that_is_none_is_refused_without_its_value(story):
    """A number with a wrong check letter is refused by field and rule; nothing says what it was."""
    bad = Person(identifiers=[Identifier(kind="pnc", value="1990/0000001A")])

    outcome = await story.tell("custody.received", bad, custody=_custody("BMI"))

    assert "refused" == outcome.state
    assert ["data.subject.identifiers[0].value: check letter does not fit"] == outcome.fields
    (item,) = await held(story)
    assert not [f for f in item.fields if "0000001" in f]
