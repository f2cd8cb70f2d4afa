"""Which disclosures of a period rest on a rule or an agreement; the question is recorded."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from hub.api.bodies import JSON, json_answer, read_json
from hub.api.handlers.received import AboutPeriod
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL
from hub.pipeline.answers import Page, Period


class AboutGround(AboutPeriod, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same of one ground: ``rule NAME``, ``agreement NAME`` or ``agreement NAME@VERSION``."""

    ground: Annotated[str, Meta(pattern="^(rule|agreement) [^ ]+$", max_length=300)]


PATH = "/ledger/resting-on"
SHAPE = Shape(
    summary="Tell which disclosures of a period rest on a rule or an agreement; it is recorded.",
    body={JSON: AboutGround},
    answers={200: Answer("Disclosures in the order of the record, a page of them.", kind=Page)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with one page."""
    check_names(request, SHAPE.query)
    asked = await read_json(request, AboutGround)
    period = Period(asked.since, asked.until)
    questions = request.app[HUB].ledger.questions
    page = await questions.resting(
        request[PRINCIPAL], asked.ground, period, asked.reason, after=asked.after, limit=asked.limit
    )
    return json_answer(page)
