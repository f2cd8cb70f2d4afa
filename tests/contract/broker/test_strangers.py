"""What the broker itself refuses to an agency's system, and what it lets pass, so that the hub must not rely on it."""

import msgspec
import pytest

from hub.broker.topology import DELIVERIES, intake_queue, partitions_of, topology, unnumbered_of
from tests.contract.broker.conftest import DESK, RECEPTION, event_by, first, refused
from tests.fixtures.area import PARTITIONS


async def test_own_event(place):
    """A system publishes its agency's own types to its agency's exchange, and each goes to the lane of its type."""
    prison = await place.channel("prisons")
    await prison.basic_publish(**event_by("prisons", "custody.received"))
    await prison.basic_publish(**event_by("prisons", "custody.returned"))
    await prison.basic_publish(**event_by("prisons", "receipt"))

    lanes = {name.rpartition(".")[0]: count for name, count in (await place.taken()).items()}
    assert {"intake.urgent": 1, "intake.routine": 2} == lanes


async def test_one_partition_for_one_person(place):
    """Each value of the header ``partition`` leads to its own queue; whatever names none, or has no header, to one."""
    prison = await place.channel("prisons")
    for partition in range(PARTITIONS):
        for _ in range(partition + 1):
            await prison.basic_publish(**event_by("prisons", headers={"partition": str(partition)}))
    numbered = await place.taken()
    for headers in ({}, {"partition": "64"}, {"partition": "a person"}, {"partition": 2}):
        await prison.basic_publish(**event_by("prisons", headers=headers))
    grown = {name: count - numbered[name] for name, count in (await place.taken()).items() if count - numbered[name]}

    assert {intake_queue("urgent", n): n + 1 for n in range(PARTITIONS)} == numbered
    assert {intake_queue("urgent", 0): 4} == grown


async def test_reading_anothers_queue(place):
    """A system with queues of its own cannot read one of another agency's recipient, though it knows its name."""
    queues = await place.open_door(RECEPTION)
    await place.open_door(DESK)
    police = await place.connect("police")

    for lane in queues.values():
        with refused("ChannelAccessRefused"):
            async with police.channel() as channel:
                await (await channel.get_underlay_channel()).basic_consume(lane, lambda _: None, timeout=30)
        with refused("ChannelAccessRefused"):
            async with police.channel() as channel:
                await (await channel.get_underlay_channel()).basic_get(lane, timeout=30)


async def test_own_queue(place):
    """A system reads its own recipients' queues with a token that it took after the door was asked for."""
    queues = await place.open_door(RECEPTION)
    prison = await place.channel("prisons")

    for lane in queues.values():
        assert (await prison.basic_consume(lane, lambda _: None, timeout=30)).consumer_tag


async def test_a_token_from_before_the_door(place):
    """A token that was given before the door was asked for does not open its queues."""
    token = await place.token("prisons")
    queues = await place.open_door(RECEPTION)

    with refused("ChannelAccessRefused"):
        await (await place.channel("prisons", token)).basic_get(queues["urgent"], timeout=30)


async def test_publishing_as_another_agency(place):
    """A system cannot publish to another agency's exchange."""
    with refused("ChannelAccessRefused"):
        await (await place.channel("police")).basic_publish(**event_by("prisons", user="police-system"))
    assert {} == await place.taken()


async def test_publishing_what_is_not_its_own(place):
    """A type that is not the agency's own to assert is refused by its routing key."""
    with refused("ChannelAccessRefused"):
        await (await place.channel("police")).basic_publish(**event_by("police", "custody.received"))
    assert {} == await place.taken()


async def test_publishing_in_anothers_name(place):
    """A ``user_id`` that is not the connection's own is refused."""
    with refused("ChannelPreconditionFailed"):
        await (await place.channel("prisons")).basic_publish(**event_by("prisons", user="police-system"))
    assert {} == await place.taken()


@pytest.mark.parametrize("exchange", [DELIVERIES, "", "dead", "unroutable", partitions_of("urgent")])
async def test_publishing_past_the_intake(place, exchange):
    """A system can publish to no exchange but its agency's: not to the recipients, not to a queue, not to a lane."""
    queues = await place.open_door(RECEPTION)

    with refused("ChannelAccessRefused"):
        await (await place.channel("police")).basic_publish(
            **event_by("police") | {"exchange": exchange, "routing_key": queues["urgent"]}
        )
    assert 0 == await place.depth(queues["urgent"])


