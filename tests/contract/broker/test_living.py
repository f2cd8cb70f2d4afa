"""Connections that outlive what let them in."""

import asyncio
import datetime as dt

import pytest

from hub.broker.topology import COPY_KEY, DELIVERIES
from hub.cli.session import operator
from hub.errors import Suspended
from tests.contract.broker.conftest import RECEPTION, config_for, event_by, first, placed, raw, refused, until
from tests.contract.broker.test_copies import copy_for

# The library leaves connections that were lost, or never came up, to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

SHORT = dt.timedelta(seconds=5)


async def expire(place, token):
    """Wait until a token is over, by the broker's clock as well."""
    expires = place.access.verify(token, place.hub.now()).expires
    await asyncio.sleep((expires - place.hub.now()).total_seconds() + 1.1)


def closing(connection):
    """Return what is set once the broker has ended a connection."""
    closed = asyncio.Event()
    connection.close_callbacks.add(lambda *_: closed.set())
    return closed


@pytest.fixture
async def unswept(tmp_path, home, trusting, vhost):
    """A place where nobody closes connections yet."""
    async with placed(config_for(home, tmp_path, trusting, vhost), trusting, keeping=False) as place:
        place.keepers.doorkeeper.start()
        yield place


async def test_a_token_that_is_over(unswept):
    """On a living connection whose token is over nothing more can be published, at the latest from its next channel on;
    who reads already goes on reading, until the sweep closes the connection.
    """
    place = unswept
    queue = (await place.open_door(RECEPTION))["urgent"]
    token = await place.token("prisons", lifetime=SHORT)
    connection = await place.connect("prisons", token)
    got, closed = asyncio.Queue(), closing(connection)
    await (await raw(connection)).basic_consume(queue, got.put)
    await expire(place, token)
    with refused("ChannelAccessRefused"):
        await (await raw(connection)).basic_publish(**event_by("prisons"))
    await place.link.publish(DELIVERIES, COPY_KEY, copy_for(queue))
    assert (await asyncio.wait_for(got.get(), 30)).body

    async def swept():
        await place.keepers.sessions.sweep()
        return closed.is_set()

    await until(swept)
    assert place.link.up


async def test_a_token_taken_anew(unswept):
    """A connection that is given a new token goes on with it, and is left alone by the sweep."""
    place = unswept
    first = await place.token("prisons", lifetime=SHORT)
    connection = await place.connect("prisons", first)
    closed = closing(connection)
    await connection.update_secret(await place.token("prisons"), reason="renewed", timeout=30)
    await expire(place, first)
    await (await raw(connection)).basic_publish(**event_by("prisons"))
    await place.keepers.sessions.sweep()

    assert 1 == sum((await place.taken()).values())
    assert not closed.is_set()


async def test_a_token_of_somebody_else(unswept):
    """A connection stays who it was, whatever token it is given. A broker of the 3.x series takes another system's
    token, and the hub sees an event that is not its publisher's; 4.x refuses the token.
    """
    place = unswept
    connection = await place.connect("prisons")
    taking = connection.update_secret(await place.token("police"), reason="renewed", timeout=30)
    if not place.old:
        with refused("ConnectionNotAllowed"):
            await taking
        return
    await taking
    with refused("ChannelPreconditionFailed"):
        await (await raw(connection)).basic_publish(**event_by("police", "custody.detained"))
    await (await raw(connection)).basic_publish(**event_by("police", "custody.detained", user="prisons-system"))
    (queue,) = await place.taken()
    got = await first(await place.admin(), queue)

    assert ("intake.police", "prisons-system") == (got.exchange, got.header.properties.user_id)


async def test_a_suspended_agency_is_put_out(place):
    """From the suspension on no token is given; soon the queues are gone, then the connections. Others stay."""
    queues = await place.open_door(RECEPTION)
    theirs, other = await place.connect("prisons"), await place.connect("police")
    gone, stays = closing(theirs), closing(other)
    await place.hub.standing.suspend(operator(), "prisons", "a leak")

    with pytest.raises(Suspended):
        await place.token("prisons")
    await until(lambda: no_queue(place, queues["urgent"]))
    await asyncio.wait_for(gone.wait(), 60)
    assert not stays.is_set()
    await until(lambda: no_doors(place))


async def no_doors(place):
    return not await place.hub.standing.rows()


async def no_queue(place, queue):
    return await place.depth(queue) is None


async def test_the_api_does_not_answer(tmp_path, home, trusting, vhost):
    """A management API that does not answer is told as a part that is down, and stops nothing else."""
    config = config_for(home, tmp_path, trusting, vhost, broker_management=("http://127.0.0.1:1",))
    async with placed(config, trusting) as place:
        await place.open_door(RECEPTION)

        async def down():
            return (await place.hub.health())["components"]["broker-management"]["status"] == "DOWN"

        await until(down)
        assert place.link.up


async def test_one_node_of_the_api_answers(tmp_path, home, trusting, vhost):
    """Of several addresses of the management API one that answers is enough."""
    addresses = ("http://127.0.0.1:1", trusting.management.url)
    config = config_for(home, tmp_path, trusting, vhost, broker_management=addresses)
    async with placed(config, trusting, keeping=False) as place:
        await place.keepers.sessions.sweep()


async def test_a_stranger_to_the_directory_is_let_be(place):
    """Only systems of the hub are swept: an operator with a password of its own is not the hub's to close."""
    admin = await place.admin()
    await place.keepers.sessions.sweep()

    assert (await admin.queue_declare("", exclusive=True)).queue
