"""Which agencies take no part at present."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB
from schemas.exchange import Suspensions

PATH = "/suspensions"
LISTED: Final = {200: Answer("The agencies that take no part.", kind=Suspensions)}
SHAPE = Shape(summary="List the agencies whose part is suspended.", answers=LISTED)


async def handle(request: web.Request) -> web.Response:
    """Answer with the agencies, and since when."""
    check_names(request, SHAPE.query)
    return json_answer(await request.app[HUB].standing.suspensions())
