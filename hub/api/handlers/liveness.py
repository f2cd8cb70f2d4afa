"""Whether the process answers at all: if not, it should be started again."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.pulse import HealthStatus
from hub.api.shape import Answer, Shape

PATH = "/health/liveness"
SHAPE = Shape(summary="Tell that the process answers.", answers={200: Answer("It does.", kind=HealthStatus)})


async def handle(_: web.Request) -> web.Response:
    """Answer ``UP``."""
    return json_answer(HealthStatus(status="UP"))
