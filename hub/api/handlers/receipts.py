"""A recipient's word that copies are in its hands."""

from __future__ import annotations

from aiohttp import web

from hub.api.bodies import JSON, json_answer, read_json
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL, own_recipient
from schemas.exchange import Receipt, Receipted

PATH = "/receipts"
SHAPE = Shape(
    summary="Take a receipt: these copies are in the recipient's hands.",
    body={JSON: Receipt},
    answers={200: Answer("How many are now received.", kind=Receipted)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with how many of the named copies are now received."""
    check_names(request, SHAPE.query)
    receipt = await read_json(request, Receipt)
    own_recipient(request, receipt.recipient)
    return json_answer(Receipted(received=await request.app[HUB].receive(receipt, client=request[PRINCIPAL].client_id)))
