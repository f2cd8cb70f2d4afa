"""Who was told to put something right, and how far that has come."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.queries import Number, Word, check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB
from schemas.exchange import Corrections

PATH = "/corrections"
MATTER = Word("matter", "", r"^[0-9a-f]{0,32}$")
CLOSED = Number("closed", default=0, least=0, most=1)
SHAPE = Shape(
    summary="List what was put right and has no receipt yet, oldest first; of one matter, or of all.",
    query=(MATTER, CLOSED),
    answers={200: Answer("Each recipient's correction, the closed ones too where that is asked.", kind=Corrections)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the corrections; they name recipients and deliveries, and never a person."""
    check_names(request, SHAPE.query)
    matter, closed = MATTER.read(request) or None, bool(CLOSED.read(request))
    found = await request.app[HUB].corrections.states(matter=matter, closed=closed)
    return json_answer(Corrections(corrections=found))
