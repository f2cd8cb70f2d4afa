"""Access tokens: what a proven client may do, signed by the hub for a quarter of an hour.

JSON Web Tokens of type ``at+jwt`` (RFC 9068), RS256, good for every door that knows the hub's
public keys and is their audience.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from msgspec import to_builtins

from hub.access import jws
from hub.access.errors import Rule, TokenRefused
from hub.access.instants import numeric_date
from hub.access.keys import SigningKeys
from hub.access.principal import Claims, Principal

__all__ = ["LIFETIME", "Principal", "TokenVerifier", "issue_token", "verify_token"]

TYPE: Final = "at+jwt"
LIFETIME: Final = timedelta(minutes=15)
LEEWAY_SECONDS: Final = 30


def issue_token(
    principal: Principal,
    keys: SigningKeys,
    issuer: str,
    audience: str,
    now: datetime,
    lifetime: timedelta = LIFETIME,
) -> str:
    """Return a signed token for the principal, good for ``lifetime`` and never beyond its own expiry.

    Raises ``TokenRefused`` where nothing would be left of that time, or where the recipients and
    permissions make it longer than any door accepts.
    """
    issued, expires = int(numeric_date(now)), int(numeric_date(min(now + lifetime, principal.expires)))
    if expires <= numeric_date(now):
        raise TokenRefused(Rule.EXPIRED)
    claims = Claims.of(principal, issuer=issuer, audience=audience, issued=issued, expires=expires)
    token = keys.sign(to_builtins(claims), TYPE)
    if len(token) > jws.LARGEST:
        raise TokenRefused(Rule.TOO_LARGE)
    return token


def verify_token(token: str, keys: SigningKeys, issuer: str, audience: str, now: datetime) -> Principal:
    """Return the principal of a token of ours, or raise ``TokenRefused`` with the first rule it breaks.

    The expiry has no leeway: the clock that set it is the hub's. ``iat`` has 30 seconds, for the
    clocks of several workers.
    """
    read = jws.read(token, TokenRefused)
    jws.check_type(read, frozenset({TYPE}), TokenRefused)
    key = keys.public_key(read.header.kid)
    if key is None:
        raise TokenRefused(Rule.KEY)
    jws.check_signature(read, key, keys.algorithm, TokenRefused)
    claims = jws.decode(read.payload, Claims, Rule.CLAIMS, TokenRefused)
    _judge(claims, issuer, audience, numeric_date(now))
    return claims.principal()


def _judge(claims: Claims, issuer: str, audience: str, now: float) -> None:
    """Hold claims that the hub signed against the door they are shown at."""
    if claims.iss != issuer:
        raise TokenRefused(Rule.ISSUER)
    if audience not in claims.audiences:
        raise TokenRefused(Rule.AUDIENCE)
    if claims.exp <= now:
        raise TokenRefused(Rule.EXPIRED)
    if claims.iat > now + LEEWAY_SECONDS:
        raise TokenRefused(Rule.FUTURE)


class TokenVerifier:
    """Verifies tokens for one door, and remembers the good ones so that a repeated one costs a hash.

    Only good tokens are remembered, by their SHA-256 and never as text, and at most ``capacity`` of
    them: the oldest goes first. Each is still refused from the second it expires. Make a new
    verifier when the keys change, or tokens of a withdrawn key live on until their expiry.
    """

    def __init__(self, keys: SigningKeys, issuer: str, audience: str, capacity: int = 1024) -> None:
        """Take the keys, and the ``iss`` and ``aud`` that a token must have at this door."""
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._capacity = capacity
        self._known: dict[bytes, Principal] = {}

    def verify(self, token: str, now: datetime) -> Principal:
        """Return the token's principal; raises ``TokenRefused`` as ``verify_token`` does."""
        if len(token) > jws.LARGEST:  # before the hash: a stranger may send megabytes
            raise TokenRefused(Rule.TOO_LARGE)
        # What is not ASCII becomes "?", which stands in no good token.
        digest = hashlib.sha256(token.encode("ascii", "replace")).digest()
        principal = self._known.get(digest)
        if principal is None:
            principal = verify_token(token, self._keys, self._issuer, self._audience, now)
            self._remember(digest, principal)
        elif principal.expires <= now:
            self._known.pop(digest, None)
            raise TokenRefused(Rule.EXPIRED)
        return principal

    def _remember(self, digest: bytes, principal: Principal) -> None:
        """Keep a good token's principal, in place of the oldest if there is no room."""
        if len(self._known) >= self._capacity:
            self._known.pop(next(iter(self._known)), None)
        self._known[digest] = principal
