"""What one address takes and answers, as its published description tells it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from aiohttp import web

from hub.api.queries import Parameter

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
PUBLIC: Final = "(anybody)"
"""In place of a permission: asked of nobody."""


class Answer(msgspec.Struct, frozen=True):
    """One good answer: what it means, its content type, and its type (None where it is no JSON)."""

    meaning: str
    media: str = "application/json"
    kind: Any = None


class AnyOf(msgspec.Struct, frozen=True):
    """A body that is one of several types, or a list of such."""

    kinds: tuple[Any, ...]
    many: bool = False


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One address: in one sentence, its query, its body by content type, and its good answers by status."""

    summary: str
    query: tuple[Parameter, ...] = ()
    body: Mapping[str, Any] = {}
    answers: Mapping[int, Answer]


class Route(msgspec.Struct, frozen=True):
    """One row of the table of routes."""

    method: str
    path: str
    handler: Handler
    shape: Shape
    permission: str
    or_else: str | None = None
    """Another permission that will do as well."""
    matched: str | None = None
    """The path as the router matches it, where a place in it takes in slashes."""

    @property
    def permissions(self) -> frozenset[str]:
        """The permissions of which a caller needs one."""
        return frozenset(filter(None, (self.permission, self.or_else)))
