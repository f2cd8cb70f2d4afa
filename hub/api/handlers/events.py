"""Publishing: one event by itself, or a batch in which one bad event harms no other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from hub.api import batch, problems
from hub.api.bodies import json_answer, media_type, read_body
from hub.api.queries import check_names
from hub.api.shape import Answer, AnyOf, Shape
from hub.api.state import GATE, HUB, PRINCIPAL, SETTINGS
from hub.errors import Malformed, TooLarge, WrongMediaType
from schemas.catalogue import CATALOGUE
from schemas.envelope import BATCH, SINGLE, Envelope
from schemas.exchange import Outcome, Published

PATH = "/events"
ACCEPTED: Final = 202
_ENVELOPES = tuple(
    Envelope[kind]  # type: ignore[valid-type]  # made from the catalogue
    for kind in dict.fromkeys(row.data for row in CATALOGUE.values() if row.asserted_by)
)
SHAPE = Shape(
    summary="Publish one event, or a batch; a refused event is kept for the operators.",
    body={SINGLE: AnyOf(_ENVELOPES), BATCH: AnyOf(_ENVELOPES, many=True)},
    answers={
        200: Answer("A batch was read: an outcome for each event, in order.", kind=Published),
        ACCEPTED: Answer("The event is durable at the hub, now or since before.", kind=Outcome),
    },
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the outcome of one event, or with those of a batch."""
    check_names(request, SHAPE.query)
    try:
        return await _read(request)
    except (WrongMediaType, TooLarge) as refusal:
        await request.app[HUB].refused(request[PRINCIPAL], refusal)
        raise


async def _read(request: web.Request) -> web.Response:
    media = media_type(request, (SINGLE, BATCH), WrongMediaType)
    settings = request.app[SETTINGS]
    with request.app[GATE].arriving() as hold:
        if media == BATCH:
            return await _batch(request, await read_body(request, settings.batch_bytes, hold.take))
        return await _single(request, await read_body(request, settings.single_bytes, hold.take))


async def _single(request: web.Request, body: bytes) -> web.Response:
    (outcome,) = await _publish(request, [body])
    return problems.refusal(outcome) if outcome.state == "refused" else json_answer(outcome, ACCEPTED)


async def _batch(request: web.Request, body: bytes) -> web.Response:
    try:
        events = batch.split(body, request.app[SETTINGS].batch_events)
    except Malformed:
        # Kept for the operators like any other refusal, unless it is an event under the wrong content type.
        if not body.lstrip().startswith(b"{"):
            await _publish(request, [body])
        raise
    return json_answer(Published(outcomes=await _publish(request, events) if events else []))


async def _publish(request: web.Request, bodies: Sequence[bytes]) -> list[Outcome]:
    with request.app[GATE].submitted():
        return await request.app[HUB].publish(request[PRINCIPAL], bodies)