async def test_publishing_inside(place):
    """Where the broker alone hands messages on nobody publishes, whatever else he may do in the virtual host."""
    inner = [each.name for each in topology(place.hub.directory, PARTITIONS).exchanges if each.internal]

    assert {"types", "dead", "unroutable", partitions_of("urgent"), unnumbered_of("routine")} <= set(inner)
    for exchange in inner:
        with refused("ChannelAccessRefused"):
            await (await place.admin()).basic_publish(b"", exchange=exchange, routing_key="receipt", timeout=10)


async def test_changing_what_stands_there(place):
    """A system can declare, bind and delete nothing, not even its own queues."""
    queue = (await place.open_door(RECEPTION))["urgent"]
    attempts = (
        lambda channel: channel.queue_declare("mine", durable=True, timeout=30),
        lambda channel: channel.exchange_declare("mine", durable=True, timeout=30),
        lambda channel: channel.queue_bind(queue, "intake.prisons", routing_key="custody.received", timeout=30),
        lambda channel: channel.queue_unbind(queue, DELIVERIES, routing_key=queue, timeout=30),
        lambda channel: channel.queue_delete(queue, timeout=30),
        lambda channel: channel.exchange_delete("intake.prisons", timeout=30),
    )

    for attempt in attempts:
        with refused("ChannelAccessRefused"):
            await attempt(await place.channel("prisons"))


@pytest.mark.parametrize("header", ["CC", "BCC"])
async def test_further_routes(place, header):
    """A publisher's ``CC`` and ``BCC`` reach no recipient. Up to 3.13 the broker takes them, and they add routing keys
    within the agency's own exchange; from 4.0 on it refuses those that the token does not permit.
    """
    recipients = [queue for of in (RECEPTION, DESK) for queue in (await place.open_door(of)).values()]
    routes = ["ppo.adopted", "recall.decided", "copy", *recipients]
    publishing = (await place.channel("prisons")).basic_publish(**event_by("prisons", headers={header: routes}))

    if place.old:
        await publishing
        assert {"intake.urgent", "intake.routine"} == {name.rpartition(".")[0] for name in await place.taken()}
    else:
        with refused("ChannelAccessRefused"):
            await publishing
    assert [0] * 4 == [await place.depth(queue) for queue in recipients]


async def test_nobody_s_event(place):
    """Without a ``user_id`` the broker takes an event: whose it is, the hub has to ask itself."""
    await (await place.channel("prisons")).basic_publish(**event_by("prisons", user=""))
    (queue,) = await place.taken()

    assert (await first(await place.admin(), queue)).header.properties.user_id is None


async def test_a_type_that_nobody_knows(place):
    """What the token permits by its pattern and no binding takes is kept apart, for the hub to look at."""
    await (await place.channel("prisons")).basic_publish(**event_by("prisons", "identity.swapped"))

    assert {"intake.unroutable": 1} == await place.taken()


async def test_asking_for_the_depth_of_a_queue(place):
    """Up to 4.0 at least, and no more in 4.3, whoever knows a queue's name may learn how much is ready in it: so the
    names are random.
    """
    queue = (await place.open_door(RECEPTION))["urgent"]
    police = await place.channel("police")

    if place.version < (4, 3):
        assert 0 == (await police.queue_declare(queue, passive=True, timeout=30)).message_count
    with refused("ChannelNotFoundEntity" if place.version < (4, 3) else "ChannelAccessRefused"):
        await police.queue_declare("reception.urgent", passive=True, timeout=30)


async def test_another_virtual_host(place):
    """A token is good in the hub's virtual host alone."""
    other = place.broker.vhost()
    try:
        place.config = msgspec.structs.replace(place.config, broker=(other.url,))
        with refused("AMQPInternalError"):
            await place.connect("prisons")
    finally:
        place.broker.drop(other)


async def test_forged_token(place, tmp_path):
    """A token that another key signed does not let anybody in."""
    with refused("ProbableAuthenticationError"):
        await place.connect("prisons", (await place.token("prisons"))[:-8] + "AAAAAAAA")


async def test_a_long_token(place):
    """A token with many types and many doors, longer than the smallest frame of AMQP, is a password like any other."""
    for recipient in place.hub.directory.systems["probation-system"].recipients:
        await place.hub.standing.ask(recipient, "amqp")
    token = await place.token("probation")

    assert len(token) > 4096
    assert await place.connect("probation", token)
