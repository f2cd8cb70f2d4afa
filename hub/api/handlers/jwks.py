"""The public keys by which anybody checks the hub's tokens (RFC 7517)."""

from __future__ import annotations

from aiohttp import web

from hub.access.keys import Jwks
from hub.api.bodies import json_answer
from hub.api.shape import Answer, Shape
from hub.api.state import ACCESS

PATH = "/.well-known/jwks.json"
SHAPE = Shape(
    summary="List the public keys of the hub's tokens.",
    answers={200: Answer("The keys, the signing one first.", kind=Jwks)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with every key that is accepted."""
    return json_answer(request.app[ACCESS].keys.jwks())
