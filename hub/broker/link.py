"""The hub's own connections to the broker, kept up: one that publishes, one that consumes.

Two, because a broker that is short of memory or disk stops reading from connections that publish; acknowledgements and
consumers must not stand behind that. Both are made anew together whenever either is lost, and everything in ``prepare``
runs on the new ones before anybody is given them: nothing is routed to a broker whose queues were not looked at first.
For the same reason this is not aio-pika's ``RobustConnection``: that one brings back by itself what a lost connection
had declared and consumed, each object at its own time, and lets publishing go on meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, cast

import aio_pika
import aiormq
import msgspec
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractMessage
from aio_pika.exceptions import AMQPError, DeliveryError, PublishError
from pamqp.exceptions import PAMQPException
from yarl import URL

from hub.broker.blocked import is_blocked
from hub.broker.ending import cancelled
from hub.broker.together import Confirmation, Message, publish_together
from hub.errors import Fault, HubError, Misconfigured

log = structlog.get_logger("broker")

HEARTBEAT_SECONDS = 5
"""Half of what the broker was seen to need at 10 to notice a stopped worker."""
CONNECT_SECONDS = 10.0
CONFIRM_SECONDS = 30.0
PREPARE_SECONDS = 120.0
LOOK_SECONDS = 0.5
"""How often it is looked whether the broker takes what is published."""
TRY_SECONDS = 0.3
"""How long a look waits for what it publishes to nobody."""
NOBODY = "nobody"
"""No queue's name."""
FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0
"""Seconds between two attempts to connect, at first and in the end."""
TROUBLE: Final = (AMQPError, PAMQPException, OSError, TimeoutError, RuntimeError)
"""What the library raises when a connection or channel is gone, refused or silent."""

for library in ("aio_pika", "aiormq"):
    # What they have to say we learn as exceptions, and what they would log has addresses and whole messages in it.
    logging.getLogger(library).setLevel(logging.CRITICAL + 1)


class BrokerUnavailable(Fault):
    """The broker cannot be reached at present, or did not answer."""


class NotTaken(Fault):
    """The broker refused a message for one of its queues at least; the others may have it."""


class NotRouted(Fault):
    """No queue took the message."""


@contextlib.contextmanager
def broker_trouble() -> Iterator[None]:
    """Raise as ``BrokerUnavailable`` whatever the library has for a connection or channel that is gone."""
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise BrokerUnavailable from None  # the library ends what waits for a closed connection in this way
    except TROUBLE as error:
        raise BrokerUnavailable from error


class Lines(msgspec.Struct, frozen=True, eq=False):
    """The two connections, from one loss to the next."""

    publishing: AbstractConnection
    consuming: AbstractConnection
    channel: AbstractChannel
    """On the publishing one, with confirms; what no queue takes comes back as an error."""
    lost: asyncio.Event
    """Set when any of it is gone: whoever consumes begins anew with the next ones."""


Prepare = Callable[[Lines], Awaitable[None]]


