"""Client assertions: how an agency's system proves who it is (RFC 7523; OpenID Connect ``private_key_jwt``).

A system signs a short-lived statement with its own key, and the hub checks it against the public
keys in its directory of agencies:

* ``iss`` and ``sub`` are both the client's identifier (RFC 7523 section 3, rules 1 and 2);
* ``aud`` holds the token endpoint, character for character (rule 3);
* ``exp`` is given, has not passed, and is at most five minutes ahead (rule 4), by the hub's own
  clock and without leeway; with ``iat``, the whole life is at most five minutes too, so that
  assertions cannot be signed today for use next year;
* ``nbf`` and ``iat``, where given, are at most 30 seconds ahead (rules 5 and 6), for agencies' clocks;
* ``jti`` is given (rule 7), 1 to 128 visible ASCII characters;
* the header's ``kid`` names one of the client's keys, and the key's type fixes the algorithm.

The single use of a ``jti`` is the caller's to enforce, in the store: until ``expires``, and a
margin for the difference between the clocks of several workers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from hub.access import jws
from hub.access.errors import AssertionRefused, Rule
from hub.access.instants import instant_of, numeric_date
from hub.access.jwk import PublicJwk

LONGEST_SECONDS: Final = 300
LEEWAY_SECONDS: Final = 30
IDENTIFIER: Final = re.compile(r"[\x21-\x7e]{1,128}")
TYPES: Final = frozenset({None, "jwt", "client-authentication+jwt"})

KeysOf: TypeAlias = Callable[[str], Sequence[PublicJwk]]


class Assertion(Struct, frozen=True):
    """A proven client, and what the caller must remember so that the assertion works only once."""

    client_id: str
    jti: str
    expires: datetime


class _Claims(Struct, frozen=True):
    """The claims of RFC 7523 section 3; times are NumericDates, perhaps with a fraction."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float | UnsetType = UNSET
    jti: str | UnsetType = UNSET
    nbf: float | UnsetType = UNSET
    iat: float | UnsetType = UNSET


def verify_assertion(assertion: str, *, keys_of: KeysOf, audience: str, now: datetime) -> Assertion:
    """Return who signed the assertion, or raise ``AssertionRefused`` with the first rule it breaks.

    ``keys_of`` gives the keys registered for a client identifier, none for a stranger; it is asked
    before anything is proven. ``audience`` is the address of the token endpoint.
    """
    read = jws.read(assertion, AssertionRefused)
    jws.check_type(read, TYPES, AssertionRefused)
    claims = jws.decode(read.payload, _Claims, Rule.CLAIMS, AssertionRefused)
    key = _key(read.header.kid, claims.iss, keys_of)
    jws.check_signature(read, key.public_key(), key.algorithm, AssertionRefused)
    return _judge(claims, audience, numeric_date(now))


def _key(kid: str | None, client_id: str, keys_of: KeysOf) -> PublicJwk:
    """Return the client's one key of that identifier; a stranger and a strange key are not told apart."""
    known = keys_of(client_id) if IDENTIFIER.fullmatch(client_id) else ()
    named = [key for key in known if key.key_id() == kid]
    if len(named) != 1:
        raise AssertionRefused(Rule.KEY)
    return named[0]


def _judge(claims: _Claims, audience: str, now: float) -> Assertion:
    """Hold properly signed claims against the rules, in the order of the standard."""
    if claims.sub != claims.iss:
        raise AssertionRefused(Rule.SUBJECT)
    if audience not in ([claims.aud] if isinstance(claims.aud, str) else claims.aud):
        raise AssertionRefused(Rule.AUDIENCE)
    expires = _expiry(claims, now)
    _check_beginning(claims, now)
    if claims.jti is UNSET or not IDENTIFIER.fullmatch(claims.jti):
        raise AssertionRefused(Rule.IDENTIFIER)
    return Assertion(claims.iss, claims.jti, instant_of(expires))


def _expiry(claims: _Claims, now: float) -> float:
    """Return the expiry if it is given, ahead, and near enough both to now and to the issue."""
    if claims.exp is UNSET:
        raise AssertionRefused(Rule.EXPIRY)
    if claims.exp <= now:
        raise AssertionRefused(Rule.EXPIRED)
    issued = now if claims.iat is UNSET else min(claims.iat, now)
    if claims.exp - issued > LONGEST_SECONDS:
        raise AssertionRefused(Rule.TOO_LONG)
    return claims.exp


def _check_beginning(claims: _Claims, now: float) -> None:
    """Refuse an assertion from the future, but for the leeway between two clocks."""
    if claims.nbf is not UNSET and claims.nbf > now + LEEWAY_SECONDS:
        raise AssertionRefused(Rule.NOT_YET)
    if claims.iat is not UNSET and claims.iat > now + LEEWAY_SECONDS:
        raise AssertionRefused(Rule.FUTURE)
