"""An agency system's own key, and the assertions that it proves itself with to the hub.

The private key never leaves the agency: the hub is given ``public_jwk()``, and each request for a
token carries a new ``client_assertion()`` (RFC 7523; OpenID Connect ``private_key_jwt``).
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal, Self, TypeAlias

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.utils import base64url_encode

from schemas.receipt import RECEIPT_TYPE, ReceiptStatement

Algorithm: TypeAlias = Literal["EdDSA", "ES256", "RS256"]
PrivateKey: TypeAlias = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

LIFETIME: Final = timedelta(seconds=60)
SHORTEST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(minutes=5)
RSA_BITS: Final = range(2048, 8193)
RSA_EXPONENT: Final = 65537
NEW_RSA_BITS: Final = 3072
MEMBERS: Final[dict[Algorithm, tuple[str, ...]]] = {
    "EdDSA": ("crv", "kty", "x"),
    "ES256": ("crv", "kty", "x", "y"),
    "RS256": ("e", "kty", "n"),
}


class UnusableKey(Exception):
    """The private key cannot be used; the message says which rule it broke and quotes nothing."""


class AgencyKey:
    """One system's private key: Ed25519 unless chosen otherwise, P-256, or RSA of 2048 to 8192 bits."""

    def __init__(self, key: PrivateKey) -> None:
        """Take a private key; raises ``UnusableKey`` for a kind or size that the hub does not accept."""
        self._key = key
        self.algorithm: Final = _algorithm(key)
        handler = jwt.get_algorithm_by_name(self.algorithm)
        members = handler.to_jwk(key.public_key(), as_dict=True)
        self._members = {name: str(members[name]) for name in MEMBERS[self.algorithm]}
        canonical = msgspec.json.encode(self._members, order="sorted")
        self.kid: Final = base64url_encode(hashlib.sha256(canonical).digest()).decode("ascii")

    def __repr__(self) -> str:
        """Show the public identifier."""
        return f"AgencyKey({self.kid})"

    @classmethod
    def generate(cls, algorithm: Algorithm = "EdDSA") -> Self:
        """Make a new key."""
        if algorithm == "EdDSA":
            return cls(Ed25519PrivateKey.generate())
        if algorithm == "ES256":
            return cls(ec.generate_private_key(ec.SECP256R1()))
        return cls(rsa.generate_private_key(RSA_EXPONENT, NEW_RSA_BITS))

    @classmethod
    def from_pem(cls, pem: bytes, passphrase: bytes | None = None) -> Self:
        """Read a private key from PEM; raises ``UnusableKey``."""
        key = None
        # Raised below, outside, so that nothing of the file hangs on the error.
        with suppress(ValueError, TypeError, UnsupportedAlgorithm):
            key = load_pem_private_key(pem, passphrase)
        if not isinstance(key, PrivateKey):
            raise UnusableKey("not a readable Ed25519, P-256 or RSA private key in PEM, or a wrong passphrase")
        return cls(key)

    @classmethod
    def load(cls, path: Path, passphrase: bytes | None = None) -> Self:
        """Read a private key from a file that only its owner can read (0600); raises ``UnusableKey``."""
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise UnusableKey("the key's file can be read or changed by other users")
            return cls.from_pem(file.read(), passphrase)

    def save(self, path: Path) -> None:
        """Write the private key to a new file that only its owner can read; never over another file."""
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)

    def public_jwk(self) -> dict[str, str]:
        """Return the public key for the hub's directory (RFC 7517); ``kid`` is its RFC 7638 thumbprint."""
        return {**self._members, "kid": self.kid, "use": "sig", "alg": self.algorithm}

    def secret_for(self, use: str) -> bytes:
        """Return a secret of 32 bytes for one use: always the same for this key, which cannot be had from it."""
        private = self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return HKDF(SHA256(), length=32, salt=None, info=use.encode()).derive(private)

    def receipt(self, recipient: str, copies: Mapping[str, str], now: datetime) -> str:
        """Return a signed receipt of copies, given by their delivery ids with the digests of their bytes."""
        statement = ReceiptStatement(recipient=recipient, at=int(now.timestamp()), copies=dict(copies))
        headers = {"kid": self.kid, "typ": RECEIPT_TYPE}
        return jwt.PyJWS().encode(msgspec.json.encode(statement), self._key, self.algorithm, headers)

    def client_assertion(self, client_id: str, audience: str, now: datetime, lifetime: timedelta = LIFETIME) -> str:
        """Return a new assertion, good once: that this is ``client_id``, said to the token endpoint ``audience``.

        ``now`` has a time zone and ``lifetime`` is from one second to five minutes, else ``ValueError``.
        """
        if now.tzinfo is None or not SHORTEST <= lifetime <= LONGEST:
            raise ValueError("an assertion needs a time with a zone and a lifetime of one second to five minutes")
        issued = int(now.timestamp())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "iat": issued,
            "exp": issued + int(lifetime.total_seconds()),
            "jti": secrets.token_urlsafe(16),
        }
        return jwt.encode(claims, self._key, algorithm=self.algorithm, headers={"kid": self.kid})


def _algorithm(key: PrivateKey) -> Algorithm:
    """Return the one algorithm that goes with the key's type; raises ``UnusableKey``."""
    if isinstance(key, Ed25519PrivateKey):
        return "EdDSA"
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return "ES256"
    if isinstance(key, RSAPrivateKey) and _is_strong(key):
        return "RS256"
    raise UnusableKey("not an Ed25519 key, a P-256 key, or an RSA key of 2048 to 8192 bits with exponent 65537")


def _is_strong(key: RSAPrivateKey) -> bool:
    """Return whether the hub accepts an RSA key of this size and exponent."""
    return key.key_size in RSA_BITS and key.public_key().public_numbers().e == RSA_EXPONENT
