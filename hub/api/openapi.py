"""The description of this interface, made from the table of routes and the very types that it reads and writes.

``python -m hub.api.openapi`` writes it to ``schemas/json/openapi.json``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from hub.api import problems
from hub.api.handlers.events import ACCEPTED
from hub.api.queries import Number, Parameter
from hub.api.routes import ROUTES
from hub.api.settings import MOST_EVENTS
from hub.api.shape import PUBLIC, Answer, AnyOf, Route
from schemas.exchange import ProblemDetails

FILE: Final = Path(__file__).parents[2] / "schemas" / "json" / "openapi.json"
REF: Final = "#/components/schemas/{name}"
Document: TypeAlias = dict[str, Any]
Named: TypeAlias = Mapping[Any, Document]


WORDS: Final = {
    400: "The request is not well-formed.",
    401: "The caller's identity could not be established.",
    403: "The caller may not do this.",
    404: "There is nothing here that the caller may see.",
    405: "The address does not take this method.",
    406: "The address answers with server-sent events only.",
    408: "The body did not arrive in time.",
    409: "The same id was used before with different content, or the recipient has another door.",
    413: "The body is larger than the hub takes.",
    415: "The content type is not one that this address takes.",
    422: "The body does not fit its schema.",
    503: "The hub is too busy or cannot write; send again after Retry-After.",
}
"""What each refusal's status means; the problem's type says which refusal it was."""


@cache
def document() -> bytes:
    """Return the description as indented JSON that ends with a line's end."""
    kinds = list(dict.fromkeys([kind for route in ROUTES for kind in _kinds(route)] + [ProblemDetails]))
    schemas, components = msgspec.json.schema_components(kinds, ref_template=REF)
    named = dict(zip(kinds, schemas, strict=True))
    paths: Document = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, named)
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "Offender hub",
            "version": "1",
            "description": "Publish what happened, receive what you may know. See docs/http.md.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY},
    }
    return msgspec.json.format(msgspec.json.encode(whole, order="deterministic"), indent=1) + b"\n"


_SECURITY: Final = {
    "token": {
        "type": "oauth2",
        "description": "Client credentials, proven by a signed assertion (RFC 7523).",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "/oauth/token",
                "scopes": {r.permission: r.shape.summary for r in reversed(ROUTES) if r.permission != PUBLIC},
            }
        },
    }
}


def _kinds(route: Route) -> list[Any]:
    """Return the types that a route's description refers to."""
    found: list[Any] = [answer.kind for answer in route.shape.answers.values() if answer.kind is not None]
    for body in route.shape.body.values():
        found += body.kinds if isinstance(body, AnyOf) else [] if isinstance(body, Mapping) else [body]
    return found


def _operation(route: Route, named: Named) -> Document:
    shape = route.shape
    operation: Document = {
        "operationId": _name(route),
        "summary": shape.summary,
        "parameters": [*map(_in_path, _places(route)), *map(_in_query, shape.query)],
        "responses": {str(status): _answer(answer, named) for status, answer in shape.answers.items()}
        | _refusals(route),
        "security": [] if route.permission == PUBLIC else [{"token": [each]} for each in sorted(route.permissions)],
    }
    if shape.body:
        content = {media: {"schema": _schema(kind, named)} for media, kind in shape.body.items()}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _places(route: Route) -> list[str]:
    return re.findall(r"\{(\w+)\}", route.path)


def _name(route: Route) -> str:
    module = route.handler.__module__.rpartition(".")[2]
    return module.replace("_", "-")


def _in_path(name: str) -> Document:
    schema = {"type": "string", "minLength": 1, "maxLength": 64}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(parameter: Parameter) -> Document:
    if isinstance(parameter, Number):
        schema: Document = {"type": "integer", "minimum": parameter.least, "maximum": parameter.most}
    else:
        schema = {"type": "string", "pattern": parameter.pattern}
    if parameter.default is not None:
        schema["default"] = parameter.default
    return {"name": parameter.name, "in": "query", "required": parameter.default is None, "schema": schema}


def _schema(kind: Any, named: Named) -> Document:  # noqa: ANN401 - a type, several, or a schema as it is written
    if isinstance(kind, AnyOf):
        each = {"anyOf": [_schema(one, named) for one in kind.kinds]}
        return {"type": "array", "maxItems": MOST_EVENTS, "items": each} if kind.many else each
    if isinstance(kind, Mapping):
        return dict(kind)
    return named[kind]


def _answer(answer: Answer, named: Named) -> Document:
    schema = {} if answer.kind is None else _schema(answer.kind, named)
    return {"description": answer.meaning, "content": {answer.media: {"schema": schema}}}


def _refusals(route: Route) -> Document:
    """Return the refusals that the address can give; those of the token endpoint are RFC 6749's."""
    if route.path == "/oauth/token":
        error = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
        told = {"description": "Refused, as RFC 6749 has it.", "content": {"application/json": {"schema": error}}}
        return {"400": told, "401": told, "503": _problem(503)}
    statuses = {503} if route.permission == PUBLIC else {400, 401, 403, 503}
    statuses |= {404} if "{" in route.path or route.shape.body or route.shape.query else set()
    statuses |= {408, 413, 415, 422} if route.shape.body else set()
    statuses |= {409} if ACCEPTED in route.shape.answers or {"id", "recipient"}.intersection(_places(route)) else set()
    statuses |= {406} if any(answer.media == "text/event-stream" for answer in route.shape.answers.values()) else set()
    return {str(status): _problem(status) for status in sorted(statuses - route.shape.answers.keys())}


def _problem(status: int) -> Document:
    schema = {"$ref": REF.format(name="ProblemDetails")}
    return {"description": WORDS[status], "content": {problems.MEDIA: {"schema": schema}}}


def main() -> None:
    """Write the description to its file."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_bytes(document())


if __name__ == "__main__":
    main()
