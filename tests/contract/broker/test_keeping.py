"""The hub keeps its connection to the broker up, and what stands there as the store says."""

import asyncio
import contextlib
import re

import aio_pika
import pytest
import structlog

from hub.bootstrap import build_hub
from hub.broker.declare import declare
from hub.broker.keepers import Keepers
from hub.broker.link import BrokerUnavailable, Link
from hub.broker.topology import COPY_KEY, DELIVERIES, Queue, Topology, topology
from hub.cli.session import operator
from hub.observe.logs import ALLOWED
from schemas.broker import intake_exchange
from tests.contract.broker.conftest import DESK, RECEPTION, config_for, placed, until
from tests.contract.broker.test_copies import copy_for

# The library leaves connections that were lost, or never came up, to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


async def test_declared_again_before_anything_is_sent(place):
    """After a lost connection the queues stand and are bound before the link is up, though somebody deleted them."""
    queues = await place.open_door(RECEPTION)
    lines, admin = await place.link.lines(), await place.admin()
    for queue in (*queues.values(), "intake.urgent.00"):
        await admin.queue_delete(queue)
    await asyncio.to_thread(place.broker.close_connections, place.vhost)
    await asyncio.wait_for(lines.lost.wait(), 60)
    assert await asyncio.wait_for(place.link.lines(), 60) is not lines
    await place.link.publish(DELIVERIES, COPY_KEY, copy_for(*queues.values()))

    assert [1, 1, 0] == [await place.depth(queue) for queue in (*queues.values(), "intake.urgent.00")]


async def test_a_queue_that_somebody_deleted(place):
    """A whole look puts back an open door's queues without a new connection."""
    queue = (await place.open_door(RECEPTION))["urgent"]
    await (await place.admin()).queue_delete(queue)
    await place.keepers.doorkeeper.match(whole=True)

    assert 0 == await place.depth(queue)


async def test_a_door_closes(place):
    """A door that closes is unrouted and its queues deleted with what is in them; only then is it gone in the store."""
    queues = await place.open_door(RECEPTION)
    await place.link.publish(DELIVERIES, COPY_KEY, copy_for(queues["urgent"]))
    await place.hub.standing.ask(RECEPTION, "http")
    await until(lambda: gone(place))

    assert [None, None] == [await place.depth(queue) for queue in queues.values()]


async def gone(place):
    return not await place.hub.standing.rows()


async def test_a_door_asked_for_again_has_other_queues(place):
    """A recipient that comes back gets queues of another name: whoever knew the former ones knows nothing."""
    first = await place.open_door(RECEPTION)
    await place.hub.standing.ask(RECEPTION, "http")
    await until(lambda: gone(place))

    assert not set(first.values()) & set((await place.open_door(RECEPTION)).values())


async def test_a_door_that_cannot_open_harms_no_other(tmp_path, home, trusting, vhost):
    """Where one recipient's queue cannot be declared its door stays closed, and others open."""
    async with placed(config_for(home, tmp_path, trusting, vhost), trusting, keeping=False) as place:
        await place.hub.standing.ask(RECEPTION, "amqp")
        row = await place.door(RECEPTION, "opening")
        await (await place.admin()).queue_declare(f"{row.queue}.urgent", durable=True)
        place.keepers.doorkeeper.start()
        await place.open_door(DESK)

        assert await place.door(RECEPTION, "opening")


async def test_topology_that_is_in_the_way(place):
    """What stands in the broker with other properties is told by its name, and not changed."""
    other = Topology(queues=[Queue("intake.urgent.00", {"x-queue-type": "classic"})])
    with pytest.raises(Exception, match=re.escape("intake.urgent.00: stands in the broker with other properties")):
        await declare((await place.link.lines()).consuming, other)


@contextlib.asynccontextmanager
async def in_vain(config):
    """Let a hub try to connect; give its link, and what it logs, once it cannot."""
    link, hub = Link(config.broker, name="test"), build_hub(config)
    Keepers(hub, link, config)
    with structlog.testing.capture_logs() as logs:
        await hub.start(ticking=False)
        link.start()
        try:
            await until(lambda: told(link))
            yield link, logs
        finally:
            await link.stop()
            await hub.stop()


async def test_what_is_in_the_way_stands_in_the_log(tmp_path, home, trusting, vhost):
    """Where the hub finds something of its own with other properties, its log names it."""
    connection = await aio_pika.connect(vhost.url)
    async with connection, connection.channel() as channel:
        await channel.declare_exchange("types", "topic", durable=True)
    async with in_vain(config_for(home, tmp_path, trusting, vhost)) as (_, logs):
        (line,) = [each for each in logs if each["event"] == "broker-unreachable"]

    assert ("misconfigured", "types") == (line["error"], line["name"])
    assert {"error", "name", "rule"} <= ALLOWED


async def test_fewer_partitions_than_there_are(tmp_path, home, trusting, vhost):
    """A hub with fewer partitions than the broker has does not come up: nobody would read the others."""
    async with placed(config_for(home, tmp_path, trusting, vhost), trusting):
        pass
    async with in_vain(config_for(home, tmp_path, trusting, vhost, partitions=2)) as (link, logs):
        assert ("misconfigured", False) == (link.fault, link.up)
        assert "HUB_PARTITIONS" in {line.get("name") for line in logs}


async def told(link):
    return link.fault


async def test_publishers_come_in_last(place):
    """What agencies publish while a hub declares everything for the first time finds all that stands behind."""
    bindings = topology(place.hub.directory, place.config.partitions).bindings
    doors = {intake_exchange(agency) for agency in place.hub.directory.agencies}

    assert doors == {each.source for each in bindings[-len(doors) :]}


async def test_another_hub_declares_the_same(place):
    """Two workers declare the same things at once, and neither minds."""
    wanted = topology(place.hub.directory, place.config.partitions)
    connection = (await place.link.lines()).consuming

    await asyncio.gather(*(declare(connection, wanted) for _ in range(2)))


async def test_nothing_is_sent_without_a_connection(place):
    """While there is no connection, sending is refused at once."""
    await place.link.stop()

    with pytest.raises(BrokerUnavailable):
        await place.link.publish(DELIVERIES, COPY_KEY, copy_for("any"))


async def test_a_suspension_while_the_broker_is_away(tmp_path, home, trusting, vhost):
    """A suspension is carried out as soon as there is a broker again: until then nothing was routed there anyway."""
    config = config_for(home, tmp_path, trusting, vhost)
    async with placed(config, trusting) as place:
        queues = await place.open_door(RECEPTION)
    async with placed(config, trusting, keeping=False) as place:
        await place.hub.standing.suspend(operator(), "prisons", "a leak")
        assert 0 == await place.depth(queues["urgent"])
        place.keepers.doorkeeper.start()
        await until(lambda: gone(place))
        assert await place.depth(queues["urgent"]) is None
