"""What is the broker's door's own: order for each person, refusals, connections that are lost, doors that change."""

import asyncio
import contextlib
import datetime as dt
from collections import defaultdict
from functools import partial

import msgspec
import pytest

from adapters.sdk import AgencyKey, Publisher, Subscriber, connect
from adapters.sdk.errors import NotAdmitted, Refused, UnusableAddress
from adapters.sdk.http import HttpClient
from adapters.sdk.patience import Patience
from schemas.exchange import BrokerAddress
from schemas.record.custody import Custody
from tests.fixtures.people import event, person
from tests.fixtures.serving import program

# The library leaves the socket of a lost connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:.*StreamWriter:pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
async def publisher(at_broker, tmp_path, quick):
    async with (
        connect(at_broker.address, at_broker.publisher.client, at_broker.publisher.key) as client,
        Publisher(client, tmp_path / "outbox.db", quick) as publisher,
    ):
        yield publisher


@pytest.fixture
def seen():
    return []


@pytest.fixture
def subscribed(at_broker, seen, tmp_path, quick):
    """Run a subscriber over one inbox, at the broker's door or the other, until the block ends."""

    @contextlib.asynccontextmanager
    async def subscribed(address):
        async def handle(copy):
            seen.append(copy)

        party, inbox, stop = at_broker.desk, tmp_path / "inbox.db", asyncio.Event()
        async with (
            connect(address, party.client, party.key) as client,
            Subscriber(client, at_broker.recipient, inbox, handle, wait=1, patience=quick) as subscriber,
        ):
            running = asyncio.create_task(subscriber.run(stop))
            yield running
            stop.set()
            await running

    return subscribed


def of_each(told):
    """Return the events of each person, in the order told."""
    found = defaultdict(list)
    for surname, n in told:
        found[surname].append(n)
    return found


def connections(area, party):
    """Return the names of a system's connections with this hub's virtual host, as far as they are listed already."""
    listed, mine = area.broker.management.get("connections"), (party.client, area.vhost.name)
    return [each["name"] for each in listed if (each.get("user"), each.get("vhost")) == mine]


async def close_connections(area, party):
    """Close a system's connections from the broker's side; return how many there were."""
    mine = connections(area, party)
    for name in mine:
        await asyncio.to_thread(area.broker.management.delete, "connections", name)
    return len(mine)


async def test_each_persons_events_stay_in_order(at_broker, publisher):
    """Of many people at once, told in batches, each one's events arrive in the order in which they were given."""
    names = ("Told", "Jones", "Smith", "A", "B")

    outcomes = await publisher.publish(*(at_broker.event(n, about=names[n % 5]) for n in range(150)))

    assert {"accepted"} == {outcome.state for outcome in outcomes}
    assert {name: list(range(i, 150, 5)) for i, name in enumerate(names)} == of_each(await at_broker.told())


def not_ours(place):
    """Return an event of a type that the publisher's agency may not assert."""
    source, held = place.area.agencies.source("probation"), Custody(in_custody=True, establishment="BMI")
    return event("custody.received", person(901), dt.datetime.now(dt.UTC), source, custody=held)


async def test_a_type_that_is_not_ours_is_refused_alone(at_broker, publisher):
    """The broker refuses a type that an agency of this kind may not assert, and what goes with it is accepted."""
    outcomes = await publisher.publish(at_broker.event(1), not_ours(at_broker), at_broker.event(2))

    # The first may have been taken before the broker came to the second, and was then offered again.
    taken = {"accepted", "repeated"}
    assert [True, False, True] == [outcome.state in taken for outcome in outcomes]
    assert ("refused", "not-permitted") == (outcomes[1].state, outcomes[1].problem)
    assert [1, 2] == await at_broker.accepted()


