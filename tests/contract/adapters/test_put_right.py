"""What was wrong goes from the inbox as soon as the hub says so, and the adapter gets what is true in its place."""

import datetime as dt
import sqlite3
import time

import msgspec
import pytest

from adapters.sdk import Subscriber, connect
from tests.fixtures.people import event

SOME = {"subject": {"surname": "Jones"}, "release": {"date": "2026-12-01"}}
TRUE = {"subject": {"surname": "Jones"}, "release": {"date": "2026-12-08"}}
KIND = "release.date-set"


class Desk:
    """Remembers what it was given."""

    def __init__(self):
        self.seen = []

    async def __call__(self, copy):
        self.seen.append(copy)


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
async def subscriber(client, desk, tmp_path, quick):
    async with Subscriber(client, "desk", tmp_path / "inbox.db", desk, wait=1, patience=quick) as subscriber:
        yield subscriber


async def all_of_it(subscriber):
    await subscriber.take()
    await subscriber.handle_waiting()


def on_disc(folder):
    """Return the contents of every copy that the inbox has."""
    with sqlite3.connect(folder / "inbox.db") as db:
        return dict(db.execute("SELECT delivery, body FROM copies"))


async def test_corrected(hub, desk, subscriber, tmp_path):
    """The handler gets the true copy with the id of the wrong one, whose contents are gone."""
    wrong = hub.give("desk", KIND, SOME)
    await all_of_it(subscriber)
    true = hub.give("desk", KIND, TRUE, corrects=wrong)
    await all_of_it(subscriber)

    first, second = desk.seen
    assert (wrong, None, False) == (first.delivery, first.replaces, first.withdrawn)
    assert (true, wrong, False) == (second.delivery, second.replaces, second.withdrawn)
    assert b"" == on_disc(tmp_path)[wrong]
    assert [true] == [copy.delivery for copy in subscriber.inbox.history()]


async def test_withdrawn(hub, desk, subscriber, tmp_path):
    """The handler hears which delivery is taken back, and its contents are gone."""
    wrong = hub.give("desk", KIND, SOME)
    await all_of_it(subscriber)
    hub.withdraw("desk", wrong)
    await all_of_it(subscriber)

    assert (wrong, True) == (desk.seen[1].replaces, desk.seen[1].withdrawn)
    assert b"" == on_disc(tmp_path)[wrong]
    assert [wrong, desk.seen[1].delivery] == list(hub.mailbox("desk").received)


async def test_before_it_was_handled(hub, desk, subscriber):
    """What is wrong is not handled any more, even where it came before what puts it right."""
    wrong = hub.give("desk", KIND, SOME)
    true = hub.give("desk", KIND, TRUE, corrects=wrong)
    await all_of_it(subscriber)

    assert [true] == [copy.delivery for copy in desk.seen]
    assert {"waiting": 0, "handled": 2, "parked": 0} == subscriber.inbox.counts()


async def test_after_what_puts_it_right(hub, desk, subscriber, tmp_path):
    """A copy that is sent again and comes behind its withdrawal is not handled, and has a receipt."""
    hub.withdraw("desk", "late")
    await all_of_it(subscriber)
    late = hub.give("desk", KIND, SOME)
    hub.mailbox("desk").rename(late, "late")
    await all_of_it(subscriber)

    assert ["copy.withdrawn"] == [copy.type for copy in desk.seen]
    assert b"" == on_disc(tmp_path)["late"]
    assert "late" in hub.mailbox("desk").received


async def test_while_it_is_handled(hub, client, tmp_path, quick):
    """A handler that fails on a copy which is taken back meanwhile is not given it again, and nothing is parked."""
    wrong = hub.give("desk", KIND, SOME)

    async def handler(copy):
        if copy.delivery == wrong:
            hub.withdraw("desk", wrong)
            await subscriber.take()
            raise ValueError

    async with Subscriber(client, "desk", tmp_path / "inbox.db", handler, wait=1, patience=quick) as subscriber:
        await all_of_it(subscriber)
        for _ in range(6):
            subscriber.inbox.failed(wrong, "ValueError", time.time())

        assert {"waiting": 0, "handled": 2, "parked": 0} == subscriber.inbox.counts()
        assert b"" == on_disc(tmp_path)[wrong]


async def test_at_a_true_hub(at_broker, tmp_path, quick, until):
    """By the broker too a correction comes to the adapter; every receipt is signed, and the hub has each of them."""
    place, desk = at_broker, Desk()
    source, at = place.area.agencies.source("probation"), dt.datetime.now(dt.UTC)

    def plan(name, goal, **links):
        made = event("care-plan.updated", place.people["Jones"], at, source, name, care_plan={"goals": [goal]})
        return msgspec.structs.replace(made, **links)

    first, second = (f"{place.people['Jones'].surname}-{time.time_ns()}-{n}" for n in (1, 2))
    async with connect(place.address, place.desk.client, place.desk.key) as client:
        path = tmp_path / "inbox.db"
        async with Subscriber(client, place.recipient, path, desk, wait=1, patience=quick) as subscriber:
            await place.say(place.publisher, plan(first, "a home"))
            while len(desk.seen) < 1:
                await subscriber.take(1)
                await subscriber.handle_waiting()
            await place.say(place.publisher, plan(second, "work", corrects=first))
            while len(desk.seen) < 2:
                await subscriber.take(1)
                await subscriber.handle_waiting()

    wrong, true = desk.seen
    assert wrong.delivery == true.replaces
    assert ["work"] == true.get("care_plan.goals")
    assert {True} == {
        state.signed for state in await place.states() if state.delivery in {wrong.delivery, true.delivery}
    }
