"""Signed JSON Web Tokens in compact form (RFC 7515 section 7.1), read once and strictly.

Everything is parsed a single time, here, and the signature is checked over the very text that was
parsed: no second reader can see another header or payload. Padding, foreign characters, other
encodings of JSON, critical headers and detached payloads are refused; keys offered in the header
(``jwk``, ``jku``, ``x5c``) are never looked at. The signature itself is PyJWT's work.

A refusal is raised outside the handler of the error that led to it: those errors hold what they
could not read, and would hang on the refusal as its context.
"""

from __future__ import annotations

from typing import Final, TypeAlias, TypeVar

import jwt
import msgspec
from msgspec import UNSET, Struct, UnsetType

from hub.access import base64url
from hub.access.errors import CredentialRefused, Rule
from hub.access.jwk import PublicKey

LARGEST: Final = 8 * 1024
UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

Refusal: TypeAlias = type[CredentialRefused]
_T = TypeVar("_T")


class Header(Struct, frozen=True):
    """The header members that the hub reads (RFC 7515 section 4.1)."""

    alg: str
    kid: str | None = None
    typ: str | None = None
    crit: list[str] | UnsetType = UNSET


class Jws(Struct, frozen=True):
    """The parts of a token whose signature has not been checked: nothing in it may be believed yet."""

    header: Header
    payload: bytes
    signed: bytes
    signature: bytes

    def __repr__(self) -> str:
        """Show nothing: a log of this would hold the token."""
        return "Jws(...)"


def read(text: str, refuse: Refusal, largest: int = LARGEST) -> Jws:
    """Take a token apart; refuses what is too large, not of the form, or has a critical header."""
    if len(text) > largest:
        raise refuse(Rule.TOO_LARGE)
    segments = text.split(".")
    header, payload, signature = map(base64url.decode, segments) if len(segments) == 3 else (None,) * 3
    if header is None or payload is None or signature is None:
        raise refuse(Rule.MALFORMED)
    read_header = decode(header, Header, Rule.MALFORMED, refuse)
    if read_header.crit is not UNSET:
        raise refuse(Rule.CRITICAL)
    return Jws(read_header, payload, text.rpartition(".")[0].encode("ascii"), signature)


def decode(document: bytes, kind: type[_T], rule: Rule, refuse: Refusal) -> _T:
    """Return the JSON document as a ``kind``, types strictly as declared, or refuse it under ``rule``."""
    try:
        return msgspec.json.decode(document, type=kind)
    except UNREADABLE:
        pass
    raise refuse(rule)


def check_type(jws: Jws, kinds: frozenset[str | None], refuse: Refusal) -> None:
    """Refuse a token whose ``typ`` is not one of ``kinds``, in any case and with or without ``application/``."""
    typ = jws.header.typ and jws.header.typ.lower().removeprefix("application/")
    if typ not in kinds:
        raise refuse(Rule.TYPE)


def check_signature(jws: Jws, key: PublicKey, algorithm: str, refuse: Refusal) -> None:
    """Refuse a token that was not signed by this key with the one algorithm that goes with it."""
    if jws.header.alg != algorithm:
        raise refuse(Rule.ALGORITHM)
    if not jwt.get_algorithm_by_name(algorithm).verify(jws.signed, key, jws.signature):
        raise refuse(Rule.SIGNATURE)
