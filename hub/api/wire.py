"""The server under the application: limits on lines, headers and idle time, and silent protocol errors.

The library answers what it cannot parse by quoting it, and logs it with a traceback. Here both
say only what kind of thing was wrong.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Any, Final

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from hub.api import problems
from hub.api.errors import BadRequest
from hub.api.state import SETTINGS
from hub.errors import HubError

log = structlog.get_logger("hub.api")


class _NoDetail(logging.Filter):
    """Leaves of a record the class of its exception and nothing else."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        record.msg, record.args = "http protocol: %s", (kind.__name__ if kind else "notice",)
        record.exc_info = record.exc_text = record.stack_info = None
        return True


_quiet = logging.getLogger("hub.api.wire")
_quiet.addFilter(_NoDetail())

WIRE: Final[dict[str, Any]] = {
    "access_log": None,
    "auto_decompress": False,
    "keepalive_timeout": 60.0,
    "lingering_time": 5.0,
    "logger": _quiet,
    "max_field_size": 9 * 1024,
    "max_headers": 64,
    "max_line_size": 4 * 1024,
}
"""A token of 8 KiB fits a header; a client has a minute from one answer to the end of its next headers."""


class _Connection(RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP, or went wrong outside the middleware, without a word of it."""
        del message
        log.warning("protocol", status=status, error=type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError
        response = problems.answer(HubError() if status >= 500 else BadRequest())
        response.headers.update({"Server": "hub", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
        response.force_close()
        return response


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=asyncio.get_running_loop(), **WIRE)


class Runner(web.AppRunner):
    """Runs the application on connections that quote nothing; otherwise the library's own runner."""

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return _Server(server.request_handler, request_factory=server.request_factory)


async def serve(
    app: web.Application,
    host: str,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
    inner_host: str = "127.0.0.1",
    shutdown_seconds: float = 10.0,
) -> Runner:
    """Listen, on the inner port too where the settings name one; the runner's ``cleanup`` ends everything."""
    runner = Runner(app, shutdown_timeout=shutdown_seconds)
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=tls).start()
    inner_port = app[SETTINGS].inner_port
    if inner_port is not None:
        await web.TCPSite(runner, inner_host, inner_port).start()
    return runner
