"""What an HTTP answer of the hub means: good, refused, not admitted, or worth asking again."""

from __future__ import annotations

import email.utils
import math
import time
from collections.abc import Mapping
from typing import Final, TypeVar

import aiohttp
import msgspec

from adapters.sdk.errors import MalformedAnswer, NotAdmitted, Refused, Unavailable
from schemas.exchange import ProblemDetails

T = TypeVar("T")
LARGEST: Final = 32 * 1024 * 1024
LONGEST_WAIT: Final = 600.0
AGAIN: Final = frozenset({408, 425, 429})
UNDECODABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


async def read_body(answer: aiohttp.ClientResponse) -> bytes:
    """Return an answer's body; raises ``MalformedAnswer`` above 32 MiB, before all of it is held."""
    parts = bytearray()
    async for part in answer.content.iter_chunked(1 << 16):
        parts += part
        if len(parts) > LARGEST:
            raise MalformedAnswer("too large")
    return bytes(parts)


def decoded(body: bytes, kind: type[T]) -> T:
    """Return a good answer's body as its type; raises ``MalformedAnswer``."""
    try:
        return msgspec.json.decode(body, type=kind)
    except UNDECODABLE:
        # From None: the decoder's own message may quote what it could not read.
        raise MalformedAnswer(f"not a {kind.__name__}") from None


def raise_for(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Raise what an answer's status means; return for a good one."""
    if 200 <= status < 300:
        return
    if status == 401:
        refusal = _refusal(status, body)
        raise NotAdmitted(refusal.problem if isinstance(refusal, Refused) else refusal.detail)
    if status >= 500 or status in AGAIN:
        raise Unavailable(f"status {status}", after=retry_after(headers.get("Retry-After", "")))
    if status < 400:
        raise MalformedAnswer(f"status {status}")
    raise _refusal(status, body)


def retry_after(value: str, now: float | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks for, at most ten minutes; None where it says nothing."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - (time.time() if now is None else now)
        except ValueError:
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def _refusal(status: int, body: bytes) -> Refused | NotAdmitted:
    """Read a refusal as RFC 9457 has it, or as RFC 6749 has it at the token endpoint."""
    try:
        problem = msgspec.json.decode(body, type=ProblemDetails)
    except UNDECODABLE:
        return _oauth_refusal(status, body)
    code = problem.type.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1].rsplit("#", 1)[-1]
    return Refused(code or f"status-{status}", [f"{each.field}: {each.rule}" for each in problem.errors], status)


class _OAuthError(msgspec.Struct):
    error: str


def _oauth_refusal(status: int, body: bytes) -> Refused | NotAdmitted:
    try:
        return NotAdmitted(msgspec.json.decode(body, type=_OAuthError).error[:40])
    except UNDECODABLE:
        return Refused(f"status-{status}", status=status)