async def test_a_refusal_by_the_broker_is_nobody_elses(at_broker, quick):
    """The broker closes a channel for one message; what others sent beside it is sent again at once, never refused."""
    bad, good = msgspec.json.encode(not_ours(at_broker)), [msgspec.json.encode(at_broker.event(n)) for n in range(40)]
    async with (
        connect(at_broker.address, at_broker.publisher.client, at_broker.publisher.key) as client,
        asyncio.timeout(20),  # less than what waits for an answer in vain
    ):

        async def publish(body):
            (outcome,) = await quick.until_answered(lambda: client.publish([body]))
            return outcome.state

        answers = await asyncio.gather(*map(publish, [bad, *good[:6], bad, *good[6:]]), return_exceptions=True)

    refused = [str(each) for each in answers if isinstance(each, Refused)]
    assert 2 == len(refused) == sum("not-permitted" in each for each in refused)
    assert {"accepted", "repeated"} >= {each for each in answers if not isinstance(each, Refused)}
    assert set(range(40)) == set(await at_broker.accepted())


async def test_what_is_no_event_is_refused_alone(at_broker):
    """Bytes that say no type have no way into the broker, and are refused before they go."""
    async with connect(at_broker.address, at_broker.publisher.client, at_broker.publisher.key) as client:
        with pytest.raises(Refused, match="malformed"):
            await client.publish([msgspec.json.encode(at_broker.event(1)), b"{}"])

    assert [] == await at_broker.accepted()


async def test_numbers_are_asked_for_from_the_inboxs_end_on(at_broker, subscribed, seen, until, monkeypatch):
    """An adapter that starts asks the hub for the numbers of what is new to its inbox, and not for all there were."""
    deliveries, asked = HttpClient.deliveries, []

    async def noting(client, recipient, after):
        asked.append(after)
        return await deliveries(client, recipient, after)

    for name in ("Jones", "Smith"):
        await at_broker.give(name)
    async with subscribed(at_broker.address):
        await until(lambda: len(seen) == 2)
    await at_broker.give("Jones")
    monkeypatch.setattr(HttpClient, "deliveries", noting)
    async with subscribed(at_broker.address):
        await until(lambda: len(seen) == 3)

    assert seen[1].number == asked[0]  # one whose acknowledgement was lost may be looked for further in front


async def test_lost_connections_lose_and_double_nothing(at_broker, publisher, subscribed, seen, until):
    """While the broker closes their connections again and again, publisher and subscriber go on where they were."""
    states, ended = [], asyncio.Event()

    async def publish():
        while not ended.is_set():
            (outcome,) = await publisher.publish(at_broker.event(len(states)))
            states.append(outcome.state)

    await at_broker.give("Jones")
    async with subscribed(at_broker.address):
        await until(lambda: seen)
        publishing = asyncio.create_task(publish())
        for party in (at_broker.publisher, at_broker.desk) * 2:
            async with asyncio.timeout(60):
                while not await close_connections(at_broker.area, party):  # noqa: ASYNC110 - the broker lists it late
                    await asyncio.sleep(0.1)
        ended.set()
        await publishing
        await until(lambda: len(seen) > len(states), 60)

    times = [copy.time for copy in seen[1:]]
    assert {"accepted", "repeated"} >= set(states)
    assert len(states) == len(times)
    assert sorted(set(times)) == times


async def test_a_recipient_changes_its_door_with_copies_in_hand(at_broker, subscribed, seen, until):
    """From one door to the other and back, over one inbox: every copy comes once, numbered in one series."""
    given = [await at_broker.give("Jones") for _ in range(3)]
    async with subscribed(at_broker.area.address):
        await until(lambda: len(seen) == 3)
    given += [await at_broker.give("Jones") for _ in range(3)]
    async with subscribed(at_broker.address):
        await until(lambda: len(seen) == 6)
        given.append(await at_broker.give("Jones"))
        await until(lambda: len(seen) == 7)
    given.append(await at_broker.give("Jones"))
    await at_broker.take_to_http()

    async with subscribed(at_broker.area.address):
        await until(lambda: len(seen) == 8)

    assert given == [copy.delivery for copy in seen]
    assert list(range(seen[0].number, seen[0].number + 8)) == [copy.number for copy in seen]


