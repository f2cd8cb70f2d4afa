"""Answers to publishers who asked for one: what became of their message, when it is on disk."""

from __future__ import annotations

from typing import Final

import msgspec
import structlog
from aio_pika import Message
from pamqp.commands import Basic

from hub.broker.link import BrokerUnavailable, Link
from hub.errors import Refused
from schemas.exchange import Outcome

log = structlog.get_logger("replies")
DIRECT: Final = "amq.rabbitmq.reply-to."
"""How the broker's own name for a publisher's channel begins: to any other address nothing is answered, or a
publisher could have the hub write into a queue that is not its own."""
_encode = msgspec.json.Encoder().encode


def refused(refusal: Refused) -> Outcome:
    """Return the answer to a message that was refused as a whole."""
    fields = [f"{p.field}: {p.rule}" for p in refusal.problems]
    return Outcome(id="", state="refused", problem=refusal.code(), fields=fields)


async def answer(link: Link, asked: Basic.Properties, outcome: Outcome) -> None:
    """Answer where an answer was asked for in the broker's own way; one that is lost costs a repeat, and no more.

    Where the broker cannot read an address it ends the connection, and answers to others that are under way are lost
    with it: the log has the client of each, and who forges addresses is among them every time.
    """
    if asked.reply_to is None or not asked.reply_to.startswith(DIRECT) or link.blocked:
        return
    message = Message(_encode(outcome), content_type="application/json", correlation_id=asked.correlation_id)
    try:
        await link.publish("", asked.reply_to, message, mandatory=False)
    except BrokerUnavailable:
        log.warning("answer-lost", client=asked.user_id)
