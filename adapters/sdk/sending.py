"""What goes to the hub by way of the broker: confirmed by the broker, and answered by the hub."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Self

import msgspec
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from adapters.sdk.errors import Unavailable
from adapters.sdk.link import SECONDS, Link, broker_trouble
from adapters.sdk.partitions import Partitions
from adapters.sdk.writing import publish
from schemas.broker import PARTITION
from schemas.exchange import BrokerAddress

ANSWER_SECONDS: Final = 10.0
"""How long the hub may take to answer for what the broker has, before it is sent once more."""
LONGEST_ANSWER_SECONDS: Final = 600.0
"""How long that becomes, doubled each time, while the hub says nothing: what waits at the broker is not lost."""
REPLIES: Final = "amq.rabbitmq.reply-to"
"""The broker's name for the way back on a channel of one's own: it needs no queue and no permission."""


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """One message to the hub."""

    body: bytes
    key: str
    content_type: str
    person: str | None = None
    """Whom it is about, where the order of messages matters."""


class Unanswered(Unavailable):
    """The broker has what was sent, and the hub has not answered for it in time."""


class Sending:
    """One system's way into its agency's exchange. Whatever fails ends it: open another."""

    def __init__(self, channel: AbstractChannel, exchange: str, user: str, partition: Callable[[str], str]) -> None:
        """Take an open channel, our agency's exchange, who we are, what gives a person's partition; see ``open``."""
        self._channel = channel
        self._exchange = exchange
        self._user = user
        self._partition = partition
        self._names = itertools.count(1)
        self._answers: dict[str, asyncio.Future[bytes]] = {}
        self._failed = False
        channel.close_callbacks.add(self._no_more_answers)

    @classmethod
    async def open(cls, link: Link, told: BrokerAddress, user: str, partitions: Partitions) -> Self:
        """Open a channel on a link, and listen for answers; raises ``Unavailable``."""
        channel = await link.channel()
        sending = cls(channel, told.exchange, user, partial(partitions.of, count=told.partitions))
        try:
            with broker_trouble():
                async with asyncio.timeout(SECONDS):
                    replies = await channel.get_queue(REPLIES, ensure=False)
                    await replies.consume(sending._answered, no_ack=True)
        except BaseException:
            await sending.close()
            raise
        return sending

    @property
    def usable(self) -> bool:
        """Whether anything more may be sent this way."""
        return not self._failed and not self._channel.is_closed

    async def send(self, parcels: Sequence[Parcel], wait: float) -> list[bytes]:
        """Send, and return what the hub answered for each, within so many seconds after the broker has them all.

        Raises:
            BrokerRefused: the token does not permit one of them.
            Unanswered: the broker has all of them, and what the hub makes of some is not known.
            Unavailable: nothing is known of any of them.
        """
        answers: dict[str, asyncio.Future[bytes]] = {}
        lines: dict[str | None, list[tuple[Parcel, Message]]] = {}
        for parcel in parcels:
            name = str(next(self._names))
            answers[name] = asyncio.get_running_loop().create_future()
            partition = None if parcel.person is None else self._partition(parcel.person)
            lines.setdefault(partition, []).append((parcel, self._message(parcel, partition, name)))
        self._answers |= answers
        try:
            for trouble in await asyncio.gather(*map(self._send_line, lines.values()), return_exceptions=True):
                if trouble is not None:
                    raise trouble
            answered, silent = await asyncio.wait(answers.values(), timeout=wait)
        finally:
            for name in answers:
                del self._answers[name]
        if any(each.cancelled() for each in answered):
            raise Unavailable("closed")
        if silent:
            raise Unanswered
        return [each.result() for each in answers.values()]

    async def close(self) -> None:
        """Close the channel."""
        with contextlib.suppress(Unavailable), broker_trouble():
            async with asyncio.timeout(SECONDS):
                await self._channel.close()

    def _message(self, parcel: Parcel, partition: str | None, name: str) -> Message:
        return Message(
            parcel.body,
            content_type=parcel.content_type,
            delivery_mode=DeliveryMode.PERSISTENT,
            user_id=self._user,
            reply_to=REPLIES,
            message_id=uuid.uuid4().hex,  # by which the library knows one that comes back
            correlation_id=name,
            headers=None if partition is None else {PARTITION: partition},
        )

    async def _send_line(self, line: Sequence[tuple[Parcel, Message]]) -> None:
        """Send one after another, so that no later one is with the broker when an earlier one is not."""
        for parcel, message in line:
            confirmed = False
            try:
                with broker_trouble():
                    async with asyncio.timeout(SECONDS):
                        await publish(self._channel, self._exchange, parcel.key, message)
                confirmed = True
            finally:
                # One that was broken off leaves the channel's count of confirms unsure.
                self._failed |= not confirmed

    async def _answered(self, message: AbstractIncomingMessage) -> None:
        answer = self._answers.get(message.correlation_id or "")
        if answer is not None and not answer.done():
            answer.set_result(message.body)

    def _no_more_answers(self, *_: object) -> None:
        for answer in self._answers.values():
            answer.cancel()
