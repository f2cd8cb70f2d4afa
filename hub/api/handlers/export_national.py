"""The entries of a period in the published national shape, line by line; that it was asked for is recorded."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from hub.api.bodies import JSON, read_json
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL, SETTINGS
from hub.ledger.questions.exported import MEDIA, Form
from hub.pipeline.answers import Period


class AboutExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which period, and why."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]
    since: Annotated[dt.datetime, Meta(tz=True)]
    until: Annotated[dt.datetime, Meta(tz=True)]


PATH = "/ledger/export/national"
SHAPE = Shape(
    summary="Export the entries of a period in the published national shape; it is recorded.",
    body={JSON: AboutExport},
    answers={200: Answer("One JSON object a line.", MEDIA["national"])},
)


async def handle(request: web.Request) -> web.StreamResponse:
    """Write the lines as they are read."""
    return await exported(request, "national")


async def exported(request: web.Request, form: Form) -> web.StreamResponse:
    """Write an export in some form, a portion at a time; a reader that stalls is let go."""
    check_names(request, SHAPE.query)
    asked = await read_json(request, AboutExport)
    parts = request.app[HUB].ledger.questions.export(
        request[PRINCIPAL], Period(asked.since, asked.until), form, asked.reason
    )
    first = await anext(parts, b"")  # a refusal comes with the first of them, before anything is answered
    response = web.StreamResponse(headers={"Content-Type": MEDIA[form]})
    await response.prepare(request)
    part = first
    while part:
        async with asyncio.timeout(request.app[SETTINGS].write_seconds):
            await response.write(part)
        part = await anext(parts, b"")
    await response.write_eof()
    return response
