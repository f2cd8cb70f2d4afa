"""What is held for an operator or a coordinator: refused input, people not told apart, copies that wait."""

from __future__ import annotations

import msgspec
from aiohttp import web

from hub.api.bodies import json_answer
from hub.api.queries import Number, Word, check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL
from hub.store.port import HeldItem


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Things held: why, whose, and which fields broke which rules; never a value."""

    held: list[HeldItem]


PATH = "/held"
STATE = Word("state", "held", r"^[a-z-]{1,20}$")
REASON = Word("reason", "", r"^[a-z-]{0,40}$")
AGENCY = Word("agency", "", r"^[A-Za-z0-9._-]{0,64}$")
LIMIT = Number("limit", default=100, least=1, most=500)
SHAPE = Shape(
    summary="List what is held of the caller's own agency, or of every agency for the hub's operators.",
    query=(STATE, REASON, AGENCY, LIMIT),
    answers={200: Answer("Things held.", kind=Held)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with what is held in one state, for one reason or all, of one agency or all that the caller may see."""
    check_names(request, SHAPE.query)
    items = await request.app[HUB].quarantine.items(
        request[PRINCIPAL],
        state=STATE.read(request),
        why=REASON.read(request) or None,
        agency=AGENCY.read(request) or None,
        limit=LIMIT.read(request),
    )
    return json_answer(Held(held=items))
