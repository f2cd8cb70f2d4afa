"""What a confirm of one message to many queues says, and what it does not say."""

import aio_pika
import pytest

from hub.broker.link import NotRouted, NotTaken
from hub.broker.topology import COPY_KEY, DEAD_DELIVERY, DELIVERIES, MOST_ROUTES, dead_queue
from tests.contract.broker.conftest import DESK, RECEPTION, until

# The library leaves connections that were lost, or never came up, to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def copy_for(*queues):
    return aio_pika.Message(b"{}", headers={"BCC": list(queues)}, message_id="copy-1", delivery_mode=2)


async def urgent(place, *recipients):
    return [(await place.open_door(recipient))["urgent"] for recipient in recipients]


async def test_one_message_for_all(place):
    """Every named queue gets it, and what arrives names neither the others nor itself."""
    queues = await urgent(place, RECEPTION, DESK)
    await place.link.publish(DELIVERIES, COPY_KEY, copy_for(*queues))

    admin = await place.admin()
    for queue in queues:
        got = await admin.basic_get(queue)
        assert b"{}" == got.body
        assert {"x-delivery-count"} >= set(got.header.properties.headers or {})
        assert (DELIVERIES, COPY_KEY, "copy-1") == (got.exchange, got.routing_key, got.header.properties.message_id)


async def test_a_copy_that_is_given_up_names_nobody_else(place):
    """A dead letter says whose queue gave it up, and nothing of the others that it went to."""
    mine, other = await urgent(place, RECEPTION, DESK)
    await place.link.publish(DELIVERIES, COPY_KEY, copy_for(mine, other))
    admin = await place.admin()
    got = await admin.basic_get(mine)
    await admin.basic_reject(got.delivery_tag, requeue=False)
    await until(lambda: place.depth(dead_queue(DEAD_DELIVERY)))

    told = repr((await admin.basic_get(dead_queue(DEAD_DELIVERY))).header.properties.headers)
    assert mine in told
    assert other not in told


async def test_a_queue_that_is_missing_is_not_missed(place):
    """The confirm says nothing of a named queue that is not there; the others have theirs. Only receipts tell."""
    (queue,) = await urgent(place, RECEPTION)
    await place.link.publish(DELIVERIES, COPY_KEY, copy_for(queue, "no-such-queue.urgent"))

    assert 1 == await place.depth(queue)


async def test_nobody_is_there(place):
    """A message that no queue takes comes back, and is no lost confirm."""
    with pytest.raises(NotRouted):
        await place.link.publish(DELIVERIES, COPY_KEY, copy_for("no-such-queue.urgent"))


async def test_one_refusal_is_the_answer_for_all(place):
    """One queue that refuses makes the whole answer a refusal, though the others have their copy."""
    (queue,) = await urgent(place, RECEPTION)
    admin = await place.admin()
    full = {"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"}
    await admin.queue_declare("full", durable=True, arguments=full)
    await admin.queue_bind("full", DELIVERIES, routing_key="full")

    async def turned_away():
        try:
            await place.link.publish(DELIVERIES, COPY_KEY, copy_for("full"))
        except NotTaken:
            return True

    await until(turned_away)  # a quorum queue takes a few more before it notices that it is full
    with pytest.raises(NotTaken):
        await place.link.publish(DELIVERIES, COPY_KEY, copy_for(queue, "full"))

    assert await until(lambda: place.depth(queue))


async def test_as_many_routes_as_the_hub_ever_names(place):
    """A message with the most queues that the hub puts into one arrives, and the connection lives."""
    (queue,) = await urgent(place, RECEPTION)
    others = [f"{number:024x}.urgent" for number in range(MOST_ROUTES - 1)]
    await place.link.publish(DELIVERIES, COPY_KEY, copy_for(*others, queue))

    assert 1 == await place.depth(queue)
    assert place.link.up


async def test_further_routes_than_that(place):
    """Somewhat above the hub's bound the names no longer fit into one frame, and the broker ends the connection."""
    lost = (await place.link.lines()).lost
    with pytest.raises(Exception, match="broker cannot be reached"):
        await place.link.publish(DELIVERIES, COPY_KEY, copy_for(*(f"{n:024x}.urgent" for n in range(5 * MOST_ROUTES))))

    assert lost.is_set()
    assert (await place.link.lines()).lost is not lost
