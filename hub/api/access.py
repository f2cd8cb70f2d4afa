"""What the HTTP door knows of identity: its own name, the hub's keys, and the keys of every client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.access.assertions import Assertion, verify_assertion
from hub.access.jwk import PublicJwk
from hub.access.keys import SigningKeys
from hub.access.tokens import LIFETIME, Principal, TokenVerifier, issue_token
from hub.directory.model import Directory, System

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - the address of the token endpoint, no secret


class Access:
    """The hub's signing keys with the issuer, audience and public address that its tokens rest on."""

    def __init__(self, keys: SigningKeys, *, issuer: str, audience: str, public_url: str) -> None:
        """Take the keys, the ``iss`` and ``aud`` of tokens, and the address by which clients know the hub."""
        self.keys = keys
        self.public_url: Final = public_url.rstrip("/")
        self.token_address: Final = self.public_url + TOKEN_PATH
        self._issuer = issuer
        self._audience = audience
        self._verifier = TokenVerifier(keys, issuer, audience)

    def renew(self, keys: SigningKeys) -> None:
        """Take up other keys: a token is good from now on only if one of these signed it."""
        self.keys = keys
        self._verifier = TokenVerifier(keys, self._issuer, self._audience)

    def verify(self, token: str, now: datetime) -> Principal:
        """Return the principal of an access token; raises ``TokenRefused``."""
        return self._verifier.verify(token, now)

    def prove(self, assertion: str, directory: Directory, now: datetime) -> Assertion:
        """Return who signed a client assertion for this hub; raises ``AssertionRefused``."""

        def keys_of(client_id: str) -> Sequence[PublicJwk]:
            system = directory.systems.get(client_id)
            return system.keys if system else ()

        return verify_assertion(assertion, keys_of=keys_of, audience=self.token_address, now=now)

    def grant(self, system: System, permissions: frozenset[str], at_broker: tuple[str, ...], now: datetime) -> str:
        """Return a token for a system with some of its permissions, good for ``LIFETIME``."""
        principal = Principal(
            client_id=system.client_id,
            agency=system.agency,
            recipients=tuple(sorted(system.recipients)),
            permissions=tuple(sorted(permissions)),
            expires=now + LIFETIME,
            at_broker=at_broker,
        )
        return issue_token(principal, self.keys, self._issuer, self._audience, now)
