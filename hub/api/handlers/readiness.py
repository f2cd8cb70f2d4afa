"""Whether requests should be sent here: healthy, and not about to stop."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.pulse import HealthStatus
from hub.api.shape import Answer, Shape
from hub.api.state import PULSE, WATCHES

PATH = "/health/readiness"
SHAPE = Shape(
    summary="Tell whether requests should be sent here.",
    answers={200: Answer("They should.", kind=HealthStatus), 503: Answer("Not at present.", kind=HealthStatus)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer ``UP`` or ``DOWN``."""
    ready = not request.app[WATCHES].stopping() and await request.app[PULSE].up()
    return json_answer(HealthStatus(status="UP" if ready else "DOWN"), 200 if ready else 503)
