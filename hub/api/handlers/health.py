"""The health of the hub and of each component."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.shape import Answer, Shape
from hub.api.state import PULSE


class HealthStatus(msgspec.Struct, frozen=True, kw_only=True):
    """``UP`` or ``DOWN``, as a whole and for each component."""

    status: Literal["UP", "DOWN"]
    components: dict[str, Any] = {}


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
    return json_answer(health, 200 if health.get("status") == "UP" else 503)
