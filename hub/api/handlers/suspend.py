"""Suspending an agency's part in the sharing."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import JSON, json_answer, read_json
from hub.api.handlers.suspensions import LISTED
from hub.api.queries import check_names
from hub.api.shape import Shape
from hub.api.state import HUB, PRINCIPAL
from schemas.exchange import Suspension

PATH = "/suspensions/{agency}"
SHAPE = Shape(
    summary="Suspend an agency's part: from now on it is told nothing, and nothing is taken from it.",
    body={JSON: Suspension},
    answers=LISTED,
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the agencies that take no part now."""
    check_names(request, SHAPE.query)
    why = await read_json(request, Suspension)
    agency = request.match_info["agency"]
    return json_answer(await request.app[HUB].standing.suspend(request[PRINCIPAL], agency, why.reason))
