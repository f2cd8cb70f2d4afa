"""Receiving: durable before the receipt, in order, through faults, past a copy that nobody can take."""

import asyncio
import datetime as dt
import sqlite3
from contextlib import asynccontextmanager

import msgspec
import pytest

from adapters.sdk import Subscriber, connect
from adapters.sdk.errors import Refused
from adapters.sdk.inbox import SPACING, Inbox
from adapters.sdk.testing import Fault
from schemas.exchange import Waiting


def about(surname):
    return {"subject": {"surname": surname}}


class Desk:
    """Remembers what it was given; fails for the names that it is told."""

    def __init__(self):
        self.seen = []
        self.failing = set()

    async def __call__(self, copy):
        self.seen.append(copy)
        if copy.get("subject.surname") in self.failing:
            raise ValueError(copy.get("subject.surname"))

    @property
    def names(self):
        return [copy.get("subject.surname") for copy in self.seen]


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
async def subscriber(client, desk, tmp_path, quick):
    async with Subscriber(client, "bmi-reception", tmp_path / "inbox.db", desk, wait=1, patience=quick) as subscriber:
        yield subscriber


@pytest.fixture
async def receiver(place, desk, tmp_path, quick):
    """A subscriber at either door."""
    async with connect(place.address, place.desk.client, place.desk.key) as client:
        path = tmp_path / "inbox.db"
        async with Subscriber(client, place.recipient, path, desk, wait=1, patience=quick) as subscriber:
            yield subscriber


@pytest.fixture
def running(until):
    @asynccontextmanager
    async def running(subscriber):
        stop = asyncio.Event()
        task = asyncio.create_task(subscriber.run(stop))

        async def reached(condition):
            await until(lambda: condition() or task.done())

        yield reached
        stop.set()
        await task

    return running


async def test_copies_are_handled_and_receipted(place, desk, receiver, running, all_received):
    """Each copy of a person comes to the handler once, in order, and the hub has a receipt for each."""
    given = [await place.give("Jones") for _ in range(3)]

    async with running(receiver) as reached:
        await reached(lambda: len(desk.seen) == 3)
        await all_received(3)

    assert given == [copy.delivery for copy in desk.seen]
    assert given == await place.received()
    assert all(copy.handling.purposes for copy in desk.seen)


async def test_a_copy_that_comes_during_the_wait_is_taken(place, desk, receiver, running):
    """Somebody who waits for copies gets the next one, however often that is."""
    async with running(receiver) as reached:
        for n in range(3):
            await place.give("Jones", urgent=True)
            await reached(lambda n=n: len(desk.seen) > n)

    assert ["Jones"] * 3 == desk.names


async def test_urgent_goes_before_routine(place, desk, receiver):
    """What waits is handled urgent first, and by number within each lane."""
    for name, urgent in [("R1", False), ("U1", True), ("R2", False), ("U2", True)]:
        await place.give(name, urgent=urgent)
    while len(desk.seen) < 4:
        await receiver.take(5)
        if receiver.inbox.counts()["waiting"] == 4:
            await receiver.handle_waiting()

    assert ["U1", "U2", "R1", "R2"] == desk.names


async def test_copies_have_the_numbers_of_the_mailbox(place, desk, receiver):
    """By either door, a copy's number says after which others the hub committed it, over both lanes."""
    first = await place.give("R1")
    second = await place.give("U1", urgent=True)
    third = await place.give("R2")
    while sum(receiver.inbox.counts().values()) < 3:
        await receiver.take(5)

    await receiver.handle_waiting()
    numbers = {copy.delivery: copy.number for copy in desk.seen}

    assert [first, second, third] == sorted(numbers, key=numbers.__getitem__)
    assert [0, 1, 2] == [numbers[each] - numbers[first] for each in (first, second, third)]


async def test_an_unknown_type_is_given_to_the_handler(hub, desk, subscriber):
    """A type that this version does not know comes with its leaves."""
    hub.give("bmi-reception", "custody.of-tomorrow", about("JONES"))
    await subscriber.take()

    await subscriber.handle_waiting()

    assert [("custody.of-tomorrow", "JONES")] == [(c.type, c.get("subject.surname")) for c in desk.seen]


async def test_a_failing_copy_holds_up_its_person_alone(place, desk, receiver):
    """Other people's copies go past a copy that fails; the same person's wait behind it, in order."""
    desk.failing.add("Jones")
    given = [await place.give(name) for name in ("Jones", "Jones", "Smith")]
    while receiver.inbox.counts()["waiting"] < 3:
        await receiver.take(5)

    await receiver.handle_waiting()
    first_round = list(desk.names)
    desk.failing.clear()
    await asyncio.sleep(1.1)
    await receiver.handle_waiting()

    assert ["Jones", "Smith"] == first_round
    assert ["Jones", "Smith", "Jones", "Jones"] == desk.names
    assert [given[n] for n in (0, 2, 0, 1)] == [copy.delivery for copy in desk.seen]


