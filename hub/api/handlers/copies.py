"""A mailbox by long poll: the copies without a receipt, or a short wait for the first."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Final

import msgspec
from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.queries import Number, check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, WATCHES, own_recipient
from hub.delivery.mailroom import Copy
from schemas.exchange import Mailbox, Waiting

PATH = "/mailboxes/{recipient}/copies"
WAIT = Number("wait", default=0, least=0, most=30)
LIMIT = Number("limit", default=100, least=1, most=500)
SHAPE = Shape(
    summary="Give the copies that have no receipt, urgent before routine; wait up to so many seconds for the first.",
    query=(WAIT, LIMIT),
    answers={200: Answer("The mailbox, perhaps empty.", kind=Mailbox)},
)
LARGEST: Final = 8 * 1024 * 1024


async def handle(request: web.Request) -> web.StreamResponse:
    """Answer with the copies; they count as sent once the answer has gone out whole."""
    check_names(request, SHAPE.query)
    recipient = own_recipient(request, request.match_info["recipient"])
    copies = within(await _found(request, recipient, WAIT.read(request), LIMIT.read(request)))
    response = json_answer(Mailbox(recipient=recipient, copies=[waiting(copy) for copy in copies]))
    await response.prepare(request)
    await response.write_eof()
    if copies:
        await mark_sent(request, recipient, copies)
    return response


async def _found(request: web.Request, recipient: str, wait: int, limit: int) -> Sequence[Copy]:
    watches, standing = request.app[WATCHES], request.app[HUB].standing
    standing.check_http(recipient)
    with watches.place(recipient) if wait else nullcontext():
        found = await watches.look(recipient, wait, limit)
    if not standing.by_http(recipient):
        return []  # meanwhile it chose another door, or was suspended
    return found


def within(copies: Sequence[Copy], most: int = LARGEST) -> Sequence[Copy]:
    """Return as many of the first copies as fit into so many bytes, and one at least."""
    size = 0
    for count, copy in enumerate(copies):
        size += len(copy.body)
        if size > most and count > 0:
            return copies[:count]
    return copies


def waiting(copy: Copy) -> Waiting:
    """Return a copy as it is written."""
    return Waiting(number=copy.number, delivery=copy.delivery, copy=msgspec.Raw(copy.body))


async def mark_sent(request: web.Request, recipient: str, copies: Sequence[Copy]) -> None:
    """Note that copies left the hub: whatever fails before this, they are given again."""
    await request.app[HUB].sent(recipient, [copy.delivery for copy in copies])
