"""What was told about one person: to whom, when, under which rule, and what was withheld."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from hub.api.bodies import JSON, json_answer, read_json
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL
from schemas.record.person import Person


class Enquiry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question about what was told of one person, for a stated reason."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]
    person: Person


class Disclosures(msgspec.Struct, frozen=True, kw_only=True):
    """What was told: names, rules and times, never the values."""

    disclosures: list[dict[str, Any]]


PATH = "/disclosures"
SHAPE = Shape(
    summary="List what was told about one person, to whom and under which rule; the question is recorded.",
    body={JSON: Enquiry},
    answers={200: Answer("The disclosures, oldest first.", kind=Disclosures)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with every disclosure about the person."""
    check_names(request, SHAPE.query)
    enquiry = await read_json(request, Enquiry)
    found = await request.app[HUB].disclosures(request[PRINCIPAL], enquiry.person, enquiry.reason)
    return json_answer(Disclosures(disclosures=found))
