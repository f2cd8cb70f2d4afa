"""A message written to a channel, and never to one that has ended.

The library looks whether a channel is open before it waits for its turn to write, and not after. Whoever waits when
the broker closes the channel would go on in its turn: the broker ends the whole connection for a message on a channel
that is closed, or takes it for one on the next channel of that number. And what is written after the connection's end
is answered by nobody. So here it is looked in the turn itself.
"""

from __future__ import annotations

import asyncio
from typing import cast

import aiormq
from aio_pika import Message
from aio_pika.abc import AbstractChannel
from aiormq.abc import ChannelFrame
from aiormq.exceptions import ChannelInvalidStateError
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader


async def publish(channel: AbstractChannel, exchange: str, key: str, message: Message) -> None:
    """Return when the broker has a message, which has an id that no other on its way has; some queue must take it.

    Raises:
        ChannelInvalidStateError: the channel has ended; nothing was written.
        AMQPError: the broker refused this message, or ended the channel before it said whether it has it.
    """
    raw = cast("aiormq.Channel", await channel.get_underlay_channel())
    frames = _frames(raw, exchange, key, message)
    async with raw.lock:
        _must_be_open(raw)
        confirmed = _expected(raw, str(message.message_id))
        written = raw.create_future()
        await raw.write_queue.put(ChannelFrame(payload=frames, should_close=False, drain_future=written))
        await written
    await confirmed


def _frames(channel: aiormq.Channel, exchange: str, key: str, message: Message) -> bytes:
    method = Basic.Publish(exchange=exchange, routing_key=key, mandatory=True)
    header = ContentHeader(properties=message.properties, body_size=len(message.body))
    most = channel.max_content_size
    body = (ContentBody(message.body[start : start + most]) for start in range(0, len(message.body), most))
    return ChannelFrame.marshall(channel.number, [method, header, *body]).payload


def _must_be_open(channel: aiormq.Channel) -> None:
    """Its connection strikes a channel off before the channel itself knows that it is closed."""
    if channel.is_closed or channel.connection.channels.get(channel.number) is not channel:
        raise ChannelInvalidStateError("closed")


def _expected(channel: aiormq.Channel, message_id: str) -> asyncio.Future[object]:
    """Return where the answer to the next message will be told, in the channel's own books."""
    channel.delivery_tag += 1
    confirmed = channel.confirmations[channel.delivery_tag] = channel.create_future()
    channel.message_id_delivery_tag[message_id] = channel.delivery_tag

    def answered(_: object) -> None:
        channel.message_id_delivery_tag.pop(message_id, None)
        if not confirmed.cancelled():
            confirmed.exception()  # or one that nobody waits for any more would be logged

    confirmed.add_done_callback(answered)
    return confirmed
