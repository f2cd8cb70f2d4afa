"""What is in something held, for a stated reason; that it was asked for stands in the record first."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from hub.api.bodies import JSON, json_answer, read_json
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL
from hub.pipeline.quarantine import Shown


class Show(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it has to be seen."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]


PATH = "/held/{id}/show"
SHAPE = Shape(
    summary="Show what is in something held: to the agency whose own event it is, and to the hub's operators.",
    body={JSON: Show},
    answers={200: Answer("What is held, with its body.", kind=Shown)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the body, as text or in base64."""
    check_names(request, SHAPE.query)
    asked, held_id = await read_json(request, Show), request.match_info["id"]
    return json_answer(await request.app[HUB].quarantine.show(request[PRINCIPAL], held_id, asked.reason))
