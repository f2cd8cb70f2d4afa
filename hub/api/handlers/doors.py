"""By which door each of the caller's recipients gets its copies, and where the broker is."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL
from schemas.exchange import Doors

PATH = "/doors"
SHAPE = Shape(
    summary="List the doors of the caller's recipients, and where the broker is.",
    answers={200: Answer("The doors.", kind=Doors)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with how each door stands."""
    check_names(request, SHAPE.query)
    return json_answer(await request.app[HUB].standing.doors(request[PRINCIPAL]))
