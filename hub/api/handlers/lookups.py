"""A look-up of one person, answered alike for a stranger and for somebody whom the caller may not know of."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from hub.api.bodies import JSON, json_answer, read_json
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL, SETTINGS, own_recipient
from schemas.exchange import Found, Lookup

PATH = "/lookups"
SHAPE = Shape(
    summary="Look one person up, for a stated reason, under the policy in force; it is recorded.",
    body={JSON: Lookup},
    answers={200: Answer("What the recipient may know, perhaps nothing.", kind=Found)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with what may be told, at a whole multiple of a fixed time."""
    began = asyncio.get_running_loop().time()
    check_names(request, SHAPE.query)
    lookup = await read_json(request, Lookup)
    own_recipient(request, lookup.recipient)
    try:
        given = await request.app[HUB].look_up(request[PRINCIPAL], lookup)
        return json_answer(Found(given=msgspec.Raw(given)))
    finally:
        await _until_multiple(began, request.app[SETTINGS].lookup_grain)


async def _until_multiple(began: float, grain: float) -> None:
    """Wait until a whole number of grains has passed: finding somebody takes longer than finding nobody."""
    taken = asyncio.get_running_loop().time() - began
    await asyncio.sleep(grain - taken % grain)