class Link:
    """Keeps two connections to one broker, or to whichever of its nodes answers."""

    def __init__(self, addresses: Sequence[str], *, name: str, ca: Path | None = None) -> None:
        """Say where it is.

        Args:
            addresses: AMQP or AMQPS URLs with user, password and virtual host; each is tried in turn.
            name: What the broker's operator sees beside each connection.
            ca: The authority of the broker's certificate, in PEM; the system's own are not believed then.
        """
        self._addresses, self._name = tuple(addresses), name
        self._tls = ssl.create_default_context(cafile=ca)
        self.prepare: list[Prepare] = []
        """Run one after the other on new connections, before anything else uses them."""
        self.blocked = False
        """Whether the broker takes nothing at present because it is short of memory or disk."""
        self.fault: str | None = None
        """Why there is no connection: the kind of the last failure."""
        self._told: dict[str, str] | None = None
        """What the log was told of that."""
        self._lines: Lines | None = None
        self._since: float | None = None
        """Since when, by the loop's clock, there is no connection though there should be one."""
        self._wait = FIRST_WAIT
        self._connected = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether both connections stand and are prepared."""
        return self._lines is not None and not self._lines.lost.is_set()

    @property
    def away(self) -> float:
        """For how many seconds there has been no connection."""
        return 0.0 if self._since is None else asyncio.get_running_loop().time() - self._since

    def start(self) -> None:
        """Begin to connect, and go on for as long as it takes."""
        self._since = asyncio.get_running_loop().time()
        self._keeping = asyncio.get_running_loop().create_task(self._keep(), name="broker-link")

    async def stop(self) -> None:
        """Close both connections; whoever consumes on them has ended before."""
        if self._keeping:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def lines(self) -> Lines:
        """Return the connections, as soon as they stand."""
        while self._lines is None or self._lines.lost.is_set():
            await self._connected.wait()
            await asyncio.sleep(0)
        return self._lines

    async def publish(self, exchange: str, key: str, message: AbstractMessage, *, mandatory: bool = True) -> None:
        """Return when the broker has the message: on disk, in every queue that it was routed to.

        Two messages with one ``message_id`` must not be under way at once: the library tells returned ones by it.

        Raises:
            NotRouted: no queue took it.
            NotTaken: a queue refused it.
            BrokerUnavailable: there is no connection, or no answer: it may or may not have it.
        """
        with self._standing() as channel:
            underlay = cast("aiormq.Channel", await channel.get_underlay_channel())
            one = Message(properties=message.properties, body=message.body)
            try:
                async with asyncio.timeout(CONFIRM_SECONDS):
                    (confirmation,) = await publish_together(underlay, exchange, key, [one], mandatory=mandatory)
                    await confirmation
            except PublishError:
                raise NotRouted from None
            except DeliveryError:
                raise NotTaken from None

    async def publish_together(self, exchange: str, key: str, messages: Sequence[Message]) -> list[bool]:
        """Publish messages at once, in their order; return of each whether the broker has it, when all are answered.

        It has a message when one queue at least took it, and every queue that it was routed to has it on disk.
        No ``message_id`` may be under way twice.

        Raises:
            BrokerUnavailable: there is no connection, or no answer: it may or may not have any of them.
        """
        with self._standing() as channel:
            async with asyncio.timeout(CONFIRM_SECONDS):
                underlay = cast("aiormq.Channel", await channel.get_underlay_channel())
                confirmations = await publish_together(underlay, exchange, key, messages)
                return [await _taken(each) for each in confirmations]

    @contextlib.contextmanager
    def _standing(self) -> Iterator[AbstractChannel]:
        """Give the channel for publishing, if there is one; whatever befalls it is ``BrokerUnavailable``."""
        lines = self._lines
        if lines is None or lines.lost.is_set():
            raise BrokerUnavailable
        try:
            with broker_trouble():
                yield lines.channel
        except BrokerUnavailable:
            if lines.channel.is_closed:
                lines.lost.set()  # the broker closed the channel alone: nothing else would be made anew
            raise

    async def _keep(self) -> None:
        for address in itertools.cycle(self._addresses):
            try:
                with broker_trouble():
                    await self._live(address)
                log.warning("broker-lost")
            except Exception as error:  # noqa: BLE001 - whatever it was, the next attempt may fare better
                self._note(error)
            if cancelled():
                return
            await asyncio.sleep(self._wait * random.uniform(0.5, 1))  # noqa: S311 - or workers come all at once
            self._wait = min(self._wait * 2, LONGEST_WAIT)

    async def _live(self, address: str) -> None:
        """Connect, and return when it is over."""
        async with self._opened(address) as lines:
            try:
                async with asyncio.timeout(PREPARE_SECONDS):
                    for prepare in self.prepare:
                        await prepare(lines)
                self._lines, self.fault, self._told, self._wait = lines, None, None, FIRST_WAIT
                self._since = None
                self._connected.set()
                log.info("broker-connected")
                await self._watch(lines)
            finally:  # before the connections are closed, which may take its time
                if self._since is None:
                    self._since = asyncio.get_running_loop().time()
                self._lines, self.blocked = None, False
                self._connected.clear()

    @contextlib.asynccontextmanager
    async def _opened(self, address: str) -> AsyncIterator[Lines]:
        lost = asyncio.Event()
        async with (
            await self._connect(address, "publishing", lost) as publishing,
            await self._connect(address, "consuming", lost) as consuming,
            publishing.channel(publisher_confirms=True, on_return_raises=True) as channel,
        ):
            channel.close_callbacks.add(lambda *_: lost.set())
            yield Lines(publishing=publishing, consuming=consuming, channel=channel, lost=lost)

    async def _connect(self, address: str, what: str, lost: asyncio.Event) -> AbstractConnection:
        url = URL(address)
        connection = await aio_pika.connect(
            url.update_query(heartbeat=HEARTBEAT_SECONDS, name=f"{self._name} {what}"),
            ssl_context=self._tls if url.scheme == "amqps" else None,
            timeout=CONNECT_SECONDS,
        )
        connection.close_callbacks.add(lambda *_: lost.set())
        return connection

    async def _watch(self, lines: Lines) -> None:
        """Return when a connection is lost; meanwhile note whether the broker takes what is published."""
        while not lines.lost.is_set() and not cancelled():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await lines.lost.wait()
            if not self.blocked:
                await self._try()
            blocked = await is_blocked(lines.publishing)
            if blocked != self.blocked:
                self.blocked = blocked
                log.warning("broker-blocked" if blocked else "broker-unblocked")

    async def _try(self) -> None:
        """Publish to nobody: that it takes nothing the broker tells only to whoever publishes."""
        with contextlib.suppress(HubError, TimeoutError):
            async with asyncio.timeout(TRY_SECONDS):
                await self.publish("", NOBODY, aio_pika.Message(b""), mandatory=False)

    def _note(self, error: Exception) -> None:
        while not isinstance(error, Misconfigured) and isinstance(error.__cause__, Exception):
            error = error.__cause__  # the library's own errors tell a wrong certificate and a closed port alike
        fault = error.code() if isinstance(error, HubError) else type(error).__name__
        cause = {"error": fault} | what_is_wrong(error)
        if cause != self._told:  # once for each cause, and not at each attempt
            self._told = cause
            log.error("broker-unreachable", **cause)
        self.fault = fault


def what_is_wrong(error: Exception) -> dict[str, str]:
    """Return, for the log, the name of the exchange, queue or setting that is wrong, and how; else nothing."""
    if isinstance(error, Misconfigured) and error.problems:
        return {"name": error.problems[0].field, "rule": error.problems[0].rule}
    return {}


async def _taken(confirmation: Confirmation) -> bool:
    try:
        await confirmation
    except DeliveryError:
        return False
    return True
