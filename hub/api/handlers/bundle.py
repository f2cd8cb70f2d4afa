"""What the log is over: the entries' commitments, 32 bytes each (C2SP tlog-tiles, entry bundles)."""

from __future__ import annotations

import asyncio

from aiohttp import web

from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB
from hub.errors import NotFound
from hub.ledger.tiles import named

PATH = "/ledger/{shard}/tile/entries/{bundle}"
MATCHED = r"/ledger/{shard:\d{4}-\d{2}}/tile/entries/{bundle:.+}"
SHAPE = Shape(
    summary="Give the commitments of the entries under a tile, each behind its length of two bytes.",
    answers={200: Answer("The commitments.", "application/octet-stream")},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the commitments under one tile."""
    check_names(request, SHAPE.query)
    wanted = named(request.match_info["bundle"])
    if wanted is None:
        raise NotFound
    found = await asyncio.to_thread(request.app[HUB].ledger.log.bundle, request.match_info["shard"], *wanted)
    if found is None:
        raise NotFound
    return web.Response(body=found, content_type="application/octet-stream")
