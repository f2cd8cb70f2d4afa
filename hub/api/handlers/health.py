"""The health of the hub and of each component."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.pulse import HealthStatus
from hub.api.shape import Answer, Shape
from hub.api.state import PULSE, from_inside

PATH = "/health"
SHAPE = Shape(
    summary="Tell the health of the hub and its components.",
    answers={
        200: Answer("Everything works.", kind=HealthStatus),
        503: Answer("Something does not.", kind=HealthStatus),
    },
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the state of every component."""
    health = await request.app[PULSE].health()
    if not from_inside(request):
        health = states_alone(health)
    return json_answer(health, 200 if health.status == "UP" else 503)


def states_alone(health: HealthStatus) -> HealthStatus:
    """Return the health without its details: how much waits rises when somebody is told something."""
    components = {name: {"status": component["status"]} for name, component in health.components.items()}
    return HealthStatus(status=health.status, components=components)
