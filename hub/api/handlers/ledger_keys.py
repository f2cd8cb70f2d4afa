"""The public keys by which anybody checks the log's checkpoints, signed by each of them."""

from __future__ import annotations

import asyncio

from aiohttp import web

from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB

PATH = "/.well-known/offender-hub-ledger-keys"
SHAPE = Shape(
    summary="List the public keys of the log over the record, the newest last; each of them has signed the list.",
    answers={200: Answer("The keys as a signed note.", "text/plain")},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with every key that signs or signed."""
    check_names(request, SHAPE.query)
    keys = await asyncio.to_thread(request.app[HUB].ledger.log.keys)
    return web.Response(text=keys.published(), content_type="text/plain", charset="utf-8")
