"""The tiles of the log's tree (C2SP tlog-tiles)."""

from __future__ import annotations

import asyncio

from aiohttp import web

from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB
from hub.errors import NotFound
from hub.ledger.tiles import named

PATH = "/ledger/{shard}/tile/{level}/{tile}"
MATCHED = r"/ledger/{shard:\d{4}-\d{2}}/tile/{level:\d{1,2}}/{tile:.+}"
MOST_LEVEL = 63
SHAPE = Shape(
    summary="Give a tile of a month's tree; its number in groups of three digits, and a width where it is not full.",
    answers={200: Answer("The hashes, 32 bytes each.", "application/octet-stream")},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the hashes of one tile."""
    check_names(request, SHAPE.query)
    shard, level, wanted = request.match_info["shard"], request.match_info["level"], named(request.match_info["tile"])
    if wanted is None or str(int(level)) != level or int(level) > MOST_LEVEL:
        raise NotFound
    found = await asyncio.to_thread(request.app[HUB].ledger.log.tile, shard, int(level), *wanted)
    if found is None:
        raise NotFound
    return web.Response(body=found, content_type="application/octet-stream")
