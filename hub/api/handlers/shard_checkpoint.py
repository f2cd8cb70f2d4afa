"""Where the log of one month stands, or ended, signed (C2SP tlog-checkpoint)."""

from __future__ import annotations

import asyncio

from aiohttp import web

from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB
from hub.errors import NotFound

PATH = "/ledger/{shard}/checkpoint"
MATCHED = r"/ledger/{shard:\d{4}-\d{2}}/checkpoint"
SHAPE = Shape(
    summary="Tell where the log of one month stands, or ended: its size and root, signed, and the month before it.",
    answers={200: Answer("A checkpoint as a signed note.", "text/plain")},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the month's last checkpoint."""
    check_names(request, SHAPE.query)
    note = await asyncio.to_thread(request.app[HUB].ledger.log.checkpoint_of, request.match_info["shard"])
    if note is None:
        raise NotFound
    return web.Response(text=note, content_type="text/plain", charset="utf-8")
