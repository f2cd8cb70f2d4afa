"""With a broker or a hub of the test's own: one of them goes, a token comes to its end, or the broker encrypts."""

import asyncio
import datetime as dt
import math
import ssl
from contextlib import asynccontextmanager

import aio_pika
import msgspec
import pytest

from adapters.sdk import Publisher, Subscriber, amqp, connect
from adapters.sdk.errors import Unavailable
from adapters.sdk.outbox import Outbox
from deploy.nodes.rabbitmq import Broker
from deploy.nodes.rabbitmq_settings import Tls
from hub.access.certificates import make_certificates
from hub.broker.declare import depth
from hub.broker.topology import intake_queue
from schemas.broker import LANES
from tests.fixtures.area import PARTITIONS, Area
from tests.fixtures.places import AtBroker

# The library leaves the socket of a lost connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:.*StreamWriter:pytest.PytestUnraisableExceptionWarning")

SHORT = """
import datetime as dt
import hub.access.tokens
import hub.broker.sessions
hub.access.tokens.LIFETIME = dt.timedelta(seconds=15)
hub.broker.sessions.WHOLE_SECONDS = 2.0
from hub.cli import main
main()
"""
"""A hub whose tokens are soon over, and that soon closes the connections of whoever has none any more."""
LISTED = 6
"""Seconds after which the broker lists a connection; none has outlived its token by then."""
OVER = 20
"""Seconds after which it has done so, and a client that was put out has connected anew."""
ANSWER_SECONDS = 0.5
"""How long a publisher waits for its first answer."""


class Encrypted(Area):
    """An area whose agencies reach the broker by AMQPS."""

    @property
    def environment(self):
        port = self.broker.address.tls_port
        return super().environment | {"HUB_BROKER_PUBLIC_URL": f"amqps://localhost:{port}/{self.vhost.name}"}


@pytest.fixture
def serving(tmp_path, postgres):
    """Begin a hub of the test's own on some broker; return it as the place that its clients see."""

    @asynccontextmanager
    async def serving(broker, kind=Area, **how):
        vhost, database = broker.vhost(), postgres.database()
        with await asyncio.to_thread(kind, tmp_path, database, broker, vhost, **how) as area:
            place = AtBroker(area)
            await place.begin()
            yield place
        postgres.drop(database)

    return serving


@pytest.fixture
def flowing(tmp_path, quick):
    """Publish and receive at the broker's door; the list gets when each copy's event happened."""

    @asynccontextmanager
    async def flowing(place):
        times, stop = [], asyncio.Event()

        async def note(copy):
            times.append(copy.time)

        sender, desk = place.publisher, place.desk
        async with (
            connect(place.address, sender.client, sender.key) as publishing,
            Publisher(publishing, tmp_path / "outbox.db", quick) as publisher,
            connect(place.address, desk.client, desk.key) as receiving,
            Subscriber(receiving, place.recipient, tmp_path / "inbox.db", note, wait=1, patience=quick) as subscriber,
        ):
            await receiving.copies(place.recipient, wait=0, limit=1)
            running = asyncio.create_task(subscriber.run(stop))
            yield publisher, times
            stop.set()
            await running

    return flowing


def connections(place):
    """Return the broker's names for the connections of publisher and desk: a new one has another name."""
    clients, here = {place.publisher.client, place.desk.client}, place.area.vhost.name
    listed = place.area.broker.management.get("connections")
    return {each["name"] for each in listed if each.get("user") in clients and each.get("vhost") == here}


async def test_a_broker_that_is_killed_loses_and_doubles_nothing(own_broker, serving, flowing, until):
    """A power cut at the broker while events go in and copies come out costs time and nothing else."""
    async with serving(own_broker) as place, flowing(place) as (publisher, times):
        await asyncio.to_thread(own_broker.write_down)
        publishing = asyncio.create_task(publisher.publish(*map(place.event, range(300))))
        await until(lambda: len(times) > 20)
        await asyncio.to_thread(own_broker.kill)
        await asyncio.to_thread(own_broker.start)
        outcomes = await publishing
        await until(lambda: len(times) >= 300, 120)

    assert {"accepted", "repeated"} >= {outcome.state for outcome in outcomes}
    assert 300 == len(times)
    assert sorted(set(times)) == times


