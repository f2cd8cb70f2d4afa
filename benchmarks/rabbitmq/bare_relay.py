"""What somebody might write instead: a relay of raw events that decides nothing and records nothing.

It consumes, publishes with confirms, and acknowledges an event when the broker has all its copies. One group of queues
is one message: named in a ``BCC`` header, as the hub does, where there are several in it.
"""

from __future__ import annotations

import asyncio
import sys

import aio_pika
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage

from benchmarks.rabbitmq.task import CONFIG, DELIVERIES, PREFETCH, SERIALISED, Task, say_ready


async def relay(task: Task) -> None:
    """Relay until cancelled."""
    consuming, publishing = [await aio_pika.connect(task.url) for _ in range(2)]
    out = await publishing.channel(publisher_confirms=True, on_return_raises=True)
    deliveries = await out.get_exchange(DELIVERIES, ensure=False)
    channel = await consuming.channel(publisher_confirms=False)
    await channel.set_qos(prefetch_count=PREFETCH)

    async def hand_on(message: AbstractIncomingMessage) -> None:
        await asyncio.gather(*(_publish(deliveries, group, message.body) for group in task.groups))
        await message.ack()

    for name in task.intake:
        queue = await channel.get_queue(name, ensure=False)
        await queue.consume(hand_on)
    say_ready()
    await asyncio.Event().wait()


async def _publish(deliveries: AbstractExchange, group: list[str], body: bytes) -> None:
    alone = len(group) == 1
    message = Message(
        body,
        content_type=SERIALISED,
        delivery_mode=DeliveryMode.PERSISTENT,
        headers={} if alone else {"BCC": list(group)},
    )
    await deliveries.publish(message, group[0] if alone else "copy", mandatory=True)


if __name__ == "__main__":
    asyncio.run(relay(CONFIG.decode(sys.argv[1])))
