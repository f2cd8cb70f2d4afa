"""Refusals as RFC 9457 problem answers: the field and the rule, never the value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from aiohttp import web
from msgspec import UNSET

from hub.errors import HubError, NotFound, Problem, Unauthenticated
from schemas.exchange import FieldProblem, Outcome, ProblemDetails

MEDIA: Final = "application/problem+json"
RETRY_SECONDS: Final = "5"
UNAVAILABLE: Final = 503


def answer(error: HubError, headers: dict[str, str] | None = None) -> web.Response:
    """Return the problem answer for a refusal or fault."""
    return _render(type(error), error.problems, headers or {})


def refusal(outcome: Outcome) -> web.Response:
    """Return the problem answer for an event that the hub refused and kept."""
    kinds = {kind.code(): kind for kind in _every(HubError)}
    fields = () if outcome.fields is UNSET else outcome.fields
    code = "" if outcome.problem is UNSET else outcome.problem
    return _render(kinds.get(code, HubError), map(_problem, fields), {})


def details(kind: type[HubError], problems: Iterable[Problem] = ()) -> ProblemDetails:
    """Return what is told of a refusal: its class says what happened, the problems say where."""
    return ProblemDetails(
        type=f"/problems/{kind.code()}",
        title=kind.title(),
        status=kind.status,
        detail=kind.remedy,
        errors=[FieldProblem(field=p.field, rule=p.rule) for p in problems],
    )


def _render(kind: type[HubError], problems: Iterable[Problem], headers: dict[str, str]) -> web.Response:
    # Existing and hidden things answer alike: of what is not found nothing more is said.
    told = details(kind, () if issubclass(kind, NotFound) else problems)
    if kind.status == UNAVAILABLE:
        headers = headers | {"Retry-After": RETRY_SECONDS}
    if issubclass(kind, Unauthenticated):
        headers = headers | {"WWW-Authenticate": 'Bearer realm="hub", error="invalid_token"'}
    return web.Response(status=kind.status, body=msgspec.json.encode(told), content_type=MEDIA, headers=headers)


def _problem(text: str) -> Problem:
    field, _, rule = text.partition(": ")
    return Problem(field, rule)


def _every(kind: type[HubError]) -> Iterator[type[HubError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _every(narrower)
