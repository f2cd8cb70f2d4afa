"""The file that shows what a recipient was never given; the question is recorded."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from hub.api.bodies import JSON, read_json
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL
from hub.pipeline.answers import Period
from schemas.labels import Category
from schemas.never_file import write_never


class AboutNever(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of whom it is asked, what it is that was never given, in which period, and why."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]
    recipient: Annotated[str, Meta(min_length=1, max_length=64)]
    category: Category
    since: Annotated[dt.datetime, Meta(tz=True)]
    until: Annotated[dt.datetime, Meta(tz=True)]


PATH = "/ledger/never-given"
SHAPE = Shape(
    summary="Give the file that shows what a recipient was never given in a period; it is recorded.",
    body={JSON: AboutNever},
    answers={200: Answer("The file: docs/formats/never-given.md.", kind=dict[str, Any])},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the file."""
    check_names(request, SHAPE.query)
    asked = await read_json(request, AboutNever)
    period = Period(asked.since, asked.until)
    questions = request.app[HUB].ledger.questions
    found = await questions.never(request[PRINCIPAL], asked.recipient, asked.category, period, asked.reason)
    return web.Response(text=write_never(found), content_type=JSON)
