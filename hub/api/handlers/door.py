"""Changing the door by which one recipient gets its copies."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import JSON, json_answer, read_json
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, own_recipient
from schemas.exchange import Door, DoorWanted

PATH = "/doors/{recipient}"
SHAPE = Shape(
    summary="Choose a recipient's door; what has no receipt comes by the new one, as soon as it is open.",
    body={JSON: DoorWanted},
    answers={200: Answer("How the door stands now.", kind=Door)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with how the door stands: opening or closing, until that is done."""
    check_names(request, SHAPE.query)
    recipient = own_recipient(request, request.match_info["recipient"])
    wanted = await read_json(request, DoorWanted)
    return json_answer(await request.app[HUB].standing.ask(recipient, wanted.door))
