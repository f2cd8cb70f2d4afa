"""The cheapest sign of life."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.pulse import HealthStatus
from hub.api.shape import Answer, Shape

PATH = "/health/ping"
SHAPE = Shape(summary="Answer.", answers={200: Answer("An answer.", kind=HealthStatus)})


async def handle(_: web.Request) -> web.Response:
    """Answer ``UP``."""
    return json_answer(HealthStatus(status="UP"))
