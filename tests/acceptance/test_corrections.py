"""An event that corrects or withdraws another: exactly those who have something wrong are told, and put it right."""

import datetime as dt

import msgspec
import pytest

from schemas.exchange import Receipt
from schemas.labels import Role
from schemas.proof import verify
from schemas.record.custody import Custody, Release
from tests.fixtures.agencies import recipient_id
from tests.fixtures.chapters import adopted, received
from tests.fixtures.people import event, person
from tests.fixtures.story import Story

NEIGHBOURHOOD, COORDINATOR = recipient_id(Role.NEIGHBOURHOOD_POLICING), recipient_id(Role.COORDINATOR)
RECEPTION, OTHER_RECEPTION = (recipient_id(Role.PRISON_RECEPTION, n) for n in "12")
FAR = 60
"""Days to a release so far off that nothing follows from its date."""


@pytest.fixture
async def story(either_store, tmp_path):
    """Somebody is on a scheme, on each store; whatever happens, record and mailboxes fit together afterwards."""
    async with Story(tmp_path, database=either_store) as story:
        await adopted(story, person(1))
        await story.settle_mailboxes()
        yield story
        assert [] == [each.what for each in (await story.hub.ledger.check(lambda *_: None)).findings]


async def say(story, kind, subject, event_id, *, by="prisons", **more):
    """Publish an event under an id, perhaps in the place of another."""
    links = {name: more.pop(name) for name in ("corrects", "withdraws") if name in more}
    story.now += dt.timedelta(seconds=1)
    envelope = event(kind, subject, more.pop("at", story.now), story.agencies.source(by), event_id, **more)
    return await story.send(msgspec.structs.replace(envelope, **links), by=by)


async def dated(story, event_id, days=FAR, area="N1", **more):
    release = Release(date=story.now.date() + dt.timedelta(days=days), area=area, **more.pop("release", {}))
    return await say(story, "release.date-set", person(1), event_id, release=release, **more)


async def everything(story):
    return {r["id"]: copies for r in story.agencies.recipients if (copies := await story.copies(r["id"]))}


async def fetched(story):
    """Let everybody fetch what waits, without a receipt."""
    found = await everything(story)
    for name, copies in found.items():
        await story.hub.sent(name, [copy.delivery for copy in copies])
    return found


async def test_who_has_the_wrong_leaf_is_told(story):
    """Whoever has the leaf gets the event anew, which names that one's own delivery; nobody else hears anything."""
    await dated(story, "first", release={"change_reason": "adjudication"})
    before = await story.everybody()
    outcome = await dated(story, "second", release={"change_reason": "recalculated"}, corrects="first")
    after = await story.everybody()

    assert "accepted" == outcome.state
    has = {name for name, (copy, *_) in before.items() if "change_reason" in copy.given["release"]}
    assert has
    assert has < before.keys()
    assert has == after.keys()
    for name in has:
        (old,), (new,) = before[name], after[name]
        assert (old.type, old.lane, old.number + 1) == (new.type, new.lane, new.number)
        assert old.delivery == new.handling["corrects"]
        assert {**old.given, "release": {**old.given["release"], "change_reason": "recalculated"}} == new.given


async def test_nothing_is_wrong(story):
    """An event that says of another what it said before is told to nobody."""
    await dated(story, "first")
    await story.settle_mailboxes()
    await dated(story, "second", corrects="first", days=FAR)

    assert {} == await everything(story)


async def test_what_was_left_out_before(story):
    """A leaf that the former event did not have is news to those who may have it, and to nobody else."""
    await dated(story, "first")
    before = await story.everybody()
    await dated(story, "second", release={"change_reason": "recalculated"}, corrects="first")
    after = await story.everybody()

    assert after
    assert after.keys() < before.keys()
    for name, (new,) in after.items():
        assert "recalculated" == new.given["release"]["change_reason"]
        assert before[name][0].delivery == new.handling["corrects"]


async def test_what_should_not_have_been_there(story):
    """A leaf that the event does not have any more is taken out of the copies that had it."""
    await dated(story, "first", release={"change_reason": "adjudication"})
    before = await story.everybody()
    await dated(story, "second", corrects="first")
    after = await story.everybody()

    assert {n for n, (c, *_) in before.items() if "change_reason" in c.given["release"]} == after.keys()
    assert not [copy for (copy,) in after.values() if "change_reason" in copy.given["release"]]


async def test_corrected_twice(story):
    """Every correction names the first event, and stands in the place of the last one that was told."""
    await dated(story, "first")
    first = await story.everybody()
    await dated(story, "second", days=FAR + 1, corrects="first")
    second = await story.everybody()
    await dated(story, "third", days=FAR + 2, corrects="first")
    third = await story.everybody()

    assert NEIGHBOURHOOD in first
    for name, (copy,) in third.items():
        assert (first[name][0].delivery, second[name][0].delivery) == (
            second[name][0].handling["corrects"],
            copy.handling["corrects"],
        )
    assert first.keys() == second.keys() == third.keys()


