"""Query parameters, each declared once: for the handler and for the published description."""

from __future__ import annotations

import re

import msgspec
from aiohttp import web

from hub.api.errors import BadQuery
from hub.errors import Problem

_DIGITS = re.compile(r"[0-9]{1,18}")


class Number(msgspec.Struct, frozen=True):
    """A whole number within bounds."""

    name: str
    default: int
    least: int
    most: int

    def read(self, request: web.Request) -> int:
        """Return the number, or its default; raises ``BadQuery``."""
        text = _one(request, self.name)
        if text is None:
            return self.default
        if not _DIGITS.fullmatch(text) or not self.least <= int(text) <= self.most:
            raise BadQuery(Problem(self.name, f"is not a whole number from {self.least} to {self.most}"))
        return int(text)


class Word(msgspec.Struct, frozen=True):
    """A short word of letters, digits, dots, dashes and underscores; required where it has no default."""

    name: str
    default: str | None = None
    pattern: str = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

    def read(self, request: web.Request) -> str:
        """Return the word, or its default; raises ``BadQuery``."""
        text = _one(request, self.name)
        if text is None and self.default is not None:
            return self.default
        if text is None:
            raise BadQuery(Problem(self.name, "is required"))
        if not re.fullmatch(self.pattern, text):
            raise BadQuery(Problem(self.name, f"does not match {self.pattern}"))
        return text


Parameter = Number | Word


def check_names(request: web.Request, parameters: tuple[Parameter, ...]) -> None:
    """Refuse a parameter that the address does not take; raises ``BadQuery``, not naming it."""
    if request.query.keys() - {parameter.name for parameter in parameters}:
        raise BadQuery(Problem("query", "has a parameter that this address does not take"))


def _one(request: web.Request, name: str) -> str | None:
    given = request.query.getall(name, [])
    if len(given) > 1:
        raise BadQuery(Problem(name, "stands twice"))
    return given[0] if given else None
