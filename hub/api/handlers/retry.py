"""Trying something held once more, since what it waited for has changed."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import Meta

from hub.api import problems
from hub.api.bodies import JSON, json_answer, read_json
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL
from schemas.exchange import Outcome


class Retry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is tried again."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]


PATH = "/held/{id}/retry"
RETRIED: Final = {200: Answer("It was taken.", kind=Outcome)}
SHAPE = Shape(summary="Try something held once more.", body={JSON: Retry}, answers=RETRIED)


async def handle(request: web.Request) -> web.Response:
    """Answer with what became of it."""
    check_names(request, SHAPE.query)
    retry, held_id = await read_json(request, Retry), request.match_info["id"]
    return settled(await request.app[HUB].quarantine.retry(request[PRINCIPAL], held_id, retry.reason))


def settled(outcome: Outcome) -> web.Response:
    """Return the outcome, or the problem answer where it was refused again."""
    return problems.refusal(outcome) if outcome.state == "refused" else json_answer(outcome)
