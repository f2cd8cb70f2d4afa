"""Letting an agency take part again."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.handlers.suspend import PATH
from hub.api.handlers.suspensions import LISTED
from hub.api.queries import check_names
from hub.api.shape import Shape
from hub.api.state import HUB, PRINCIPAL

__all__ = ["PATH", "SHAPE", "handle"]

SHAPE = Shape(summary="Let a suspended agency take part again, by HTTP until it asks for another door.", answers=LISTED)


async def handle(request: web.Request) -> web.Response:
    """Answer with the agencies that take no part now."""
    check_names(request, SHAPE.query)
    return json_answer(await request.app[HUB].standing.resume(request[PRINCIPAL], request.match_info["agency"]))
