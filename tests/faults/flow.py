"""What flows through a hub at its broker while things go wrong, by strangers' clients: they mend nothing."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self

import aio_pika
import msgspec
import psycopg
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from msgspec import UNSET
from yarl import URL

from adapters.sdk.errors import HubTrouble
from adapters.sdk.http import HttpClient
from hub.broker.ending import cancelled
from hub.broker.link import TROUBLE
from schemas.broker import LANES, intake_exchange
from schemas.catalogue import Lane
from schemas.envelope import SINGLE, Envelope
from schemas.exchange import DoorQueues
from tests.fixtures.workforce import Workforce

PAUSE = 0.1
"""Seconds between two looks at what others do."""
LOOK_SECONDS = 0.5
"""Between two looks whether a line still holds where nothing comes."""
PATIENCE = 120.0
"""How long a client waits for an answer, in seconds: longer than any outage of a test."""


async def until(reached: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Return when something is so that others bring about.

    Raises:
        TimeoutError: it is not.
    """
    async with asyncio.timeout(seconds):
        while not reached():  # noqa: ASYNC110 - they are other processes
            await asyncio.sleep(PAUSE)


class Flow:
    """Publishers and recipients of one hub, each with a connection of its own."""

    def __init__(self, workforce: Workforce) -> None:
        """Take a hub whose first worker answers."""
        self._workforce = workforce
        self._open = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def feed(self, agency: str) -> Feed:
        """Return an agency's publisher, let in with a token of the hub's, and with a new one each time it connects."""
        user = self._workforce.agencies.client_id(agency)
        line = Line(self._workforce.urls, user=user, password=lambda: self._token(agency))
        self._open.push_async_callback(line.aclose)
        await line.channel()
        return Feed(line, user, agency)

    async def desk(self, recipient: str, after: int = 0) -> Desk:
        """Open a recipient's door; return who takes what comes there ``after`` a number of its mailbox."""
        desk = Desk(self._workforce, recipient, await self.door(recipient), after)
        return await self._open.enter_async_context(desk)

    async def door(self, recipient: str, wanted: str = "amqp") -> DoorQueues | None:
        """Have a recipient's door be one or the other, and return its queues when it is."""
        async with asyncio.timeout(PATIENCE), self._http(self._agency_of(recipient)) as http:
            while True:
                with contextlib.suppress(HubTrouble):
                    door = await http.set_door(recipient, wanted)  # type: ignore[arg-type]  # one or the other
                    if door.state == "open":
                        return None if door.queues is UNSET else door.queues
                await asyncio.sleep(PAUSE)

    async def publish(self, agency: str, *events: Envelope[Any]) -> None:
        """Publish at the other door, all in one batch."""
        async with self._http(agency) as http:
            await http.publish([msgspec.json.encode(event) for event in events])

    async def fetched(self, recipient: str) -> set[str]:
        """Return the delivery ids of what waits in a recipient's mailbox at the other door."""
        async with self._http(self._agency_of(recipient)) as http:
            return {each.delivery for each in (await http.copies(recipient, wait=0, limit=500)).copies}

    async def _token(self, agency: str) -> str:
        async with asyncio.timeout(PATIENCE), self._http(agency) as http:
            while True:
                with contextlib.suppress(HubTrouble):
                    return await http.tokens.token()
                await asyncio.sleep(PAUSE)

    def _agency_of(self, recipient: str) -> str:
        return next(str(r["agency"]) for r in self._workforce.agencies.recipients if r["id"] == recipient)

    def _http(self, agency: str) -> HttpClient:
        agencies = self._workforce.agencies
        return HttpClient(self._workforce.workers[0].address, agencies.client_id(agency), agencies.keys[agency], None)


