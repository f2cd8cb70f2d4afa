"""A client's signed assertion in, an access token out (RFC 6749 section 4.4; RFC 7521, RFC 7523).

Every way in which a client fails to prove itself has the one answer ``invalid_client``; which rule
it broke stands in the log alone.
"""

from __future__ import annotations

import datetime as dt
from typing import Final
from urllib.parse import parse_qsl

import structlog
from aiohttp import web

from hub.access.assertions import Assertion
from hub.access.errors import AssertionRefused
from hub.access.tokens import LIFETIME
from hub.api.access import TOKEN_PATH
from hub.api.bodies import json_answer, media_type, read_body
from hub.api.errors import NotAForm
from hub.api.shape import Answer, Shape
from hub.api.state import ACCESS, HUB, METRICS, REQUEST_ID
from hub.errors import Refused, Suspended, Unauthenticated
from schemas.exchange import Token

PATH = TOKEN_PATH
FORM: Final = "application/x-www-form-urlencoded"
GRANT: Final = "client_credentials"
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LARGEST: Final = 16 * 1024
MOST_FIELDS: Final = 16
UNAUTHORISED: Final = 401

_TEXT: Final = {"type": "string"}
SHAPE = Shape(
    summary="Give an access token for a client assertion that is good once.",
    body={
        FORM: {
            "type": "object",
            "required": ["grant_type", "client_assertion_type", "client_assertion"],
            "properties": {
                "grant_type": {"const": GRANT},
                "client_assertion_type": {"const": ASSERTION},
                "client_assertion": _TEXT,
                "client_id": _TEXT,
                "scope": _TEXT,
            },
        }
    },
    answers={200: Answer("A token for a quarter of an hour.", kind=Token)},
)

log = structlog.get_logger("hub.api")


class OAuthRefused(Exception):
    """The request for a token was refused; holds the code of RFC 6749 section 5.2."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


async def handle(request: web.Request) -> web.Response:
    """Answer with a token, or with the error that RFC 6749 has for it."""
    try:
        return json_answer(await _token(request))
    except OAuthRefused as refused:
        return _error(request, refused.code)
    except AssertionRefused as refused:
        log.info("assertion-refused", request_id=request[REQUEST_ID], rule=refused.rule.value)
        return _error(request, "invalid_client")
    except (Unauthenticated, Suspended) as refused:
        log.warning("client-refused", request_id=request[REQUEST_ID], error=refused.code())
        return _error(request, "invalid_client")
    except Refused:
        return _error(request, "invalid_request")


async def _token(request: web.Request) -> Token:
    form = await _form(request)
    if form.get("grant_type") != GRANT:
        raise OAuthRefused("unsupported_grant_type" if form.get("grant_type") else "invalid_request")
    hub, access = request.app[HUB], request.app[ACCESS]
    now = hub.now()
    proven = _client(request, form, now)
    system = hub.directory.systems[proven.client_id]
    asked = frozenset(form["scope"].split()) if form.get("scope") else system.permissions
    if not asked <= system.permissions:
        raise OAuthRefused("invalid_scope")
    at_broker = await hub.standing.admit(system, asked, proven.jti, expires=proven.expires, until=now + LIFETIME)
    return Token(
        access_token=access.grant(system, asked, at_broker, now),
        token_type="Bearer",  # noqa: S106 - the type
        expires_in=int(LIFETIME.total_seconds()),
        scope=" ".join((*sorted(asked), *at_broker)),
    )


async def _form(request: web.Request) -> dict[str, str]:
    """Return the form, each field once; one way of proving oneself and no other."""
    media_type(request, (FORM,), NotAForm)
    body = await read_body(request, LARGEST)
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise OAuthRefused("invalid_request") from None
    form = dict(fields)
    if len(form) < len(fields) or "client_secret" in form or "Authorization" in request.headers:
        raise OAuthRefused("invalid_request")
    return form


def _client(request: web.Request, form: dict[str, str], now: dt.datetime) -> Assertion:
    """Return what the assertion proves; whether it was used before is still to be asked."""
    if form.get("client_assertion_type") != ASSERTION or not form.get("client_assertion"):
        raise OAuthRefused("invalid_client")
    proven = request.app[ACCESS].prove(form["client_assertion"], request.app[HUB].directory, now)
    if form.get("client_id", proven.client_id) != proven.client_id:
        raise OAuthRefused("invalid_client")
    return proven


def _error(request: web.Request, code: str) -> web.Response:
    request.app[METRICS].refusals.labels(code.replace("_", "-")).inc()
    response = json_answer({"error": code}, UNAUTHORISED if code == "invalid_client" else 400)
    if response.status == UNAUTHORISED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="hub"'
    return response
