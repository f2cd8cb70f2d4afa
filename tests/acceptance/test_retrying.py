"""What the hub itself cannot do is tried again by itself, in order, for some minutes; then an operator must act."""

import asyncio
import datetime as dt

import msgspec
import pytest

from hub.pipeline.draft import Batch
from hub.pipeline.holding import PAUSES
from hub.pipeline.quarantine import StillFails
from hub.pipeline.retrying import claim_retries, retry_claimed
from hub.store.port import DoorRow
from hub.store.postgres import migrate_database
from schemas.events.occurrence import Merge
from schemas.labels import Role
from schemas.record.need import Risk
from schemas.record.person import Identifier, Person
from tests.fixtures.chapters import adopted, date_set, recall, received, released
from tests.fixtures.failing import Failing
from tests.fixtures.people import event, only_number, person
from tests.fixtures.story import Story

RECEPTION = "prison-reception-1"
SURELY = 3600
"""Seconds after which the hub has tried everything once more that it is going to try."""


@pytest.fixture(params=["sqlite", "postgres"])
async def story(request, tmp_path):
    database = ""
    if request.param == "postgres":
        database = request.getfixturevalue("database")
        migrate_database(database)
    async with Story(tmp_path, database=database) as story:
        yield story


@pytest.fixture
def failing(monkeypatch):
    return Failing(monkeypatch)


async def items(story, state="held", **which):
    found = await story.hub.quarantine.items(story.principal("operator"), state=state, **which)
    return list(reversed(found))


async def reasons(story, state="held"):
    return [item.reason for item in await items(story, state)]


async def retry(story, held_id):
    return await story.hub.quarantine.retry(story.principal("operator"), held_id, "the cause was mended")


async def all_tries(story):
    """Let all the time pass in which the hub tries something again by itself."""
    for pause in PAUSES:
        await story.later(seconds=pause)


async def three_that_wait(story, failing):
    """Let one copy for the reception fail, and three more come behind it."""
    failing.recipients = {RECEPTION}
    await received(story, only_number(1))
    failing.recipients = set()
    await story.tell("risk.assessed", person(1), by="police", risk=Risk(level="high"))
    await recall(story, person(1), "requested", "recall.requested")


IN_ORDER = ["custody.received", "ppo.alert", "risk.assessed", "recall.requested"]


async def in_order(story, who=Role.PRISON_RECEPTION):
    return [c.type for c in sorted(await story.news(who), key=lambda c: c.number)]


async def test_what_failed_goes_by_itself(story, failing):
    """Nothing goes to a recipient whose answer fails; later copies of that person wait behind it, everyone else is
    served; a second later the hub tries again by itself, and all go in order.
    """
    await adopted(story, person(1))
    await adopted(story, person(2))
    await story.settle_mailboxes()

    await three_that_wait(story, failing)
    await received(story, only_number(2))
    everybody = await story.everybody()
    waiting = await items(story, "retrying")
    await story.later(seconds=1)

    assert {"SurnameC2"} == {c.given["subject"]["surname"] for c in everybody[RECEPTION]}
    assert {*IN_ORDER} == {c.type for c in everybody["coordinator-1"]}
    assert ["answer-failed"] + ["behind-earlier-copy"] * 3 == [item.reason for item in waiting]
    assert IN_ORDER == await in_order(story)
    assert ([], []) == (await items(story), await items(story, "retrying"))


async def test_when_it_is_tried(story, failing):
    """The hub tries after 1, 10, 60 and 600 seconds and never again by itself; then a retry sends all in order, and
    what comes later waits no more.
    """
    await adopted(story, person(1))
    await story.settle_mailboxes()
    await three_that_wait(story, failing)
    failing.recipients, failing.failures = {RECEPTION}, 0

    tries = []
    for pause in PAUSES:
        await story.later(seconds=pause - 0.5)
        await story.later(seconds=0.5)
        tries.append(failing.failures)
    await story.later(days=3)
    await story.tell("risk.assessed", person(1), by="police", risk=Risk(level="medium"))

    assert ([1, 2, 3, 4], 4) == (tries, failing.failures)
    assert ["answer-failed"] + ["behind-earlier-copy"] * 4 == await reasons(story)
    assert [4, 0, 0, 0, 0] == [item.attempts for item in await items(story)]
    assert [] == await items(story, "retrying")

    failing.recipients = set()
    await retry(story, (await items(story))[2].id)
    await recall(story, person(1), "authorised", "recall.decided")

    assert [*IN_ORDER, "risk.assessed", "recall.decided"] == await in_order(story)
    assert [] == await items(story)


