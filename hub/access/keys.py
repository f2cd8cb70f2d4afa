"""The hub's own signing keys: RS256, named by their thumbprints, rotated by adding a file.

The directory's files are numbered; the highest signs, and all are listed and accepted. To rotate,
``generate`` a key: ``hub.access.rotation`` has it listed by every worker before it signs, and the
old one dropped once the last token that it signed has expired. What losing the directory costs:
every token in use, until the agencies' systems ask for a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    def load(cls, directory: Path) -> Self:
        """Read every key of the directory; the file with the highest number signs. Raises ``KeyRefused``."""
        files = key_files(directory)
        if not files:
            raise KeyRefused(KeyRule.NONE)
        return cls.of_files(files[-1], files)

    @classmethod
    def of_files(cls, signing: Path, listed: Sequence[Path]) -> Self:
        """Read one key that signs, and those that are accepted beside it; raises ``KeyRefused``."""
        older = [_parse(read_private(path)).public_key() for path in reversed(listed) if path != signing]
        return cls(_parse(read_private(signing)), older)

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
