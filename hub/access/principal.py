"""Who calls and what they may do, and the claims that write it down (RFC 9068 section 2.2)."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Final, Self

from msgspec import Struct

from hub.access.errors import Rule, TokenRefused
from hub.access.instants import instant_of
from schemas.broker import AUDIENCE

AT_BROKER: Final = f"{AUDIENCE}."
"""How a scope that the broker reads begins."""
PERMISSION: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


class Principal(Struct, frozen=True):
    """A client of an agency, the recipients that it stands for, and its permissions.

    ``expires`` bounds all of it. ``permissions`` are scope tokens (RFC 6749 section 3.3), and so is
    ``at_broker``: what the broker reads of a token, and no door of the hub's own. One that is not, or
    an expiry without a time zone, raises ``ValueError``. ``user``, if a person acts through the
    client, is that person's identifier at the hub: never a name or an address.
    """

    client_id: str
    agency: str
    recipients: tuple[str, ...]
    permissions: tuple[str, ...]
    expires: datetime
    user: str | None = None
    at_broker: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could not be written into a token and read back the same."""
        if not all(map(PERMISSION.fullmatch, (*self.permissions, *self.at_broker))):
            raise ValueError("a permission is not a scope token")
        if self.expires.tzinfo is None:
            raise ValueError("an expiry needs a time zone")


class Claims(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A principal as a token's claims; ``iat`` and ``exp`` are whole seconds since 1970 in UTC.

    ``sub`` and ``client_id`` are the client, ``scope`` its permissions separated by spaces, and then
    what it may do at the broker; with that the broker is a second audience.
    """

    iss: str
    aud: str | tuple[str, ...]
    sub: str
    client_id: str
    iat: int
    exp: int
    jti: str
    scope: str
    agency: str
    recipients: tuple[str, ...]
    user: str | None = None

    @property
    def audiences(self) -> tuple[str, ...]:
        """For whom the token is."""
        return (self.aud,) if isinstance(self.aud, str) else self.aud

    @classmethod
    def of(cls, principal: Principal, *, issuer: str, audience: str, issued: int, expires: int) -> Self:
        """Write a principal down for one audience and time, under a new random ``jti``."""
        return cls(
            iss=issuer,
            aud=(audience, AUDIENCE) if principal.at_broker else audience,
            sub=principal.client_id,
            client_id=principal.client_id,
            iat=issued,
            exp=expires,
            jti=secrets.token_urlsafe(16),
            scope=" ".join((*principal.permissions, *principal.at_broker)),
            agency=principal.agency,
            recipients=principal.recipients,
            user=principal.user,
        )

    def principal(self) -> Principal:
        """Return the principal that was written down; raises ``TokenRefused`` where none could be."""
        scopes = self.scope.split()
        try:
            return Principal(
                client_id=self.client_id,
                agency=self.agency,
                recipients=self.recipients,
                permissions=tuple(scope for scope in scopes if not scope.startswith(AT_BROKER)),
                expires=instant_of(self.exp),
                user=self.user,
                at_broker=tuple(scope for scope in scopes if scope.startswith(AT_BROKER)),
            )
        except (ValueError, OverflowError):
            pass  # raised below, outside: see hub.access.jws
        raise TokenRefused(Rule.CLAIMS)
