"""One connection with the broker, alive until either side ends it; and what a broker's errors mean to us."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from typing import Final, Self

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import AuthenticationError, ChannelAccessRefused, ProbableAuthenticationError
from pamqp.exceptions import PAMQPException
from yarl import URL

from adapters.sdk.errors import Unavailable

SECONDS: Final = 30.0
"""How long the broker may take for anything."""
HEARTBEAT: Final = 20
"""Seconds; a broker that is silent for three of these is given up."""
# An aiormq connection that is closed raises RuntimeError, and its futures may end in CancelledError.
TROUBLE: Final = (aio_pika.exceptions.AMQPError, PAMQPException, OSError, TimeoutError, RuntimeError)


REFUSALS: Final = (ChannelAccessRefused, AuthenticationError, ProbableAuthenticationError)


class BrokerRefused(Unavailable):
    """The broker does not let this system's token do this."""


@contextlib.contextmanager
def broker_trouble() -> Iterator[None]:
    """Raise what goes wrong with the broker as ``Unavailable``, or ``BrokerRefused``; nothing of it is quoted."""
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise Unavailable("closed") from None
    except REFUSALS:
        raise BrokerRefused from None
    except TROUBLE as error:
        raise Unavailable(type(error).__name__) from None


class Link:
    """A living connection. Once it has ended it stays so: open another."""

    def __init__(self, connection: AbstractConnection, token: str) -> None:
        """Take an open connection; see ``open``."""
        self._connection = connection
        self.token = token
        """The token under which the broker knows us at present."""
        self.ended: Final = asyncio.Event()
        connection.close_callbacks.add(lambda *_: self.ended.set())

    @classmethod
    async def open(cls, address: str, user: str, token: str, tls: ssl.SSLContext | None) -> Self:
        """Connect as a system, with its token in place of a password.

        Raises:
            BrokerRefused: the broker does not accept the token.
            Unavailable: it cannot be reached.
        """
        url = URL(address).with_user(user).with_password(token).update_query(heartbeat=str(HEARTBEAT))
        with broker_trouble():
            async with asyncio.timeout(SECONDS):
                connection = await aio_pika.connect(url, ssl_context=tls)
        return cls(connection, token)

    async def channel(self) -> AbstractChannel:
        """Return a new channel, with confirms; raises ``Unavailable``."""
        with broker_trouble():
            async with asyncio.timeout(SECONDS):
                channel = self._connection.channel(on_return_raises=True)
                await channel.initialize()
                return channel

    async def renew(self, token: str) -> None:
        """Go on under a newer token; raises ``Unavailable``."""
        if token == self.token:
            return
        with broker_trouble():
            await self._connection.update_secret(token, reason="renewed", timeout=SECONDS)
        self.token = token

    async def close(self) -> None:
        """End it; what was not acknowledged goes back to the broker."""
        self.ended.set()
        with contextlib.suppress(Unavailable), broker_trouble():
            async with asyncio.timeout(SECONDS):
                await self._connection.close()
