"""A signatory's own word for one step in the life of an agreement: signed with a key that nobody else has.

What is signed says everything that the step does: which step, of which versions, from which moment, at
which hub, and after which step before it. So it is good for that step, once: after any other step it
names a place that is past. Who may sign stands in the directory, with the public keys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, TypeAlias

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hub.access import jws
from hub.access.errors import KeyRefused, KeyRule, Rule, StatementRefused
from hub.access.jwk import PublicJwk, parse_jwk
from hub.access.key_files import read_private

TYPE: Final = "agreement-step+jws"
Step: TypeAlias = Literal["propose", "approve", "withdraw", "end"]
PrivateKey: TypeAlias = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey
KeysOf: TypeAlias = Callable[[str], Sequence[PublicJwk]]
_ALGORITHM: Final[dict[type, str]] = {
    Ed25519PrivateKey: "EdDSA",
    EllipticCurvePrivateKey: "ES256",
    RSAPrivateKey: "RS256",
}


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step, as whoever takes it says it."""

    signatory: str
    """Who says it: an identifier of the directory."""
    step: Step
    versions: tuple[str, ...]
    """Each ``NAME@HASH`` with the whole hash, in order."""
    since: str
    """From which moment it counts, in UTC; empty where at once."""
    hub: str
    """At which hub: its fingerprint."""
    after: int
    """After which step before it, by its number; nought for the first."""


class Signed(msgspec.Struct, frozen=True):
    """A statement that a signatory's key signed."""

    statement: Statement
    key: str
    """The key's thumbprint (RFC 7638)."""


def read_key(path: Path, passphrase: Callable[[], bytes]) -> PrivateKey:
    """Return the private key of a PEM file that nobody else can read; ``passphrase`` is asked where it needs one.

    Raises:
        KeyRefused: others can read it, it cannot be opened, or it is of a kind that the hub does not take.
    """
    pem = read_private(path)
    key = None
    with suppress(ValueError, TypeError, UnsupportedAlgorithm):  # refused outside of it: see hub.access.jws
        key = load_pem_private_key(pem, passphrase() if b"ENCRYPTED" in pem else None)
    if not isinstance(key, PrivateKey):
        raise KeyRefused(KeyRule.PUBLIC)
    return key


def public_jwk(key: PrivateKey) -> PublicJwk:
    """Return the public half, as the directory takes it; raises ``KeyRefused``."""
    members: dict[str, object] = jwt.get_algorithm_by_name(_algorithm(key)).to_jwk(key.public_key(), as_dict=True)
    members.pop("key_ops", None)
    return parse_jwk(members)


def sign(statement: Statement, key: PrivateKey) -> str:
    """Return a statement as a compact JWS; raises ``KeyRefused``."""
    headers = {"kid": public_jwk(key).thumbprint(), "typ": TYPE}
    return jwt.PyJWS().encode(msgspec.json.encode(statement), key, _algorithm(key), headers)


def read_signed(text: str, keys_of: KeysOf) -> Signed:
    """Return a statement and the key that signed it; ``keys_of`` gives the keys of a signatory, none for a stranger.

    Raises:
        StatementRefused: naming the first rule that it breaks.
    """
    read = jws.read(text.strip(), StatementRefused)
    jws.check_type(read, frozenset({TYPE}), StatementRefused)
    statement = jws.decode(read.payload, Statement, Rule.CLAIMS, StatementRefused)
    named = [key for key in keys_of(statement.signatory) if read.header.kid in (key.key_id(), key.thumbprint())]
    if len(named) != 1:
        raise StatementRefused(Rule.KEY)
    jws.check_signature(read, named[0].public_key(), named[0].algorithm, StatementRefused)
    return Signed(statement, named[0].thumbprint())


def _algorithm(key: PrivateKey) -> str:
    return next(name for kind, name in _ALGORITHM.items() if isinstance(key, kind))