async def test_an_event_that_did_not_happen(story):
    """Whoever has anything of a withdrawn event, or of what followed from it, is told to erase it; nobody else."""
    await say(story, "custody.received", person(1), "first", custody=Custody(in_custody=True, establishment="BMI"))
    before = await story.everybody()
    withdrawn = await say(
        story, "custody.received", person(1), "second", custody=Custody(in_custody=True), withdraws="first"
    )
    after = await story.everybody()

    assert "accepted" == withdrawn.state
    assert {"ppo.alert", "custody.received"} <= {copy.type for copies in before.values() for copy in copies}
    gone = {n: {c.delivery for c in copies if c.type != "delivery.nobody-listens"} for n, copies in before.items()}
    assert {n: ids for n, ids in gone.items() if ids} == {
        name: {copy.given["withdrawn"]["delivery"] for copy in copies} for name, copies in after.items()
    }
    assert {"copy.withdrawn"} == {copy.type for copies in after.values() for copy in copies}


async def test_at_another_prison(story):
    """Where an alert went to the wrong prison that one is told to erase it, and the right one gets it as news."""
    await received(story, person(1), "BMI", at=story.now)
    await story.settle_mailboxes()
    at = story.now
    await say(
        story, "custody.received", person(1), "first", at=at, custody=Custody(in_custody=True, establishment="BMI")
    )
    (wrong,) = [copy for copy in await story.news(RECEPTION) if copy.type == "ppo.alert"]
    await story.settle_mailboxes()
    there = Custody(in_custody=True, establishment="ONI")
    await say(story, "custody.received", person(1), "second", at=at, custody=there, corrects="first")

    taken, news = await story.news(RECEPTION), await story.news(OTHER_RECEPTION)
    assert {"withdrawn": {"delivery": wrong.delivery}} in [copy.given for copy in taken]
    assert {"copy.withdrawn"} <= {copy.type for copy in taken} <= {"copy.withdrawn", "concern.ended"}
    assert "ppo.alert" in {copy.type for copy in news}
    assert not [copy for copy in news if "corrects" in copy.handling]
    (told,) = [copy for copy in await story.news(COORDINATOR) if copy.type == "custody.received"]
    assert "ONI" == told.given["custody"]["establishment"]
    assert "corrects" in told.handling


async def test_about_somebody_else(story):
    """What was said of the wrong person is taken back whole, and the right person's people hear it as news."""
    await adopted(story, person(2), "south")
    await story.settle_mailboxes()
    await dated(story, "first")
    before = await story.everybody()
    release = Release(date=story.now.date() + dt.timedelta(days=FAR), area="S1")
    await say(story, "release.date-set", person(2), "second", release=release, corrects="first")
    after = await story.everybody()

    for name, (old,) in before.items():
        assert {"withdrawn": {"delivery": old.delivery}} in [copy.given for copy in after[name]]
    news = {name for name, copies in after.items() for copy in copies if copy.type == "release.date-set"}
    assert recipient_id(Role.COORDINATOR, "2") in news
    assert COORDINATOR not in news


async def test_what_waits_is_made_anew(story):
    """A copy that nobody fetched goes out as it should have been, under its number, and not as a correction."""
    await dated(story, "first", release={"change_reason": "adjudication"})
    before = await everything(story)
    await dated(story, "second", release={"change_reason": "recalculated"}, corrects="first")
    after = await everything(story)

    assert before.keys() == after.keys()
    for name, (old,) in before.items():
        (new,) = after[name]
        assert (old.number, old.type) == (new.number, new.type)
        assert "corrects" not in new.handling
        if "change_reason" in old.given["release"]:
            assert "recalculated" == new.given["release"]["change_reason"]
        else:
            assert old == new


async def test_what_waits_is_dropped(story):
    """Nothing of a withdrawn event goes out any more, and nobody is told of it."""
    await dated(story, "first")
    assert await everything(story)
    await dated(story, "second", withdraws="first")

    assert {} == await everything(story)
    await dated(story, "third")
    assert await everything(story)


async def test_what_waits_about_somebody_else(story):
    """Whoever would have had the wrong person's copy gets the right person's alone, and the record follows."""
    await adopted(story, person(2))
    await story.settle_mailboxes()
    await dated(story, "first")
    (wrong,) = await story.copies(COORDINATOR)
    release = Release(date=story.now.date() + dt.timedelta(days=FAR), area="N1")
    await say(story, "release.date-set", person(2), "second", release=release, corrects="first")
    (right,) = await story.copies(COORDINATOR)

    assert wrong.given["subject"]["surname"] != right.given["subject"]["surname"]
    assert wrong.number + 1 == right.number


