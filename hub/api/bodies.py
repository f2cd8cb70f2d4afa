"""Bodies in and out: read within bounds, decoded strictly, written compactly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec
from aiohttp import web

from hub.api.errors import BadBody, NotJson, TooSlow
from hub.api.state import SETTINGS
from hub.errors import Malformed, Problem, Refused, TooLarge
from hub.intake.read import problem_of
from hub.intake.wellformed import check_wellformed

JSON: Final = "application/json"
T = TypeVar("T")


def media_type(request: web.Request, taken: tuple[str, ...], refuse: type[Refused]) -> str:
    """Return the one content type of a request, in UTF-8 and not compressed; raises ``refuse``."""
    if request.headers.getall("Content-Encoding", ["identity"]) != ["identity"]:
        raise refuse(Problem("Content-Encoding", "is not taken: send the body as it is"))
    given = request.headers.getall("Content-Type", [])
    media, _, charset = given[0].partition(";") if len(given) == 1 else ("", "", "")
    media = media.strip().lower()
    if media not in taken or charset.strip().lower().replace('"', "") not in {"", "charset=utf-8"}:
        raise refuse(Problem("Content-Type", f"is not {' or '.join(taken)}"))
    return media


async def read_body(request: web.Request, limit: int, took: Callable[[int], None] = lambda _: None) -> bytes:
    """Return the body; never more than ``limit`` bytes of it are in memory, and ``took`` is told of each part.

    Raises:
        TooLarge: there is more, announced or sent.
        TooSlow: it did not arrive in time.
        Malformed: it broke off, or its transfer encoding is wrong.
    """
    if (request.content_length or 0) > limit:
        raise TooLarge(Problem("body", f"is larger than {limit} bytes"))
    body = bytearray()
    try:
        async with asyncio.timeout(request.app[SETTINGS].body_seconds):
            async for part in request.content.iter_any():
                if len(body) + len(part) > limit:
                    raise TooLarge(Problem("body", f"is larger than {limit} bytes"))
                took(len(part))
                body += part
    except TimeoutError:
        raise TooSlow(Problem("body", "took too long to arrive")) from None
    except (web.RequestPayloadError, ConnectionError):
        raise Malformed(Problem("body", "broke off")) from None
    return bytes(body)


async def read_json(request: web.Request, kind: type[T]) -> T:
    """Return the JSON body as a ``kind``.

    Raises:
        NotJson: another content type.
        BadBody: it does not fit the schema, naming the field and the rule.
        Malformed: not strict JSON in UTF-8.
    """
    media_type(request, (JSON,), NotJson)
    body = await read_body(request, request.app[SETTINGS].request_bytes)
    check_wellformed(body)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise BadBody(problem_of(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed(Problem("body", "is not well-formed JSON")) from None


def json_answer(value: Any, status: int = 200) -> web.Response:  # noqa: ANN401 - any encodable value
    """Return the value as a JSON answer."""
    return web.Response(status=status, body=msgspec.json.encode(value), content_type=JSON)