def test_a_copy_is_parked_after_the_last_attempt(tmp_path):
    """A copy that always fails is tried after 1, 10, 60 and 600 seconds, then parked and shown without a value."""
    inbox = Inbox(tmp_path / "inbox.db")
    body = b'{"type":"x","time":"2026-01-01T00:00:00Z","data":{"given":{}}}'
    inbox.keep([Waiting(number=1, delivery="d", copy=msgspec.Raw(body))], dt.datetime.now(dt.UTC))
    now, waits = 0.0, []

    while copy := inbox.next(now):
        inbox.failed(copy.delivery, "ValueError", now)
        due = inbox.due_at()
        if due is not None:
            assert inbox.next(due - 0.01) is None
            waits.append(due - now)
            now = due
    parked = inbox.parked()
    inbox.retry("d")

    assert list(SPACING) == waits
    assert [("d", "ValueError", 5)] == [(p.delivery, p.reason, p.attempts) for p in parked]
    assert "d" == inbox.next(now).delivery
    inbox.close()


async def test_a_copy_that_cannot_be_read_is_kept_and_parked(hub, desk, subscriber):
    """A copy that is no event gets its receipt, stops nobody, and waits for a person to look."""
    hub.mailbox("bmi-reception").put(b'{"hello": 1}', urgent=True)
    hub.give("bmi-reception", "ppo.alert", about("JONES"))
    await subscriber.take()

    await subscriber.handle_waiting()

    assert ["JONES"] == desk.names
    assert [1] == [p.number for p in subscriber.inbox.parked()]
    assert 2 == len(hub.mailbox("bmi-reception").received)


FAULTS = {
    "busy mailbox": Fault(path="/mailboxes", headers={"Retry-After": "0.01"}),
    "malformed mailbox": Fault(path="/mailboxes", status=200, body=b'{"recipient":"x","copies":[{"number":0}]}'),
    "bad text": Fault(path="/mailboxes", status=200, body=b"\xff\xfe"),
    "deeply nested": Fault(path="/mailboxes", status=200, body=b'{"copies":' + b"[" * 100_000),
    "token over": Fault(path="/mailboxes", status=401),
    "receipt refused for now": Fault(path="/receipts", status=503),
    "receipt answer malformed": Fault(path="/receipts", status=200, body=b"[]"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_fault_delays_and_doubles_nothing(hub, desk, subscriber, running, fault):
    """Whatever goes wrong on the way, the copy comes to the handler once and gets its receipt."""
    hub.faults.append(fault)
    hub.give("bmi-reception", "ppo.alert", about("JONES"))

    async with running(subscriber) as reached:
        await reached(lambda: desk.seen and hub.mailbox("bmi-reception").received)

    assert ["JONES"] == desk.names
    assert [] == hub.faults


async def test_a_mailbox_that_is_not_ours_ends_the_run(hub, subscriber, running):
    """A final no of the hub is raised and not asked again for ever."""
    hub.faults.append(Fault(path="/mailboxes", status=403, body=b'{"type":"https://problems.example/not-permitted"}'))

    with pytest.raises(Refused, match="status-403"):
        async with running(subscriber) as reached:
            await reached(lambda: False)


async def test_a_restart_shows_nothing_twice(place, desk, tmp_path, quick):
    """A new process over the same inbox handles only what the old one did not."""
    for name in ("A", "B"):
        await place.give(name)
    async with (
        connect(place.address, place.desk.client, place.desk.key) as client,
        Subscriber(client, place.recipient, tmp_path / "inbox.db", desk, patience=quick) as first,
    ):
        while first.inbox.counts()["waiting"] < 2:
            await first.take(5)
        desk.failing.add("B")
        await first.handle_waiting()
    desk.failing.clear()
    await asyncio.sleep(1.1)

    async with (
        connect(place.address, place.desk.client, place.desk.key) as client,
        Subscriber(client, place.recipient, tmp_path / "inbox.db", desk, patience=quick) as second,
    ):
        await second.take()
        await second.handle_waiting()
        history = [copy.get("subject.surname") for copy in second.inbox.history()]

    assert ["A", "B", "B"] == desk.names
    assert ["A", "B"] == history


async def test_reconciling_fetches_what_is_missing_and_names_what_is_lost(place, receiver):
    """Copies without a receipt come; those that the hub thinks received and we do not know are named."""
    lost = await place.give("A")
    await place.mislay(lost)
    await place.give("B")

    found = await receiver.reconcile()

    known = [each for each in found.lost if each == lost]
    assert (1, [lost]) == (found.fetched, known)


async def test_a_stop_ends_a_long_wait_promptly(place, desk, tmp_path):
    """A subscriber that waits for copies ends when it is told, and not when its wait is over."""
    async with (
        connect(place.address, place.desk.client, place.desk.key) as client,
        Subscriber(client, place.recipient, tmp_path / "inbox.db", desk, wait=25) as subscriber,
    ):
        await subscriber.take()
        stop = asyncio.Event()
        task = asyncio.create_task(subscriber.run(stop))
        await asyncio.sleep(0.2)
        stop.set()
        async with asyncio.timeout(20):
            await task

    assert [] == desk.seen


async def test_forgotten_copies_leave_no_content_and_do_not_return(hub, subscriber, tmp_path):
    """After ``forget`` nothing of a copy is on disc but its id, and the same delivery is still known."""
    delivery = hub.give("bmi-reception", "custody.returned", about("JONES"))
    await subscriber.take()
    await subscriber.handle_waiting()

    forgotten = subscriber.inbox.forget(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1))

    with sqlite3.connect(tmp_path / "inbox.db") as connection:
        rows = connection.execute("SELECT delivery, body, person FROM copies").fetchall()
    connection.close()
    assert 1 == forgotten
    assert [(delivery, b"", None)] == rows
    assert subscriber.inbox.knows(delivery)
    assert [] == list(subscriber.inbox.history())