async def test_a_copy_without_a_receipt_comes_again(at_broker):
    """What a client was given and did not give a receipt for is given again: to it, and to the next one."""
    delivery = await at_broker.give("Jones")
    for _ in range(2):
        async with connect(at_broker.address, at_broker.desk.client, at_broker.desk.key) as client:
            first = await client.copies(at_broker.recipient, wait=20, limit=10)
            again = await client.copies(at_broker.recipient, wait=0, limit=10)

            assert [delivery] == [each.delivery for each in first.copies] == [each.delivery for each in again.copies]
    assert [] == await at_broker.received()


async def test_a_key_that_is_not_registered_is_said_at_once(at_broker):
    """A hub that does not know our key is not asked for ever."""
    async with connect(at_broker.address, at_broker.desk.client, AgencyKey.generate()) as client:
        with pytest.raises(NotAdmitted, match="invalid_client"):
            await client.publish([msgspec.json.encode(at_broker.event(1))])
        with pytest.raises(NotAdmitted, match="invalid_client"):
            await client.copies(at_broker.recipient, wait=0, limit=10)


async def test_a_recipient_that_is_not_ours_is_refused(at_broker):
    """Nobody opens the door of somebody else's recipient."""
    async with connect(at_broker.address, at_broker.desk.client, at_broker.desk.key) as client:
        with pytest.raises(Refused, match="not-found"):
            await client.copies("prison-reception-1", wait=0, limit=10)
        with pytest.raises(Refused, match="not-yours"):
            await client.receipt("prison-reception-1", ["delivery"])


@pytest.fixture
def operator(at_broker, tmp_path):
    """Run an operator's command at the hub's own machine."""

    async def operator(*words):
        log = tmp_path / "operator.log"
        process = program("-m", "hub", *words, log=log, **at_broker.area.environment)
        assert 0 == await asyncio.to_thread(process.wait, 60), log.read_text()

    return operator


async def test_a_suspended_system_is_put_out(at_broker, operator):
    """A system whose agency is suspended loses its connections, gets no token, and ends as over HTTP."""
    async with connect(at_broker.address, at_broker.desk.client, at_broker.desk.key) as client:
        await client.copies(at_broker.recipient, wait=0, limit=10)
        await operator("suspend", "schemes", "--reason", "a stolen key")
        try:
            with pytest.raises((NotAdmitted, Refused), match=r"invalid_client|suspended"):
                await Patience(first=0.1, longest=0.5).until_answered(partial(ask_for_ever, client, at_broker))
            async with asyncio.timeout(60):
                while connections(at_broker.area, at_broker.desk):  # noqa: ASYNC110 - the broker lists it late
                    await asyncio.sleep(0.1)
        finally:
            await operator("resume", "schemes")
            async with at_broker.over_http(at_broker.desk) as desk:  # whoever comes next finds the hub knowing it
                await Patience(first=0.1, longest=0.5).until_answered(partial(let_in_again, desk))


async def let_in_again(desk):
    """Ask until the hub lets a system in again."""
    while True:
        with contextlib.suppress(NotAdmitted, Refused):
            return await desk.doors()
        await asyncio.sleep(0.1)


async def ask_for_ever(client, place):
    while True:
        await client.copies(place.recipient, wait=1, limit=10)


NOWHERE = {
    "no broker": None,
    "in the clear to another machine": BrokerAddress(address="amqp://broker.example/area", exchange="x", partitions=4),
}


@pytest.mark.parametrize("told", NOWHERE.values(), ids=NOWHERE)
async def test_a_broker_that_cannot_be_used_is_said_at_once(hub, told):
    """A hub without a broker, or whose broker would be spoken to in the clear, is not asked for ever."""
    if told:
        hub.broker = told
    async with connect(f"amqp+{hub.address}", "prison-system", AgencyKey.generate()) as client:
        with pytest.raises(UnusableAddress):
            await client.publish([b'{"id":"one","type":"custody.received"}'])
