"""A mailbox as server-sent events: what has no receipt first, then each copy as it is committed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Final

import msgspec
from aiohttp import web

from hub.api.errors import NotAcceptable
from hub.api.handlers.copies import mark_sent, waiting, within
from hub.api.queries import check_names
from hub.api.shape import Answer, Shape
from hub.api.state import HUB, METRICS, PRINCIPAL, SETTINGS, WATCHES, own_recipient
from hub.api.watches import BEGINNING
from hub.delivery.mailroom import Copy
from schemas.exchange import Waiting

PATH = "/mailboxes/{recipient}/stream"
MEDIA: Final = "text/event-stream"
SHAPE = Shape(
    summary="Give the copies that have no receipt, then each new one, until the token expires or the door changes.",
    answers={200: Answer("Events named copy, whose data is a Waiting.", MEDIA, Waiting)},
)
AT_ONCE: Final = 50
MOST_BYTES: Final = 1024 * 1024
HEARTBEAT: Final = b": still here\n\n"
LINE_END: Final = re.compile(rb"[\r\n]+")


async def handle(request: web.Request) -> web.StreamResponse:
    """Write until the token expires, the door changes, the server stops, or the reader goes away or stalls."""
    check_names(request, SHAPE.query)
    recipient = own_recipient(request, request.match_info["recipient"])
    accept = request.headers.get("Accept", MEDIA)
    if not any(kind in accept for kind in (MEDIA, "text/*", "*/*")):
        raise NotAcceptable
    request.app[HUB].standing.check_http(recipient)
    with request.app[WATCHES].place(recipient), request.app[METRICS].streams.track_inprogress():
        response = web.StreamResponse(headers={"Content-Type": MEDIA})
        stream = _Stream(request, recipient, response)
        try:
            await response.prepare(request)
            await stream.run()
        except (ConnectionError, TimeoutError):
            _let_go(request)
        return response


def _let_go(request: web.Request) -> None:
    """Drop a reader that went away or stalled, with what waits in its socket."""
    if request.transport is not None:
        request.transport.abort()


class _Stream:
    """One reader: how far it has been served in each lane, and when it last heard from us."""

    def __init__(self, request: web.Request, recipient: str, response: web.StreamResponse) -> None:
        self._request = request
        self._hub = request.app[HUB]
        self._watches = request.app[WATCHES]
        self._settings = request.app[SETTINGS]
        self._recipient = recipient
        self._response = response
        self._after = dict(BEGINNING)
        self._clock = asyncio.get_running_loop().time
        self._quiet_since = self._clock()

    async def run(self) -> None:
        """Serve until the end."""
        await self._write(HEARTBEAT)
        while (seconds := self._seconds()) > 0 and not self._watches.stopping():
            copies = await self._watches.look(self._recipient, seconds, AT_ONCE, self._after)
            if not self._hub.standing.by_http(self._recipient):
                return
            if copies:
                await self._give(within(copies, MOST_BYTES))
            elif self._clock() - self._quiet_since >= self._settings.heartbeat_seconds:
                await self._write(HEARTBEAT)

    def _seconds(self) -> float:
        """Return how long to wait at most: until the next heartbeat, or the token's end if that is sooner."""
        left = (self._request[PRINCIPAL].expires - self._hub.now()).total_seconds()
        beat = self._quiet_since + self._settings.heartbeat_seconds - self._clock()
        return min(left, max(beat, 0.001))

    async def _give(self, copies: Sequence[Copy]) -> None:
        for copy in copies:
            await self._write(_event(copy))
        await mark_sent(self._request, self._recipient, copies)
        for copy in copies:
            self._after[copy.lane] = max(self._after[copy.lane], copy.number)

    async def _write(self, data: bytes) -> None:
        """Write and wait for the reader; raises ``TimeoutError`` where it stalls."""
        async with asyncio.timeout(self._settings.write_seconds):
            await self._response.write(data)
        self._quiet_since = self._clock()


def _event(copy: Copy) -> bytes:
    """Return one event; a line's end in JSON is always blank space, so it may go."""
    data = LINE_END.sub(b" ", msgspec.json.encode(waiting(copy)))
    return b"id: %d\nevent: copy\ndata: %s\n\n" % (copy.number, data)
