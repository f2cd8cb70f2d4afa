"""Saying who an event is about that the hub could not settle by itself."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from hub.api.bodies import JSON, read_json
from hub.api.errors import BadBody
from hub.api.handlers.retry import RETRIED, settled
from hub.api.queries import check_names
from hub.api.shape import Shape
from hub.api.state import HUB, PRINCIPAL
from hub.errors import Problem


class Settlement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either one of the candidates, or that it is somebody new; and the reason."""

    person: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    new: bool = False
    reason: Annotated[str, Meta(min_length=3, max_length=500)]


PATH = "/held/{id}/settle"
SHAPE = Shape(summary="Say whom a held event is about.", body={JSON: Settlement}, answers=RETRIED)


async def handle(request: web.Request) -> web.Response:
    """Answer with what became of the event."""
    check_names(request, SHAPE.query)
    chosen = await read_json(request, Settlement)
    person = None if chosen.person is UNSET else chosen.person
    if (person is None) is not chosen.new:
        raise BadBody(Problem("person", "is named, or new is true: one of the two"))
    quarantine, principal, held_id = request.app[HUB].quarantine, request[PRINCIPAL], request.match_info["id"]
    return settled(await quarantine.settle(principal, held_id, person=person, new=chosen.new, reason=chosen.reason))
