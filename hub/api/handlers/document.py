"""What one person is told about what was told of them, as a page to be read; the question is recorded."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import JSON, read_json
from hub.api.handlers.statement import AboutSubject
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL
from hub.ledger.questions.pages import html

PATH = "/ledger/subject/document"
SHAPE = Shape(
    summary="Give the same as an accessible page for the person.",
    body={JSON: AboutSubject},
    answers={200: Answer("The page.", "text/html")},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the page."""
    check_names(request, SHAPE.query)
    asked = await read_json(request, AboutSubject)
    questions = request.app[HUB].ledger.questions
    found = await questions.subject(request[PRINCIPAL], asked.person, asked.reason, asked.restrictions)
    return web.Response(text=html(found), content_type="text/html", charset="utf-8")