async def test_on_its_way(story):
    """A copy that was fetched and has no receipt is followed by its correction."""
    await dated(story, "first")
    before = await fetched(story)
    await dated(story, "second", days=FAR + 1, corrects="first")
    (old, new) = await story.copies(NEIGHBOURHOOD)

    assert before[NEIGHBOURHOOD] == [old]
    assert old.delivery == new.handling["corrects"]


async def test_the_record_says_what_it_corrects(story):
    """The entry names the event that is put right, and the recipient's proof the delivery."""
    await dated(story, "first")
    await story.settle_mailboxes()
    await dated(story, "second", days=FAR + 1, corrects="first")
    (copy,) = await story.copies(NEIGHBOURHOOD)
    proof = await story.hub.ledger.prove(story.principal("operator"), copy.delivery, NEIGHBOURHOOD, "a check")

    assert all(step.holds for step in verify(proof, story.hub.ledger.log.keys().verifiers, copy.body))
    assert copy.handling["corrects"] == msgspec.json.decode(proof.view)["corrects"]


REFUSED = {
    "an event that nobody sent": ({"corrects": "never"}, "is no event that was taken"),
    "another type": ({"corrects": "first", "kind": "release.cancelled"}, "is not that of the event"),
    "a correction": ({"corrects": "second"}, "is no event that was taken"),
    "itself": ({"corrects": "third"}, "names the event itself"),
    "both at once": ({"corrects": "first", "withdraws": "first"}, "cannot stand beside"),
}


@pytest.mark.parametrize(("how", "rule"), REFUSED.values(), ids=REFUSED)
async def test_refused(tmp_path, how, rule):
    """What puts right no event of its own publisher is refused, and told to nobody."""
    async with Story(tmp_path) as story:
        await adopted(story, person(1))
        await dated(story, "first")
        await dated(story, "second", days=FAR + 1, corrects="first")
        await story.settle_mailboxes()
        how = dict(how)
        outcome = await say(
            story,
            how.pop("kind", "release.date-set"),
            person(1),
            "third",
            release=Release(date=story.now.date() + dt.timedelta(days=FAR + 2)),
            **how,
        )

        assert "refused" == outcome.state
        assert any(rule in field for field in outcome.fields)
        assert {} == await everything(story)


async def test_another_publishers_event(tmp_path):
    """Nobody corrects what another said: an id is looked for among the publisher's own events."""
    async with Story(tmp_path) as story:
        await adopted(story, person(1))
        await dated(story, "first")
        await story.settle_mailboxes()
        outcome = await dated(story, "second", by="probation", corrects="first")

        assert "refused" == outcome.state
        assert {} == await everything(story)


async def test_both_at_once(tmp_path):
    """An event and its correction that come together are both taken; the second is applied a little later."""
    async with Story(tmp_path) as story:
        await adopted(story, person(1))
        await story.settle_mailboxes()
        first, second = (
            event(
                "release.date-set",
                person(1),
                story.now,
                story.agencies.source("prisons"),
                name,
                release=Release(date=story.now.date() + dt.timedelta(days=days), area="N1"),
            )
            for name, days in (("first", FAR), ("second", FAR + 1))
        )
        second = msgspec.structs.replace(second, corrects="first")
        bodies = [msgspec.json.encode(each) for each in (first, second)]
        outcomes = await story.hub.publish(story.principal("prisons"), bodies)
        await story.later(minutes=10)

        assert ["accepted", "accepted"] == [outcome.state for outcome in outcomes]
        (copy,) = await story.copies(NEIGHBOURHOOD)
        assert str(story.now.date() + dt.timedelta(days=FAR + 1)) == copy.given["release"]["date"]


async def test_followed_to_the_receipt(story):
    """Each who was told to put something right stands as open until it has said that it has it."""
    await dated(story, "first")
    await story.settle_mailboxes()
    await dated(story, "second", days=FAR + 1, corrects="first")
    (copy,) = await story.copies(NEIGHBOURHOOD)
    open_before = await story.hub.corrections.followed()
    await story.hub.receive(Receipt(recipient=NEIGHBOURHOOD, deliveries=[copy.delivery]))
    open_after = await story.hub.corrections.followed()

    (gone,) = [each for each in open_before if each not in open_after]
    assert (NEIGHBOURHOOD, copy.delivery, "correction", "event") == (
        gone.row.recipient,
        gone.row.copy,
        gone.row.what,
        gone.row.cause,
    )
    assert len(open_before) - 1 == len(open_after)
