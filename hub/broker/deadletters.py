"""What the broker gave up, or could not route, taken into the hub's own keeping: nothing vanishes in the broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from aio_pika.abc import AbstractChannel
from aiormq.abc import DeliveredMessage
from msgspec.structs import replace

from hub.broker.admission import Arrived, admit, keeper
from hub.broker.ending import cancelled
from hub.broker.intake import arrived_of
from hub.broker.link import Lines, Link, broker_trouble
from hub.broker.receipts import take_receipt
from hub.broker.replies import answer, refused
from hub.broker.topology import DEAD_DELIVERY, DEAD_INTAKE, UNROUTABLE_QUEUE, dead_queue
from hub.errors import Problem, Refused, Unroutable
from hub.service import Hub
from schemas.broker import RECEIPT
from schemas.exchange import Outcome

log = structlog.get_logger("deadletters")
PREFETCH: Final = 10
PAUSE: Final = 1.0


class DeadLetters:
    """Reads the queues of what went wrong; each message is acknowledged when it is held."""

    def __init__(self, link: Link, hub: Hub, answers: Link) -> None:
        """Take the connection, the hub, and the connection by which publishers are answered."""
        self._link, self._hub, self._answers = link, hub, answers
        self._task: asyncio.Task[None] | None = None
        self._broken = asyncio.Event()

    def start(self) -> None:
        """Begin to read."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="deadletters")

    async def stop(self) -> None:
        """Read no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while not cancelled():
            try:
                await self._hub.ready()
                lines = await self._link.lines()
                with broker_trouble():
                    await self._read(lines)
            except Exception as trouble:  # noqa: BLE001 - whatever it was, what is there is to be read
                log.warning("dead-letters-wait", error=type(trouble).__name__)
            await asyncio.sleep(PAUSE)

    async def _read(self, lines: Lines) -> None:
        """Read until the connection is lost, or the store."""
        self._broken.clear()
        async with lines.consuming.channel(publisher_confirms=False) as channel:
            channel.close_callbacks.add(lambda *_: self._broken.set())
            await channel.set_qos(prefetch_count=PREFETCH)
            await self._consume(channel, dead_queue(DEAD_INTAKE), self._take_back)
            await self._consume(channel, dead_queue(DEAD_DELIVERY), self._hold_copy)
            await self._consume(channel, UNROUTABLE_QUEUE, self._refuse)
            await self._broken.wait()

    async def _consume(
        self, channel: AbstractChannel, name: str, hold: Callable[[DeliveredMessage], Awaitable[Outcome | None]]
    ) -> None:
        underlay = await channel.get_underlay_channel()

        async def take(message: DeliveredMessage) -> None:
            try:
                outcome = await hold(message)
                # A crash here: held and not acknowledged. The broker gives it again: what it gave up is known to be
                # held, what it could not route is held a second time, and is a repeat where it is taken twice.
                await underlay.basic_ack(message.delivery_tag or 0)
            except Exception as trouble:  # noqa: BLE001 - the broker gives it again
                log.warning("not-held", error=type(trouble).__name__)
                self._broken.set()
            else:
                if outcome:
                    await answer(self._answers, message.header.properties, outcome)

        await underlay.basic_consume(name, take)

    async def _take_back(self, message: DeliveredMessage) -> Outcome | None:
        """Hold an event for an operator, and tell its publisher that the hub has it; a receipt is no event."""
        arrived = as_published(message)
        self._hub.tally.dead_letter("intake")
        if arrived.routing_key == RECEIPT:
            return await self._note_receipt(arrived)
        return await self._hub.quarantine.hold_dead_event(keeper(arrived, None, self._hub.directory), arrived.body)

    async def _note_receipt(self, arrived: Arrived) -> Outcome | None:
        """Note once more what a receipt says; if that cannot be done either, what it was for is sent again."""
        try:
            principal = admit(arrived, self._hub.directory)
            return await take_receipt(self._hub, arrived, principal)
        except Refused as refusal:
            return await self._refuse_as(arrived, refusal)
        except Exception as error:  # noqa: BLE001 - where nothing at all can be written it comes again, else it is lost
            await self._hub.ready()
            log.error("receipt-lost", error=type(error).__name__, client=arrived.user)
            return None

    async def _hold_copy(self, message: DeliveredMessage) -> None:
        self._hub.tally.dead_letter("delivery")
        queue = str(_death(message).get("queue", ""))
        await self._hub.quarantine.hold_dead_copy(
            queue.rpartition(".")[0], message.header.properties.message_id or "", message.body
        )

    async def _refuse(self, message: DeliveredMessage) -> Outcome:
        refusal = Unroutable(Problem("routing_key", "is not an event type of the catalogue"))
        return await self._refuse_as(arrived_of(message), refusal)

    async def _refuse_as(self, arrived: Arrived, refusal: Refused) -> Outcome:
        await self._hub.refused(keeper(arrived, refusal, self._hub.directory), refusal, arrived.body)
        return refused(refusal)


def as_published(message: DeliveredMessage) -> Arrived:
    """Return a dead letter as it was before it died: by the exchange and the routing key that it first came by."""
    death = _death(message)
    key = next(iter(death.get("routing-keys", ())), "")
    return replace(arrived_of(message), exchange=str(death.get("exchange", "")), routing_key=str(key))


def _death(message: DeliveredMessage) -> Mapping[str, Any]:
    """Return what the broker wrote of a message's first death."""
    deaths = (message.header.properties.headers or {}).get("x-death")
    return deaths[-1] if isinstance(deaths, list) and deaths and isinstance(deaths[-1], dict) else {}
