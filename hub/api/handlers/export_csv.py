"""The entries of a period as CSV (RFC 4180), line by line; that it was asked for is recorded."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import JSON
from hub.api.handlers.export_national import AboutExport, exported
from hub.api.shape import Answer, Shape
from hub.ledger.questions.exported import MEDIA

PATH = "/ledger/export/csv"
SHAPE = Shape(
    summary="Export the entries of a period as CSV; it is recorded.",
    body={JSON: AboutExport},
    answers={200: Answer("One entry, or one recipient of it, a line.", MEDIA["csv"])},
)


async def handle(request: web.Request) -> web.StreamResponse:
    """Write the lines as they are read."""
    return await exported(request, "csv")