async def test_one_behind_that_fails_has_tries_of_its_own(story, failing):
    """When the first of a line has gone and the next fails, that one is tried from the beginning, and overtaken by
    none.
    """
    await adopted(story, person(1))
    await story.settle_mailboxes()
    await three_that_wait(story, failing)

    failing.recipients, failing.types = {RECEPTION}, {"risk.assessed"}
    await story.later(seconds=1)
    gone, waiting = await in_order(story), await items(story, "retrying")
    failing.recipients = set()
    await recall(story, person(1), "authorised", "recall.decided")
    overtook = await in_order(story)
    await story.later(seconds=1)

    assert (["custody.received", "ppo.alert"], []) == (gone, overtook)
    assert ["risk.assessed", "recall.requested"] == [item.kind for item in waiting]
    assert ["risk.assessed", "recall.requested", "recall.decided"] == await in_order(story)


async def test_a_retry_that_fails_again(story, failing):
    """A retry before the cause is mended says that it failed, sends nothing and loses nothing."""
    await adopted(story, person(1))
    await story.settle_mailboxes()
    failing.recipients = {RECEPTION}
    await received(story, only_number(1))
    await all_tries(story)
    (first, *_) = await items(story)

    with pytest.raises(StillFails):
        await retry(story, first.id)
    nothing = await in_order(story)
    failing.recipients = set()
    await retry(story, first.id)

    assert [] == nothing
    assert ["custody.received", "ppo.alert"] == await in_order(story)


async def test_a_line_that_is_tried_all_at_once(story, failing):
    """When everything in a line is tried at one request, and one of it fails, each is told once and none overtakes."""
    await adopted(story, person(1))
    await story.settle_mailboxes()
    await three_that_wait(story, failing)
    failing.recipients = {RECEPTION}
    await all_tries(story)
    failing.turns = iter([False, False, True, True, False, False])

    operator, outcomes = story.principal("operator"), []
    ids = await story.hub.quarantine.to_retry(operator)
    async for words in story.hub.quarantine.retry_each(operator, ids, "the cause was mended"):
        outcomes += words

    assert ["accepted", "done-already", "still-fails", "accepted"] == outcomes
    assert IN_ORDER == await in_order(story)
    assert [] == await items(story)


async def test_an_operator_may_be_sooner(story, failing):
    """What an operator tries with success before the hub does so by itself is told once."""
    await adopted(story, person(1))
    await story.settle_mailboxes()
    await three_that_wait(story, failing)
    (first, *_) = await items(story, "retrying")

    await retry(story, first.id)
    await story.later(seconds=SURELY)

    assert IN_ORDER == await in_order(story)


async def test_a_concern_that_ends_while_a_copy_waits(story, failing):
    """A copy that waited is not given to somebody who is no longer concerned when it could be: the notice that it is
    theirs no more is.
    """
    await adopted(story, person(1))
    await received(story, only_number(1))
    await story.settle_mailboxes()
    failing.recipients = {RECEPTION}
    await story.tell("risk.assessed", person(1), by="police", risk=Risk(level="high"))
    failing.recipients = set()
    await received(story, only_number(1), "ONI")
    await story.settle_mailboxes()

    await story.later(seconds=1)

    assert ["concern.ended"] == await story.types(Role.PRISON_RECEPTION)


async def test_what_ended_a_concern_is_told_however_late(story, failing):
    """A copy by which a recipient stops being concerned reaches it though it waited."""
    await adopted(story, person(1))
    await received(story, only_number(1))
    await story.settle_mailboxes()
    failing.recipients, failing.types = {RECEPTION}, {"release.released"}
    await released(story, only_number(1))
    failing.recipients = set()

    await story.later(seconds=1)

    assert ["release.released", "concern.ended"] == await in_order(story)


