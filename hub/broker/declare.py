"""Makes the broker what a description says; what is there already is left as it is."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from aio_pika.abc import AbstractConnection
from aiormq.abc import AbstractChannel
from aiormq.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed

from hub.broker.link import broker_trouble
from hub.broker.topology import Topology, intake_queue
from hub.errors import Misconfigured, Problem

SECONDS = 30.0
"""How long one step may take: a cluster that elects a leader meanwhile needs some."""


async def declare(connection: AbstractConnection, wanted: Topology) -> None:
    """Declare everything, in order.

    Raises:
        Misconfigured: something of this name is there with other properties, and only an operator may delete it.
        BrokerUnavailable: it did not do it.
    """
    at = ""
    async with _channel(connection) as channel:
        try:
            for exchange in wanted.exchanges:
                at = exchange.name
                await channel.exchange_declare(
                    at,
                    exchange_type=exchange.kind,
                    durable=True,
                    internal=exchange.internal,
                    arguments=dict(exchange.arguments),
                    timeout=SECONDS,
                )
            for queue in wanted.queues:
                at = queue.name
                await channel.queue_declare(at, durable=True, arguments=dict(queue.arguments), timeout=SECONDS)
        except ChannelPreconditionFailed:
            raise Misconfigured(Problem(at, "stands in the broker with other properties")) from None
        for binding in wanted.bindings:
            bind = channel.exchange_bind if binding.to_exchange else channel.queue_bind
            await bind(
                binding.target,
                binding.source,
                routing_key=binding.key,
                arguments=dict(binding.arguments),
                timeout=SECONDS,
            )


async def remove(connection: AbstractConnection, unwanted: Topology) -> None:
    """Unbind everything, so that nothing new gets in, and only then delete the queues with what is in them.

    Raises:
        BrokerUnavailable: it did not do it.
    """
    async with _channel(connection) as channel:
        for binding in unwanted.bindings:
            await channel.queue_unbind(binding.target, binding.source, routing_key=binding.key, timeout=SECONDS)
        for queue in unwanted.queues:
            await channel.queue_delete(queue.name, timeout=SECONDS)


async def depth(connection: AbstractConnection, queue: str) -> int | None:
    """Return how many messages a queue has ready for its reader; None where there is no such queue.

    Raises:
        BrokerUnavailable: it did not say.
    """
    async with _channel(connection) as channel:
        try:
            declared = await channel.queue_declare(queue, passive=True, timeout=SECONDS)
        except ChannelNotFoundEntity:
            return None
        return declared.message_count


async def check_partitions(connection: AbstractConnection, partitions: int) -> None:
    """Refuse fewer partitions than there are: what is in the others, and still spread to them, nobody would read.

    Raises:
        Misconfigured: there are more.
        BrokerUnavailable: it did not say.
    """
    if await depth(connection, intake_queue("routine", partitions)) is not None:
        raise Misconfigured(Problem("HUB_PARTITIONS", "is smaller than it was; see docs/broker.md for how to lower it"))


@contextlib.asynccontextmanager
async def _channel(connection: AbstractConnection) -> AsyncIterator[AbstractChannel]:
    """Open a channel for one thing alone: the broker closes it when it does not like what it is asked."""
    with broker_trouble():
        async with connection.channel() as opened:
            yield await opened.get_underlay_channel()
