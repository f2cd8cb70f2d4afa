"""Trying everything held once more, or all that is held for one reason or of one agency."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from hub.api.bodies import JSON, json_answer, read_json
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, PRINCIPAL


class RetryAll(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is tried again; and which: what is held for one reason, or of one agency."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]
    why: Annotated[str, Meta(pattern="^[a-z-]{1,40}$")] | UnsetType = UNSET
    agency: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """How many things came to what: a state, or the code of what keeps them held."""

    outcomes: dict[str, int]


PATH = "/held/retry-all"
SHAPE = Shape(
    summary="Try all that is held once more, in the order in which it was held; questions only if they are asked for.",
    body={JSON: RetryAll},
    answers={200: Answer("What came of it.", kind=Outcomes)},
)


async def handle(request: web.Request) -> web.Response:
    """Answer with the count of each outcome."""
    check_names(request, SHAPE.query)
    asked, quarantine, principal = await read_json(request, RetryAll), request.app[HUB].quarantine, request[PRINCIPAL]
    why, agency = (None if word is UNSET else word for word in (asked.why, asked.agency))
    outcomes: Counter[str] = Counter()
    held_ids = await quarantine.to_retry(principal, why=why, agency=agency)
    async for words in quarantine.retry_each(principal, held_ids, asked.reason):
        outcomes.update(words)
    return json_answer(Outcomes(outcomes=dict(outcomes)))
