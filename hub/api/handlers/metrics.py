"""The hub's metrics in the Prometheus text format, told on the inner port alone where there is one."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from hub.api.shape import Answer, Shape
from hub.api.state import GAUGES, PULSE, SETTINGS, from_inside
from hub.errors import NotFound

PATH = "/metrics"
SHAPE = Shape(summary="Tell the hub's metrics.", answers={200: Answer("Prometheus text.", "text/plain")})


async def handle(request: web.Request) -> web.Response:
    """Answer with everything in the registry."""
    if request.app[SETTINGS].inner_port is not None and not from_inside(request):
        raise NotFound
    request.app[GAUGES].show(await request.app[PULSE].health())
    body = generate_latest(request.app[SETTINGS].registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
