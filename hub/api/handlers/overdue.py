"""Which copies nobody has said to have, though the time for it is over."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB
from schemas.exchange import Overdue

PATH = "/deliveries/overdue"
SHAPE = Shape(
    summary="List the copies without a receipt of which the coordinator was told.",
    answers={200: Answer("By recipient and number.", kind=Overdue)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the copies."""
    check_names(request, SHAPE.query)
    return json_answer(Overdue(overdue=await request.app[HUB].corrections.overdue()))
