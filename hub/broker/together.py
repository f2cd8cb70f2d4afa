"""Many messages written to the broker in one piece, each confirmed by itself.

The library publishes one message at a time: the next waits until the one before is written. For the copies of a whole
transaction that is most of what publishing costs. Here the frames of all of them are one write; the channel's own
books (``delivery_tag``, ``confirmations``) are kept as its ``basic_publish`` keeps them, so that confirms, refusals
and returned messages come as they always do.

And the library looks whether a channel is open before it waits for its turn to write, and not after: whoever waits
when the channel ends would write in its turn what nobody answers. Here it is looked in the turn itself.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
from aiormq import Channel
from aiormq.abc import ChannelFrame
from aiormq.exceptions import ChannelInvalidStateError
from pamqp import commands
from pamqp.body import ContentBody
from pamqp.frame import marshal
from pamqp.header import ContentHeader

Confirmation = asyncio.Future[Any]
"""Done when the broker answered: an exception of the library where it refused the message, or nobody got it."""


class Message(msgspec.Struct, frozen=True):
    """One message: its properties, of which ``message_id`` is given and no other's that is under way, and its body."""

    properties: commands.Basic.Properties
    body: bytes


async def publish_together(
    channel: Channel, exchange: str, key: str, messages: Sequence[Message], *, mandatory: bool = True
) -> list[Confirmation]:
    """Write messages, in their order, to a channel with confirms; return when they are written.

    A mandatory message that no queue takes comes back as an error.

    Raises:
        ChannelInvalidStateError: the channel has ended; nothing was written.
        AMQPError: it ended before all was written.
    """
    payload = _frames(channel, exchange, key, messages, mandatory=mandatory)
    async with channel.lock:  # a tag is the place among all that is written to the channel
        _must_be_open(channel)
        confirmations = [_expected(channel, str(message.properties.message_id)) for message in messages]
        written = channel.create_future()
        await channel.write_queue.put(ChannelFrame(payload=payload, should_close=False, drain_future=written))
        await written
    return confirmations


def _frames(channel: Channel, exchange: str, key: str, messages: Sequence[Message], *, mandatory: bool) -> bytes:
    method = marshal(commands.Basic.Publish(exchange=exchange, routing_key=key, mandatory=mandatory), channel.number)
    with io.BytesIO() as frames:
        for message in messages:
            frames.write(method)
            header = ContentHeader(properties=message.properties, body_size=len(message.body))
            frames.write(marshal(header, channel.number))
            _write_body(frames, message.body, channel)
        return frames.getvalue()


def _must_be_open(channel: Channel) -> None:
    """Its connection strikes a channel off before the channel itself knows that it is closed."""
    if channel.is_closed or channel.connection.channels.get(channel.number) is not channel:
        raise ChannelInvalidStateError("closed")


def _expected(channel: Channel, message_id: str) -> Confirmation:
    """Return where the confirm of the next message will be told."""
    channel.delivery_tag += 1
    confirmation = channel.confirmations[channel.delivery_tag] = channel.create_future()
    channel.message_id_delivery_tag[message_id] = channel.delivery_tag
    confirmation.add_done_callback(partial(_answered, channel, message_id))
    return confirmation


def _answered(channel: Channel, message_id: str, confirmation: Confirmation) -> None:
    channel.message_id_delivery_tag.pop(message_id, None)
    if not confirmation.cancelled():
        confirmation.exception()  # or one that nobody waits for any more would be logged, with the message


def _write_body(frames: io.BytesIO, body: bytes, channel: Channel) -> None:
    most = channel.max_content_size
    parts = (ContentBody(body[start : start + most]) for start in range(0, len(body), most))
    frames.writelines(marshal(part, channel.number) for part in parts)