async def test_what_the_broker_has_is_not_accepted_without_the_hub(
    broker, serving, flowing, until, monkeypatch, tmp_path
):
    """While the hub is down, what the broker has stays in the outbox too; when it is up, a refusal is a refusal, and
    what is good is told once however often it was sent.
    """
    monkeypatch.setattr(amqp, "ANSWER_SECONDS", ANSWER_SECONDS)
    async with serving(broker) as place, flowing(place) as (publisher, times):
        await publisher.publish(place.event(0))
        async with asyncio.timeout(20):
            while not await place.received():  # noqa: ASYNC110 - the hub is another process
                await asyncio.sleep(0.05)
        place.area.kill()

        publishing = asyncio.create_task(publisher.publish(place.event(1), place.event(2, good=False)))
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(60):
            while await in_the_intake(place) < 3 * 2:  # noqa: ASYNC110 - the broker is another process
                await asyncio.sleep(0.05)
        waiting = len(Outbox(tmp_path / "outbox.db").waiting())
        queued = await in_the_intake(place)
        passed = asyncio.get_running_loop().time() - began
        done = publishing.done()
        await asyncio.to_thread(place.area.start)
        good, bad = await publishing
        await publisher.publish(place.event(3))
        await until(lambda: len(times) >= 3, 60)

    assert (2, False) == (waiting, done)
    assert queued <= 2 * (1 + math.log2(1 + passed / ANSWER_SECONDS))  # each wait for an answer is twice the last one
    assert good.state in {"accepted", "repeated"}
    assert ("refused", "invalid") == (bad.state, bad.problem)
    assert 3 == len(times)


async def in_the_intake(place):
    """Return how many messages are in the partitions."""
    async with await aio_pika.connect(place.area.vhost.url) as connection:
        depths = [await depth(connection, intake_queue(lane, n)) for lane in LANES for n in range(PARTITIONS)]
    return sum(depths)


async def test_connections_outlive_their_tokens(broker, serving, flowing, until):
    """A connection is given each newer token in time, so that it goes on when its first one is long over."""
    async with serving(broker, command=("-c", SHORT, "serve")) as place, flowing(place) as (publisher, times):
        await publisher.publish(place.event(0))
        async with asyncio.timeout(60):
            while len(await asyncio.to_thread(connections, place)) < 2:  # noqa: ASYNC110 - listed late
                await asyncio.sleep(0.2)
        await asyncio.sleep(LISTED)
        before = await asyncio.to_thread(connections, place)
        await asyncio.sleep(OVER - LISTED)

        await publisher.publish(place.event(1))
        await until(lambda: len(times) == 2)
        after = await asyncio.to_thread(connections, place)

    # The broker's list may still have one that ended before; one made anew would be in none but the second.
    assert 2 <= len(after)
    assert after <= before


@pytest.fixture
def authority(tmp_path):
    """A folder with a certificate for this machine and the authority that signed it."""
    make_certificates(tmp_path / "authority", ["localhost"], [], dt.datetime.now(dt.UTC))
    return tmp_path / "authority"


@pytest.fixture
def encrypting_broker(authority):
    with Broker(tls=Tls(authority / "ca.pem", authority / "server.pem", authority / "server.key")) as broker:
        yield broker


async def test_a_broker_that_is_not_trusted_gets_no_token(encrypting_broker, authority, serving):
    """By AMQPS the broker shows a certificate that we trust, or it is not spoken to."""
    trusted = ssl.create_default_context(cafile=authority / "ca.pem")
    async with serving(encrypting_broker, Encrypted) as place:
        sender, event = place.publisher, msgspec.json.encode(place.event(1))
        async with connect(place.address, sender.client, sender.key) as client:
            with pytest.raises(Unavailable, match="AMQPConnectionError"):
                await client.publish([event])
        async with connect(place.address, sender.client, sender.key, tls=trusted) as client:
            (outcome,) = await client.publish([event])

    assert "accepted" == outcome.state
