"""What one person is told about what was told of them, as data; the question is recorded."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from hub.api.bodies import JSON, json_answer, read_json
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL
from hub.ledger.questions.restrictions import Restriction
from hub.ledger.questions.statement import SubjectStatement
from schemas.record.person import Person


class AboutSubject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """About whom it is, why it is asked, and what is left out on which ground in law."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]
    person: Person
    restrictions: Annotated[list[Restriction], Meta(max_length=100)] = []


PATH = "/ledger/subject"
SHAPE = Shape(
    summary="Tell what was told about one person, to whom and why, complete up to a checkpoint; it is recorded.",
    body={JSON: AboutSubject},
    answers={200: Answer("What the person may be told.", kind=SubjectStatement)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the statement."""
    check_names(request, SHAPE.query)
    asked = await read_json(request, AboutSubject)
    questions = request.app[HUB].ledger.questions
    return json_answer(await questions.subject(request[PRINCIPAL], asked.person, asked.reason, asked.restrictions))
