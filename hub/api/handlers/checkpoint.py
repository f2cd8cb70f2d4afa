"""Where the log over the record stands, signed (C2SP tlog-checkpoint)."""

from __future__ import annotations

import asyncio

from aiohttp import web

from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB

PATH = "/ledger/checkpoint"
SHAPE = Shape(
    summary="Tell where the log over the record stands: its size and root, signed.",
    answers={200: Answer("A checkpoint as a signed note.", "text/plain")},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the last checkpoint."""
    check_names(request, SHAPE.query)
    note = await asyncio.to_thread(request.app[HUB].ledger.log.checkpoint)
    return web.Response(text=note, content_type="text/plain", charset="utf-8")
