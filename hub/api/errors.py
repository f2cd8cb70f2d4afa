"""The refusals that only the HTTP door knows."""

from __future__ import annotations

from hub.errors import Refused, WrongMediaType


class BadQuery(Refused):
    """A query parameter is not as this address takes it."""


class BadBody(Refused):
    """The body does not fit its schema."""

    status = 422


class NotJson(WrongMediaType):
    """The content type is not application/json."""

    remedy = "Send application/json, not compressed."


class NotAForm(WrongMediaType):
    """The content type is not application/x-www-form-urlencoded."""

    remedy = "Send application/x-www-form-urlencoded, not compressed."


class NotAcceptable(Refused):
    """This address answers with server-sent events only."""

    status = 406
    remedy = "Send Accept: text/event-stream."


class NoSuchMethod(Refused):
    """This address does not take this method."""

    status = 405
    remedy = "Use a method that Allow names."


class TooSlow(Refused):
    """The body did not arrive in time."""

    status = 408
    remedy = "Send the whole body within half a minute."


class BadRequest(Refused):
    """The request is not well-formed HTTP, or a line of it is too long."""

    remedy = "Send HTTP/1.1 with shorter and well-formed headers."
