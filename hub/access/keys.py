"""The hub's own signing keys: RS256, named by their thumbprints, rotated by adding a file.

The directory's files are numbered; the highest signs, and all are listed and accepted. To rotate:
``generate`` a key; let every worker, and the broker, load it; once the last token signed by the
old key has expired, remove the old file. Where verifiers load at different times, keep signing
with the old key until all list the new one: ``load(directory, sign_with=old)``. What losing the
directory costs: every token in use, until the agencies' systems ask for a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Self

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from msgspec import Struct

from hub.access.errors import KeyRefused, KeyRule
from hub.access.jwk import RSA_EXPONENT, RsaJwk
from hub.access.key_files import add_private, key_files, read_private

NEW_KEY_BITS: Final = 3072


class Jwks(Struct, frozen=True):
    """The public keys as a JWK Set (RFC 7517 section 5), the signing one first."""

    keys: tuple[RsaJwk, ...]


class SigningKeys:
    """One key that signs and any number of older ones whose tokens are still good.

    Immutable: to take up a change in the directory, load again and make the verifiers anew.
    """

    algorithm: Final = RsaJwk.algorithm

    def __init__(self, current: RSAPrivateKey, older: Iterable[RSAPublicKey] = ()) -> None:
        """Take the key that signs and the public halves of the others; raises ``KeyRefused`` for a size."""
        public = {RsaJwk.of(key): key for key in (current.public_key(), *older)}
        self._private = current
        self._jwks = Jwks(tuple(public))
        self._public = {jwk.key_id(): key for jwk, key in public.items()}

    def __repr__(self) -> str:
        """Show the public identifiers, the signing key's first."""
        return f"SigningKeys({', '.join(self._public)})"

    @classmethod
    def load(cls, directory: Path, *, sign_with: str | None = None) -> Self:
        """Read every key of the directory; raises ``KeyRefused``.

        The file with the highest number signs, or the key whose identifier is ``sign_with``.
        """
        keys = [_parse(read_private(path)) for path in key_files(directory)]
        if not keys:
            raise KeyRefused(KeyRule.NONE)
        wanted = [key for key in keys if sign_with in (None, RsaJwk.of(key.public_key()).kid)]
        if not wanted:
            raise KeyRefused(KeyRule.UNKNOWN)
        return cls(wanted[-1], (key.public_key() for key in reversed(keys)))

    @classmethod
    def generate(cls, directory: Path) -> Self:
        """Add a new key to the directory, made if it is missing, and load it: the new key signs."""
        key = rsa.generate_private_key(RSA_EXPONENT, NEW_KEY_BITS)
        add_private(directory, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return cls.load(directory)

    @property
    def kid(self) -> str:
        """The identifier of the key that signs: its RFC 7638 thumbprint."""
        return next(iter(self._public))

    def jwks(self) -> Jwks:
        """Return the public halves of all keys, as published for verifiers."""
        return self._jwks

    def public_key(self, kid: str | None) -> RSAPublicKey | None:
        """Return the public key of that identifier, current or older, or None for one not listed."""
        return self._public.get(kid) if kid else None

    def sign(self, claims: Mapping[str, object], typ: str) -> str:
        """Return the claims as a compact JWS of the given ``typ``, signed by the current key."""
        headers = {"kid": self.kid, "typ": typ}
        return jwt.encode(dict(claims), self._private, algorithm=self.algorithm, headers=headers)


def _parse(pem: bytes) -> RSAPrivateKey:
    """Return the private RSA key of a PEM file; raises ``KeyRefused``."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if key is None:
        raise KeyRefused(KeyRule.FORMAT)
    if not isinstance(key, RSAPrivateKey):
        raise KeyRefused(KeyRule.KIND)
    return key
