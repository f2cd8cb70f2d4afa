"""The published description of this interface (OpenAPI 3.1)."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import JSON
from hub.api.shape import Answer, Shape
from hub.api.state import DESCRIPTION

PATH = "/openapi.json"
SHAPE = Shape(summary="Give this description.", answers={200: Answer("OpenAPI 3.1.")})


async def handle(request: web.Request) -> web.Response:
    """Answer with the description, the same as in ``schemas/json``."""
    return web.Response(body=request.app[DESCRIPTION], content_type=JSON)
