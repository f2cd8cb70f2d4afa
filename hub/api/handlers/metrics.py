"""The hub's metrics in the Prometheus text format; to be kept inside at the ingress."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from hub.api.shape import Answer, Shape
from hub.api.state import SETTINGS

PATH = "/metrics"
SHAPE = Shape(summary="Tell the hub's metrics.", answers={200: Answer("Prometheus text.", "text/plain")})


async def handle(request: web.Request) -> web.Response:
    """Answer with everything in the registry."""
    body = generate_latest(request.app[SETTINGS].registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