@pytest.mark.parametrize(("kept", "removed"), [(1, 2), (2, 1)])
async def test_copies_of_two_who_turn_out_to_be_one(story, failing, kept, removed):
    """What waits under two records that are merged meanwhile goes in the order in which it was committed."""
    both = person(1), person(2, date_of_birth=person(1).date_of_birth)
    for each, number in zip(both, (1, 2), strict=True):
        await adopted(story, each)
        await received(story, only_number(number))
    await story.settle_mailboxes()
    failing.recipients = {RECEPTION}
    for each, level in zip((both[1], both[0], both[1]), ("high", "low", "medium"), strict=True):
        await story.tell("risk.assessed", each, by="police", risk=Risk(level=level))
    merge = Merge(kept=only_number(kept).identifiers[0], removed=only_number(removed).identifiers[0])
    await story.tell("identity.merged", only_number(kept), by="prisons", merge=merge)
    await story.tell("risk.assessed", both[0], by="police", risk=Risk(level="very-high"))
    failing.recipients = set()
    await story.later(seconds=1)

    copies = sorted(await story.news(Role.PRISON_RECEPTION), key=lambda c: c.number)
    assert ["high", "low", "medium", "very-high"] == [c.given["risk"]["level"] for c in copies if "risk" in c.given]
    assert ([], []) == (await items(story), await items(story, "retrying"))


async def test_an_event_that_fails_is_taken_later(story, failing):
    """An event that the hub accepts and cannot follow harms no other, and flows when the hub tries it again."""
    await adopted(story, person(1))
    await story.settle_mailboxes()
    failing.events = True
    outcome = await received(story, only_number(1))
    failing.events = False
    before, (item,) = await story.everybody(), await items(story, "retrying")

    await story.later(seconds=1)

    assert ("accepted", "hub-fault", "custody.received") == (outcome.state, item.reason, item.kind)
    assert {} == before
    assert "ppo.alert" in await story.types(Role.PRISON_RECEPTION)


async def test_an_event_that_goes_on_failing(story, failing):
    """An event that fails each time is held for an operator, and flows when that one says so."""
    await adopted(story, person(1))
    await story.settle_mailboxes()
    failing.events = True
    await received(story, only_number(1))
    await all_tries(story)
    (item,) = await items(story)
    failing.events = False
    await story.later(seconds=SURELY)
    nothing = await story.everybody()
    outcome = await retry(story, item.id)

    assert (4, {}, "accepted") == (item.attempts, nothing, outcome.state)
    assert "ppo.alert" in await story.types(Role.PRISON_RECEPTION)


async def test_an_event_sent_again_while_it_waits(story, failing):
    """An event that failed, and that its publisher sends again, happens once."""
    await adopted(story, person(1))
    await story.settle_mailboxes()
    told = event("risk.assessed", person(1), story.now, story.agencies.source("police"), risk=Risk(level="high"))
    failing.events = True
    await story.send(told, by="police")
    failing.events = False
    await story.send(told, by="police")
    await story.later(seconds=1)

    assert ["risk.assessed"] == await story.types(Role.COORDINATOR)
    assert ([], []) == (await items(story), await items(story, "retrying"))


async def test_an_event_that_is_refused_when_it_is_tried_again(story, failing):
    """An event whose id was used for something else meanwhile is refused, and held under that reason at once."""
    await adopted(story, person(1))
    source = story.agencies.source("police")
    failing.events = True
    await story.send(event("risk.assessed", person(1), story.now, source, "one", risk=Risk(level="high")), by="police")
    failing.events = False
    await story.send(event("risk.assessed", person(1), story.now, source, "one", risk=Risk(level="low")), by="police")
    await story.later(seconds=1)

    (item,) = await items(story)
    assert ("different-content", "police", 0) == (item.reason, item.agency, item.attempts)


async def test_a_refusal_is_not_tried_again(story, failing):
    """What is refused, and what is a question, is for somebody to look at from the beginning."""
    await adopted(story, person(1))
    await story.tell("risk.assessed", person(1), by="courts", risk=Risk(level="high"))
    bare = Person(surname="SurnameB1", forename="Forename1", date_of_birth=person(1).date_of_birth)
    twin = msgspec.structs.replace(bare, identifiers=[Identifier(kind="prison-number", value="B9999BB")])
    await received(story, twin)

    before = await items(story)
    await story.later(seconds=SURELY)

    assert ["not-yours", "ambiguous"] == [item.reason for item in before]
    assert before == await items(story)
    assert [] == await items(story, "retrying")


async def test_a_thing_due_that_fails_is_told_later(story, failing):
    """Something due that fails is tried again by itself, and told once."""
    await adopted(story, person(1))
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=50))
    await story.settle_mailboxes()
    failing.due = True
    await story.later(days=40)
    waiting = await reasons(story, "retrying")
    await story.later(seconds=1)
    failing.due = False
    await story.later(seconds=10)
    await story.later(seconds=SURELY)

    assert ["due-failed"] == waiting
    assert ["release.notice"] == await story.types(Role.NEIGHBOURHOOD_POLICING)
    assert [] == await items(story)