class Line:
    """A connection with the broker, made anew as often as it takes, each time with the next of its nodes."""

    def __init__(
        self, urls: Sequence[str], *, user: str | None = None, password: Callable[[], Awaitable[str]] | None = None
    ) -> None:
        """Say where; and who, where it is not the user of the URLs, and how that one gets a password."""
        self._urls, self._user, self._password = itertools.cycle(map(URL, urls)), user, password
        self._connection: aio_pika.abc.AbstractConnection | None = None
        self._channel: AbstractChannel | None = None

    async def channel(self) -> AbstractChannel:
        """Return a channel with confirms.

        Raises:
            *TROUBLE: there is none at present.
        """
        if self._channel is None or self._channel.is_closed:
            await self.aclose()
            url = next(self._urls).update_query(heartbeat=5)
            if self._password is not None:
                url = url.with_user(self._user).with_password(await self._password())
            async with asyncio.timeout(10):
                self._connection = await aio_pika.connect(url)
                self._channel = await self._connection.channel(on_return_raises=True)
        return self._channel

    async def waiting(self, queue: str) -> int:
        """Return how much in a queue is ready for a reader."""
        declared = await (await self.channel()).declare_queue(queue, passive=True)
        return declared.declaration_result.message_count or 0

    async def aclose(self) -> None:
        """Let go of it, whatever state it is in."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(asyncio.CancelledError, *TROUBLE):
                async with asyncio.timeout(2):
                    await connection.close()


@contextlib.contextmanager
def lost_lines() -> Any:
    """Pass over a connection that is lost; the library ends some of what waits for it by cancelling that."""
    task = asyncio.current_task()
    try:
        yield
    except asyncio.CancelledError:
        if task is None or task.cancelling():
            raise
    except TROUBLE:
        pass


class Feed:
    """An agency that publishes: one message after the other, each again until the broker has it."""

    def __init__(self, line: Line, user: str, agency: str) -> None:
        """Take its way to the broker, its name and its agency."""
        self._line, self._user, self._agency = line, user, agency
        self.sent: list[str] = []
        """The ids of the events that the broker has, in the order in which they were sent."""

    async def send(self, event: Envelope[Any], partition: int = 0) -> None:
        """Return when the broker has an event."""
        await self.publish(msgspec.json.encode(event), event.type, partition)
        self.sent.append(event.id)

    async def publish(self, body: bytes, key: str, partition: int = 0, **properties: Any) -> None:
        """Return when the broker has a message."""
        given = {"content_type": SINGLE, "user_id": self._user, "headers": {"partition": str(partition)}} | properties
        message = aio_pika.Message(body, delivery_mode=2, **given)
        while True:
            with lost_lines():
                async with asyncio.timeout(PATIENCE):
                    channel = await self._line.channel()
                    exchange = await channel.get_exchange(intake_exchange(self._agency), ensure=False)
                    await exchange.publish(message, key, mandatory=True)
                return
            await self._line.aclose()
            await asyncio.sleep(PAUSE)


class Desk:
    """A recipient's own program at its queues: takes each copy, and looks whether it is in the record."""

    def __init__(self, workforce: Workforce, recipient: str, queues: DoorQueues | None, after: int) -> None:
        """Take its queues; it is let in as the administrator, so that its token is never over."""
        self.recipient, self.after, self._queues = recipient, after, queues
        self._lines = {lane: Line(workforce.urls) for lane in LANES}
        self._database = workforce.database.replace("+psycopg", "")
        self._record: psycopg.AsyncConnection[Any] | None = None
        self._asking = asyncio.Lock()
        self.copies: list[tuple[Lane, str]] = []
        """Lane and delivery id of everything that came, in the order in which it came."""
        self.came: dict[str, float] = {}
        """When each delivery id came first, by the monotonic clock."""
        self.early: list[str] = []
        """Delivery ids that came before they were in the record: there may be none."""

    async def __aenter__(self) -> Self:
        self._reading = [asyncio.create_task(self._read(lane)) for lane in LANES]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)
        for line in self._lines.values():
            await line.aclose()
        if self._record is not None:
            await self._record.close()

    async def _read(self, lane: Lane) -> None:
        while not cancelled():  # which closing a line may have passed over
            with lost_lines():
                await self._read_on(lane)
            await self._lines[lane].aclose()
            await asyncio.sleep(PAUSE)

    async def _read_on(self, lane: Lane) -> None:
        """Take what comes, for as long as the line holds."""
        channel, arrived = await self._lines[lane].channel(), asyncio.Queue[AbstractIncomingMessage]()

        async def note(message: AbstractIncomingMessage) -> None:
            # It has come, though its turn is later: what is in hand when a line is lost may come again behind others.
            delivery = message.message_id or ""
            self.came.setdefault(delivery, time.monotonic())
            self.copies.append((lane, delivery))
            arrived.put_nowait(message)

        await channel.set_qos(prefetch_count=50)
        queue = await channel.get_queue(getattr(self._queues, lane), ensure=False)
        await queue.consume(note)
        while not (channel.is_closed or cancelled()):
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    message = await arrived.get()
            except TimeoutError:
                continue
            if not await self._recorded(message.message_id or ""):
                self.early.append(message.message_id or "")
            await message.ack()

    async def _recorded(self, delivery: str) -> bool:
        """Tell whether a copy is in the record, as soon as the database says."""
        async with self._asking:
            while True:
                try:
                    if self._record is None or self._record.closed:
                        self._record = await psycopg.AsyncConnection.connect(self._database, autocommit=True)
                    found = await self._record.execute(RECORDED, (self.recipient, delivery))
                    return await found.fetchone() is not None
                except psycopg.OperationalError:
                    await asyncio.sleep(PAUSE)


RECORDED = """
SELECT 1 FROM mail JOIN copies ON copies.id = mail.copy JOIN entries ON entries.id = copies.entry
WHERE mail.recipient = %s AND mail.copy = %s
"""
