"""The same relay, one message for each recipient, as FastStream has one write it."""

from __future__ import annotations

import asyncio
import sys

from faststream.rabbit import Channel, RabbitBroker, RabbitExchange, RabbitQueue

from benchmarks.rabbitmq.task import CONFIG, DELIVERIES, PREFETCH, SERIALISED, Task, say_ready


async def relay(task: Task) -> None:
    """Relay until cancelled."""
    broker = RabbitBroker(
        task.url,
        default_channel=Channel(prefetch_count=PREFETCH, publisher_confirms=True, on_return_raises=True),
        apply_types=False,  # the quicker way: nothing is decoded or injected
        logger=None,
    )
    deliveries = RabbitExchange(DELIVERIES, declare=False)
    recipients = [name for group in task.groups for name in group]

    async def hand_on(body: bytes) -> None:
        await asyncio.gather(
            *(
                broker.publish(
                    body,
                    exchange=deliveries,
                    routing_key=name,
                    mandatory=True,
                    persist=True,
                    content_type=SERIALISED,
                )
                for name in recipients
            )
        )

    for name in task.intake:
        broker.subscriber(RabbitQueue(name, declare=False))(hand_on)
    async with broker:
        await broker.start()
        say_ready()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(relay(CONFIG.decode(sys.argv[1])))
