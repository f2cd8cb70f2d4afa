"""What an agency's recipients were given in a period; the question is recorded."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from hub.api.bodies import JSON, json_answer, read_json
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL
from hub.pipeline.answers import Page, Period


class AboutPeriod(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A period, why it is asked, and where a further page begins."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]
    since: Annotated[dt.datetime, Meta(tz=True)]
    until: Annotated[dt.datetime, Meta(tz=True)]
    after: Annotated[str, Meta(max_length=200)] = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 1000


class AboutAgency(AboutPeriod, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same of one agency."""

    agency: Annotated[str, Meta(min_length=1, max_length=64)]


PATH = "/ledger/received"
SHAPE = Shape(
    summary="Tell what an agency was given in a period: your own, or with ledger:audit any; it is recorded.",
    body={JSON: AboutAgency},
    answers={200: Answer("Disclosures by time, a page of them.", kind=Page)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with one page."""
    check_names(request, SHAPE.query)
    asked = await read_json(request, AboutAgency)
    period = Period(asked.since, asked.until)
    questions = request.app[HUB].ledger.questions
    page = await questions.received(
        request[PRINCIPAL], asked.agency, period, asked.reason, after=asked.after, limit=asked.limit
    )
    return json_answer(page)
