"""What every request passes, outermost first: identity, log, metrics, problems, caller, permission."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from typing import Final

import structlog
from aiohttp import web

from hub.api import problems
from hub.api.errors import NoSuchMethod
from hub.api.metrics import method_label
from hub.api.routes import permissions_of
from hub.api.shape import PUBLIC, Handler
from hub.api.state import ACCESS, BEGUN, HUB, METRICS, PRINCIPAL, REQUEST_ID, pattern
from hub.errors import HubError, NotFound, NotPermitted, Refused, TooLarge, Unauthenticated

log = structlog.get_logger("hub.api")

TRACE: Final = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
BEARER: Final = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
QUESTIONS: Final = ("/lookups", "/disclosures", "/ledger/")
"""How the addresses begin at which is asked about people."""
GONE: Final = 499
"""In log and metrics only: the client went away before its answer."""
BY_STATUS: Final[dict[int, type[Refused]]] = {404: NotFound, 405: NoSuchMethod, 413: TooLarge}


@web.middleware
async def identified(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an identifier: a random one, or the trace that a well-formed ``traceparent`` names."""
    trace = TRACE.fullmatch(request.headers.get("traceparent", ""))
    request[REQUEST_ID] = trace.group(1) if trace else secrets.token_hex(16)
    return await handler(request)


@web.middleware
async def logged(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log the route's pattern and the outcome; never the path, the query or a body."""
    began, status = time.perf_counter(), GONE
    try:
        response = await handler(request)
        status = response.status
        return response
    finally:
        principal = request.get(PRINCIPAL)
        log.info(
            "request",
            request_id=request[REQUEST_ID],
            method=method_label(request.method),
            route=pattern(request),
            status=status,
            milliseconds=round(1000 * (time.perf_counter() - began), 1),
            client=principal.client_id if principal else None,
        )


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the request by route, method and status, and time it unless it is a stream."""
    metrics, began, status = request.app[METRICS], time.perf_counter(), GONE
    route = pattern(request)
    try:
        response = await handler(request)
        status = response.status
        if response.content_type != "text/event-stream":
            metrics.seconds.labels(route).observe(time.perf_counter() - began)
        return response
    finally:
        metrics.requests.labels(route, method_label(request.method), str(status)).inc()


@web.middleware
async def explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals and faults into problem answers; of anything unexpected, tell and log its class alone."""
    try:
        return await handler(request)
    except HubError as error:
        await _recorded(request, error)
        return _told(request, error)
    except web.HTTPException as error:
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return _told(request, BY_STATUS.get(error.status, Refused)(), headers)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - the last door: nothing of the error may pass it
        kind = type(error).__name__
        log.error("unexpected", request_id=request[REQUEST_ID], route=pattern(request), error=kind)
        return _told(request, HubError())


@web.middleware
async def authenticated(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Establish who calls, where the address is not for anybody; raises ``Unauthenticated``."""
    if request.match_info.http_exception is None and PUBLIC not in permissions_of(request):
        request[PRINCIPAL] = request.app[ACCESS].verify(_bearer(request), request.app[HUB].now())
    return await handler(request)


@web.middleware
async def permitted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check that the caller takes part, and that its token and the directory both give it what the address needs."""
    if request.match_info.http_exception is None and PUBLIC not in (needed := permissions_of(request)):
        principal = request[PRINCIPAL]
        system = request.app[HUB].directory.systems.get(principal.client_id)
        if system is None:  # struck off since the token was given
            raise Unauthenticated
        request.app[HUB].standing.check(system.agency)
        if not needed.intersection(system.permissions, principal.permissions):
            raise NotPermitted
    return await handler(request)


MIDDLEWARES: Final = (identified, logged, measured, explained, authenticated, permitted)


def _bearer(request: web.Request) -> str:
    given = request.headers.getall("Authorization", [])
    token = BEARER.fullmatch(given[0]) if len(given) == 1 else None
    if token is None:
        raise Unauthenticated
    return token.group(1)


async def _recorded(request: web.Request, error: HubError) -> None:
    """Record what a known system was refused, where an auditor is to know of it."""
    principal, systems = request.get(PRINCIPAL), request.app[HUB].directory.systems
    if principal is None or not isinstance(error, Refused) or principal.client_id not in systems:
        return
    address = pattern(request)
    await request.app[HUB].ledger.refusals.note(principal, address, error, question=address.startswith(QUESTIONS))


def _told(request: web.Request, error: HubError, headers: dict[str, str] | None = None) -> web.StreamResponse:
    code = type(error).code()
    request.app[METRICS].refusals.labels(code).inc()
    log.info("refused", request_id=request[REQUEST_ID], route=pattern(request), code=code)
    begun: web.StreamResponse | None = request.get(BEGUN)
    if begun is None:
        return problems.answer(error, headers)
    if request.transport is not None:  # half an answer must not look like a whole one
        request.transport.abort()
    return begun
