"""Where each copy of one recipient stands, to reconcile with what it has."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.queries import Number, Word, check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, own_recipient
from schemas.exchange import Deliveries

PATH = "/deliveries"
RECIPIENT = Word("recipient")
AFTER = Number("after", default=0, least=0, most=2**53)
LIMIT = Number("limit", default=500, least=1, most=1000)
SHAPE = Shape(
    summary="List where the copies of one recipient stand, after a number, oldest first.",
    query=(RECIPIENT, AFTER, LIMIT),
    answers={200: Answer("One page.", kind=Deliveries)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with one page of states."""
    check_names(request, SHAPE.query)
    recipient = own_recipient(request, RECIPIENT.read(request))
    after, limit = AFTER.read(request), LIMIT.read(request)
    found = await request.app[HUB].deliveries(recipient, after=after, limit=limit)
    return json_answer(Deliveries(recipient=recipient, deliveries=found))
