"""The proof of what one of the caller's recipients was given by a copy."""

from __future__ import annotations

from aiohttp import web

from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL, own_recipient
from schemas.proof_file import write_proof

PATH = "/mailboxes/{recipient}/copies/{id}/proof"
SHAPE = Shape(
    summary="Give the proof of what a recipient was given by a copy, to be verified without the hub; that is recorded.",
    answers={200: Answer("A proof file.", "application/json")},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with a proof file, which names nobody else and not who published."""
    check_names(request, SHAPE.query)
    recipient = own_recipient(request, request.match_info["recipient"])
    ledger = request.app[HUB].ledger
    proof = await ledger.prove(request[PRINCIPAL], request.match_info["id"], recipient, "")
    return web.Response(text=write_proof(proof), content_type="application/json")