async def test_a_thing_due_that_an_operator_takes_up_first(story, failing):
    """What the hub is about to try, and somebody else tries with success before, is not told twice."""
    await adopted(story, person(1))
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=50))
    await story.settle_mailboxes()
    failing.due = True
    await story.later(days=40)
    failing.due = False
    story.now += dt.timedelta(seconds=1)

    committer = story.hub._committer  # noqa: SLF001 - between the two steps of a try
    (claimed,) = await committer.do(claim_retries)
    await retry(story, claimed)
    await committer.do(lambda batch: retry_claimed(batch, claimed))

    assert ["release.notice"] == await story.types(Role.NEIGHBOURHOOD_POLICING)


async def test_a_retry_that_cannot_be_written(story, failing, monkeypatch):
    """What fails only as its transaction is written keeps nothing else from being told, and ends with an operator."""
    finish = Batch.finish

    def fails_for_one(batch):
        if any(state.details and state.details.surname == "Unwritable" for state in batch.people.values()):
            raise OverflowError
        finish(batch)

    await adopted(story, person(1, surname="Unwritable"))
    await adopted(story, person(2))
    await story.settle_mailboxes()
    failing.events = True
    await asyncio.gather(received(story, only_number(1)), received(story, only_number(2)))
    failing.events = False
    monkeypatch.setattr(Batch, "finish", fails_for_one)

    for pause in (*PAUSES, PAUSES[-1]):
        await story.later(seconds=pause)

    assert ["custody.received", "ppo.alert"] == await in_order(story)
    assert ["hub-fault"] == await reasons(story)
    monkeypatch.setattr(Batch, "finish", finish)
    await retry(story, (await items(story))[0].id)
    assert ["custody.received", "ppo.alert"] == await in_order(story)


async def test_a_hub_that_ends_during_a_try(story, failing):
    """What a hub was about to try when it ended is tried by the next one."""
    await adopted(story, person(1))
    await story.settle_mailboxes()
    failing.events = True
    await received(story, only_number(1))
    failing.events = False
    story.now += dt.timedelta(seconds=1)
    await story.hub._committer.do(claim_retries)  # noqa: SLF001 - it came so far
    await story.restart()
    await story.later(seconds=10)

    assert ["custody.received", "ppo.alert"] == await in_order(story)


async def test_a_last_try_that_never_ends(story, failing):
    """What takes the hub down each time that it is tried is left to an operator all the same."""
    await adopted(story, person(1))
    failing.events = True
    await received(story, only_number(1))
    for pause in PAUSES:
        story.now += dt.timedelta(seconds=pause)
        await story.hub._committer.do(claim_retries)  # noqa: SLF001 - it came so far
        await story.restart()
    failing.failures = 0
    await story.later(seconds=PAUSES[-1])

    (item,) = await items(story)
    assert (len(PAUSES), 0) == (item.attempts, failing.failures)


async def test_two_hubs_on_one_store(story, failing):
    """Two processes that look for what is due at the same time, and an operator besides, tell it once."""
    await adopted(story, person(1))
    await story.settle_mailboxes()
    await three_that_wait(story, failing)
    failing.events = True
    await story.tell("risk.assessed", person(1), by="probation", risk=Risk(level="very-high"))
    failing.events = False
    waiting = [item.id for item in await items(story, "retrying")]
    others = [story.another(), story.another()]
    for hub in others:
        await hub.start(ticking=False)
    story.now += dt.timedelta(seconds=1)

    await asyncio.gather(
        *(hub.quarantine.retry_due() for hub in (story.hub, *others)),
        *(hub.quarantine.retry(story.principal("operator"), i, "why") for i in waiting for hub in others),
        return_exceptions=True,
    )
    for hub in others:
        await hub.stop()

    told = await in_order(story)
    assert sorted([*IN_ORDER, "risk.assessed"]) == sorted(told)
    assert IN_ORDER == list(dict.fromkeys(told))
    assert ([], []) == (await items(story), await items(story, "retrying"))


