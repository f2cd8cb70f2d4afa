"""The broker's side: one virtual host with everything of a hub in it, who fills it, and how full it is."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterable, Sequence
from typing import Self

import aio_pika
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractConnection
from yarl import URL

from benchmarks.rabbitmq.area import KIND, PUBLISHER, partition_of
from benchmarks.rabbitmq.task import SERIALISED
from deploy.nodes.rabbitmq import Broker
from hub.broker.topology import intake_queue
from schemas.broker import PARTITION, intake_exchange

PARTITIONS = 8
"""Few, so that a hub starts quickly; the relays read the same queues."""
INTAKE = [intake_queue("urgent", n) for n in range(PARTITIONS)]
AT_ONCE = 200
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 120.0
SETTLING_SECONDS = 0.3
LOOKS = 500


class Host:
    """A virtual host, and a connection as somebody whom the broker lets publish in an agency's name."""

    def __init__(self, node: Broker) -> None:
        """Make the virtual host and the user."""
        self.vhost = node.vhost()
        self._node, self._user, self._password = node, f"loader-{secrets.token_hex(4)}", secrets.token_hex(16)
        node.management.put("users", self._user, password=self._password, tags="impersonator")
        node.management.put("permissions", self.vhost.name, self._user, configure=".*", write=".*", read=".*")

    async def __aenter__(self) -> Self:
        """Connect."""
        url = URL(self.vhost.url).with_user(self._user).with_password(self._password)
        self.connection: AbstractConnection = await aio_pika.connect(url)
        self._channel: AbstractChannel = await self.connection.channel(publisher_confirms=True, on_return_raises=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()
        self._node.drop(self.vhost)
        self._node.management.delete("users", self._user)

    async def publish(self, person: int, body: bytes) -> None:
        """Publish one event as the agency does, confirmed."""
        exchange = await self._channel.get_exchange(intake_exchange(PUBLISHER), ensure=False)
        message = Message(
            body,
            content_type=SERIALISED,
            delivery_mode=DeliveryMode.PERSISTENT,
            user_id=PUBLISHER,
            headers={PARTITION: partition_of(person, PARTITIONS)},
        )
        await exchange.publish(message, KIND, mandatory=True)

    async def load(self, events: Sequence[tuple[int, bytes]]) -> None:
        """Publish all, so many at once."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(person: int, body: bytes) -> None:
            async with gate:
                await self.publish(person, body)

        await asyncio.gather(*(one(person, body) for person, body in events))

    async def count(self, queue: str) -> int:
        """Return how many messages wait in a queue."""
        underlay = await self._channel.get_underlay_channel()
        return (await underlay.queue_declare(queue, passive=True)).message_count or 0

    async def filled(self, queue: str, wanted: int) -> float:
        """Wait until so many messages are in a queue that was empty; return how many came a second, from the first."""
        end = time.monotonic() + PATIENCE_SECONDS
        first: tuple[float, int] | None = None
        while time.monotonic() < end:
            found, at = await self.count(queue), time.monotonic()
            if first is None and found:
                first = at, found
            if found >= wanted and first is not None:
                return (wanted - first[1]) / (at - first[0])
            await asyncio.sleep(LOOK_SECONDS)
        raise RuntimeError(f"only {await self.count(queue)} of {wanted} copies came")

    async def arrived(self, queue: str, wanted: int) -> None:
        """Wait until so many messages are in a queue, of which some may be there already."""
        end = time.monotonic() + PATIENCE_SECONDS
        while (found := await self.count(queue)) < wanted:
            if time.monotonic() > end:
                raise RuntimeError(f"only {found} of {wanted} copies came")
            await asyncio.sleep(LOOK_SECONDS)

    async def settled(self, queue: str, wanted: int) -> int:
        """Return how many messages are in a queue, once there are as many as wanted or no more come."""
        for _ in range(LOOKS):
            if await self.count(queue) >= wanted:
                break
            await asyncio.sleep(LOOK_SECONDS)
        return await self.count(queue)

    async def empty(self, queues: Iterable[str]) -> None:
        """Empty some queues and the intake, until what a reader that has ended gives back is gone as well."""
        underlay = await self._channel.get_underlay_channel()
        left = [*queues, *INTAKE]
        while left:
            for queue in left:
                await underlay.queue_purge(queue)
            await asyncio.sleep(SETTLING_SECONDS)
            left = [queue for queue in left if await self.count(queue)]
