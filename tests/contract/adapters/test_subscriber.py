"""Receiving: durable before the receipt, in order, through faults, past a copy that nobody can take."""

import asyncio
import datetime as dt
import sqlite3

import msgspec
import pytest

from adapters.sdk import Subscriber
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
def running(subscriber, until):
    async def running(condition):
        stop = asyncio.Event()
        task = asyncio.create_task(subscriber.run(stop))
        await until(lambda: condition() or task.done())
        stop.set()
        await task

    return running


async def test_copies_are_handled_and_receipted(hub, desk, running):
    """Each copy comes to the handler once with what was given, and the hub has a receipt for each."""
    given = [hub.give("bmi-reception", "custody.returned", about(f"P{n}")) for n in range(3)]

    await running(lambda: len(desk.seen) == 3 and len(hub.mailbox("bmi-reception").received) == 3)

    assert given == [copy.delivery for copy in desk.seen]
    assert given == list(hub.mailbox("bmi-reception").received)
    assert ["P0", "P1", "P2"] == desk.names
    assert {"trial": "To try"} == desk.seen[0].handling.purposes


async def test_a_copy_that_comes_during_the_wait_is_taken_at_once(hub, desk, subscriber, until):
    """A long poll ends with the first copy."""
    stop = asyncio.Event()
    task = asyncio.create_task(subscriber.run(stop))
    await asyncio.sleep(0.1)
    hub.give("bmi-reception", "ppo.alert", about("JONES"))

    await until(lambda: desk.seen, seconds=0.8)
    stop.set()
    await task

    assert ["JONES"] == desk.names


async def test_urgent_goes_before_routine(hub, desk, subscriber):
    """What waits is handled urgent first, and by number within each lane."""
    for kind, name in [
        ("custody.returned", "R1"),
        ("ppo.alert", "U1"),
        ("custody.returned", "R2"),
        ("ppo.alert", "U2"),
    ]:
        hub.give("bmi-reception", kind, about(name))
    await subscriber.take()

    await subscriber.handle_waiting()

    assert ["U1", "U2", "R1", "R2"] == desk.names


async def test_an_unknown_type_is_given_to_the_handler(hub, desk, subscriber):
    """A type that this version does not know comes with its leaves."""
    hub.give("bmi-reception", "custody.of-tomorrow", about("JONES"))
    await subscriber.take()

    await subscriber.handle_waiting()

    assert [("custody.of-tomorrow", "JONES")] == [(c.type, c.get("subject.surname")) for c in desk.seen]


async def test_a_failing_copy_holds_up_its_person_alone(hub, desk, subscriber):
    """Other people's copies go past a copy that fails; the same person's wait behind it, in order."""
    desk.failing.add("JONES")
    hub.give("bmi-reception", "custody.returned", about("JONES"))
    hub.give("bmi-reception", "custody.returned", about("JONES"))
    hub.give("bmi-reception", "custody.returned", about("SMITH"))
    await subscriber.take()

    await subscriber.handle_waiting()
    first_round = list(desk.names)
    desk.failing.clear()
    await asyncio.sleep(1.1)
    await subscriber.handle_waiting()

    assert ["JONES", "SMITH"] == first_round
    assert ["JONES", "SMITH", "JONES", "JONES"] == desk.names
    assert [1, 3, 1, 2] == [copy.number for copy in desk.seen]


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
async def test_a_fault_delays_and_doubles_nothing(hub, desk, running, fault):
    """Whatever goes wrong on the way, the copy comes to the handler once and gets its receipt."""
    hub.faults.append(fault)
    hub.give("bmi-reception", "ppo.alert", about("JONES"))

    await running(lambda: desk.seen and hub.mailbox("bmi-reception").received)

    assert ["JONES"] == desk.names
    assert [] == hub.faults


async def test_a_mailbox_that_is_not_ours_ends_the_run(hub, running):
    """A final no of the hub is raised and not asked again for ever."""
    hub.faults.append(Fault(path="/mailboxes", status=403, body=b'{"type":"https://problems.example/not-permitted"}'))

    with pytest.raises(Refused, match="status-403"):
        await running(lambda: False)


async def test_a_restart_shows_nothing_twice(hub, client, desk, tmp_path, quick):
    """A new process over the same inbox handles only what the old one did not."""
    for name in ("A", "B"):
        hub.give("bmi-reception", "custody.returned", about(name))
    async with Subscriber(client, "bmi-reception", tmp_path / "inbox.db", desk, patience=quick) as first:
        await first.take()
        desk.failing.add("B")
        await first.handle_waiting()
    desk.failing.clear()
    await asyncio.sleep(1.1)

    async with Subscriber(client, "bmi-reception", tmp_path / "inbox.db", desk, patience=quick) as second:
        await second.handle_waiting()
        history = [copy.get("subject.surname") for copy in second.inbox.history()]

    assert ["A", "B", "B"] == desk.names
    assert ["A", "B"] == history


async def test_reconciling_fetches_what_is_missing_and_names_what_is_lost(hub, client, desk, tmp_path, quick):
    """Copies without a receipt come; those that the hub thinks received and we do not know are named."""
    lost = hub.give("bmi-reception", "custody.returned", about("A"))
    hub.mailbox("bmi-reception").receipt([lost])
    hub.give("bmi-reception", "custody.returned", about("B"))

    async with Subscriber(client, "bmi-reception", tmp_path / "inbox.db", desk, patience=quick) as subscriber:
        found = await subscriber.reconcile()

    assert (1, [lost]) == (found.fetched, found.lost)


async def test_a_stop_ends_a_long_poll_promptly(hub, client, desk, tmp_path):
    """A subscriber that waits for copies ends within a second of being told."""
    async with Subscriber(client, "bmi-reception", tmp_path / "inbox.db", desk, wait=25) as subscriber:
        stop = asyncio.Event()
        task = asyncio.create_task(subscriber.run(stop))
        await asyncio.sleep(0.2)
        stop.set()
        async with asyncio.timeout(1):
            await task

    assert [] == desk.seen


async def test_forgotten_copies_leave_no_content_and_do_not_return(hub, desk, subscriber, tmp_path):
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