class AtTheBroker:
    """What a hub's broker would do: a door that is open, and what dies in its queues."""

    def __init__(self, story):
        self.story = story

    async def open(self, state="open"):
        door = DoorRow(recipient=RECEPTION, queue="its-queue", state=state)
        await self._do(lambda batch: batch.changes.doors.update({RECEPTION: door}))

    async def gives_up(self, copy):
        await self.story.hub.quarantine.hold_dead_copy("its-queue", copy.delivery, copy.body)

    async def unsent(self):
        return [(o.person, p.copy) for o in await self.story.hub.unsent("", limit=100) for p in o.parcels]

    async def sends(self):
        """Send what is to be sent, and note it; return the copies."""
        outgoing = await self.story.hub.unsent("", limit=100)
        await self.story.hub.departed([each.id for each in outgoing])
        return [parcel.copy for each in outgoing for parcel in each.parcels]

    async def _do(self, operation):
        await self.story.hub._committer.do(operation)  # noqa: SLF001 - without a broker nobody else does


@pytest.fixture
async def at_the_broker(story):
    """A recipient behind the broker's door, to whom two copies went."""
    at_the_broker = AtTheBroker(story)
    await at_the_broker.open()
    await adopted(story, person(1))
    await story.settle_mailboxes()
    await received(story, only_number(1))
    await at_the_broker.sends()
    return at_the_broker


async def test_a_copy_that_the_broker_gave_up(story, at_the_broker):
    """It is held without what is in it, once however often that happens, and goes out again when it is tried again."""
    copies = await story.copies(Role.PRISON_RECEPTION)
    for _ in range(3):
        await at_the_broker.gives_up(copies[0])
    await story.later(seconds=SURELY)
    (item,) = await items(story)
    shown = await story.hub.quarantine.show(story.principal("operator"), item.id, "why")
    await retry(story, item.id)
    again = await at_the_broker.sends()
    await at_the_broker.gives_up(copies[0])

    assert ("dead-letter-delivery", RECEPTION, "hub") == (item.reason, item.recipient, item.agency)
    assert {"recipient": RECEPTION, "copy": copies[0].delivery, "entry": copies[0].handling["entry"]} == (
        msgspec.json.decode(shown.text)
    )
    assert [copies[0].delivery] == again
    assert [item.id] == [each.id for each in await items(story)]


async def test_a_copy_given_up_that_arrived_after_all(story, at_the_broker):
    """What has its receipt is not sent again."""
    copies = await story.copies(Role.PRISON_RECEPTION)
    await at_the_broker.gives_up(copies[0])
    await story.settle_mailboxes()
    (item,) = await items(story)

    assert "accepted" == (await retry(story, item.id)).state
    assert ([], []) == (await at_the_broker.sends(), await items(story))


async def test_a_copy_given_up_by_a_door_that_is_closed_since(story, at_the_broker):
    """What waits in the mailbox of the other door is not sent by the broker."""
    copies = await story.copies(Role.PRISON_RECEPTION)
    await at_the_broker.gives_up(copies[0])
    await at_the_broker.open("closing")
    (item,) = await items(story)

    await retry(story, item.id)

    assert ([], []) == (await at_the_broker.sends(), await items(story))


async def test_a_message_that_is_no_copy_of_ours(story, at_the_broker):
    """Whatever dies in a recipient's queue is held; what says nothing of its entry cannot be sent again."""
    (copy, *_) = await story.copies(Role.PRISON_RECEPTION)
    await at_the_broker.gives_up(msgspec.structs.replace(copy, body=b"\xff"))
    (item,) = await items(story)

    with pytest.raises(StillFails):
        await retry(story, item.id)


async def test_an_event_that_the_broker_gave_up(story):
    """It is held for its agency once however often it comes, never tried by itself, and happens once when tried."""
    await adopted(story, person(1))
    await story.settle_mailboxes()
    told = event("risk.assessed", person(1), story.now, story.agencies.source("police"), risk=Risk(level="high"))
    body = msgspec.json.encode(told)
    police = story.principal("police")
    for _ in range(2):
        await story.hub.quarantine.hold_dead_event(police, body)
    await story.later(seconds=SURELY)
    (item,) = await story.hub.quarantine.items(police)
    nothing = await story.everybody()
    outcome = await story.hub.quarantine.retry(police, item.id, "the worker was mended")
    await story.hub.quarantine.hold_dead_event(police, body)
    again = await story.hub.quarantine.retry(police, item.id, "it came again")

    assert ("dead-letter-intake", "risk.assessed", {}) == (item.reason, item.kind, nothing)
    assert ("accepted", "repeated") == (outcome.state, again.state)
    assert ["risk.assessed"] == await story.types(Role.COORDINATOR)
