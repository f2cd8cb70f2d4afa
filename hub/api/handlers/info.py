"""Which build this is."""

from __future__ import annotations

import msgspec
from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.shape import Answer, Shape
from hub.api.state import SETTINGS


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """Name, version and revision of the build."""

    build: dict[str, str]


PATH = "/info"
SHAPE = Shape(summary="Tell which build this is.", answers={200: Answer("The build.", kind=Info)})


async def handle(request: web.Request) -> web.Response:
    """Answer with the build."""
    return json_answer(Info(build=dict(request.app[SETTINGS].build)))
