"""Public keys as JSON Web Keys (RFC 7517, 7518, 8037): the closed list of kinds that the hub takes.

A key's type fixes its algorithm, so nothing that a caller writes can choose another one. An
instance always holds a usable key: its numbers are checked when it is made. A private member, or
any other that is not listed here, is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Final, Literal, TypeAlias, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from msgspec import UNSET, Meta, Struct, UnsetType

from hub.access import base64url
from hub.access.errors import KeyRefused, KeyRule

RSA_EXPONENT: Final = 65537
RSA_BITS: Final = range(2048, 8193)
UNCOMPRESSED: Final = b"\x04"

PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
KeyId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128)]
_Key = TypeVar("_Key")


class _Jwk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kty"):
    """What every key has: perhaps an identifier, and the checking of signatures as its one use."""

    algorithm: ClassVar[str]
    required: ClassVar[tuple[str, ...]]

    kid: KeyId | UnsetType = UNSET
    use: Literal["sig"] | UnsetType = UNSET
    key_ops: tuple[Literal["verify"]] | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Refuse numbers that are no key: ``KeyRefused``, or the decoder's error with the path."""
        self.public_key()

    def public_key(self) -> PublicKey:
        """Return the key that the members stand for; raises ``KeyRefused``."""
        raise RuntimeError("a kind of key says how it is read")

    def thumbprint(self) -> str:
        """Return the SHA-256 of the required members in base64url (RFC 7638), 43 characters."""
        members = {"kty": self.__struct_config__.tag} | {name: getattr(self, name) for name in self.required}
        return base64url.encode(hashlib.sha256(msgspec.json.encode(members, order="sorted")).digest())

    def key_id(self) -> str:
        """Return the identifier that a signature's header must name: ``kid``, or else the thumbprint."""
        return self.thumbprint() if self.kid is UNSET else self.kid


class RsaJwk(_Jwk, frozen=True, kw_only=True, tag="RSA"):
    """An RSA key of 2048 to 8192 bits for RS256; ``n`` and ``e`` in base64url (RFC 7518, 6.3.1)."""

    algorithm = "RS256"
    required = ("e", "n")

    n: str
    e: str
    alg: Literal["RS256"] | UnsetType = UNSET

    def public_key(self) -> RSAPublicKey:
        """Return the key that the members stand for; raises ``KeyRefused``."""
        n, e = (int.from_bytes(_octets(text)) for text in (self.n, self.e))
        if e != RSA_EXPONENT or n.bit_length() not in RSA_BITS:
            raise KeyRefused(KeyRule.SIZE)
        if n % 2 == 0:
            raise KeyRefused(KeyRule.MATERIAL)
        return _made(lambda: RSAPublicNumbers(e, n).public_key())

    @classmethod
    def of(cls, key: RSAPublicKey) -> RsaJwk:
        """Return the key as a JWK whose ``kid`` is its thumbprint; raises ``KeyRefused`` for its size."""
        numbers = key.public_numbers()
        n, e = (base64url.encode(i.to_bytes((i.bit_length() + 7) // 8)) for i in (numbers.n, numbers.e))
        return cls(n=n, e=e, use="sig", alg="RS256", kid=cls(n=n, e=e).thumbprint())


class EcJwk(_Jwk, frozen=True, kw_only=True, tag="EC"):
    """A P-256 key for ES256; ``x`` and ``y`` are 32 bytes each in base64url (RFC 7518, 6.2.1)."""

    algorithm = "ES256"
    required = ("crv", "x", "y")

    crv: Literal["P-256"]
    x: str
    y: str
    alg: Literal["ES256"] | UnsetType = UNSET

    def public_key(self) -> EllipticCurvePublicKey:
        """Return the key that the members stand for; raises ``KeyRefused``."""
        point = UNCOMPRESSED + _octets(self.x, 32) + _octets(self.y, 32)
        return _made(lambda: EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point))


class OkpJwk(_Jwk, frozen=True, kw_only=True, tag="OKP"):
    """An Ed25519 key for EdDSA; ``x`` is 32 bytes in base64url (RFC 8037, 2)."""

    algorithm = "EdDSA"
    required = ("crv", "x")

    crv: Literal["Ed25519"]
    x: str
    alg: Literal["EdDSA"] | UnsetType = UNSET

    def public_key(self) -> Ed25519PublicKey:
        """Return the key that the members stand for; raises ``KeyRefused``."""
        raw = _octets(self.x, 32)
        return _made(lambda: Ed25519PublicKey.from_public_bytes(raw))


PublicJwk: TypeAlias = RsaJwk | EcJwk | OkpJwk


def parse_jwk(members: Mapping[str, object]) -> PublicJwk:
    """Return the public key that these members describe; raises ``KeyRefused``, never quoting them."""
    rule = KeyRule.PUBLIC
    try:
        jwk: PublicJwk = msgspec.convert(members, PublicJwk)
        return jwk
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, KeyRefused):
            rule = error.__cause__.rule
    raise KeyRefused(rule)  # outside the handler, so that no decoder's error hangs on it


def _octets(text: str, length: int | None = None) -> bytes:
    """Return the bytes of a member: of this length, or without leading zeros; raises ``KeyRefused``."""
    raw = base64url.decode(text)
    if not raw or (len(raw) != length if length else raw[0] == 0):
        raise KeyRefused(KeyRule.MATERIAL)
    return raw


def _made(make: Callable[[], _Key]) -> _Key:
    """Return the key that ``make`` builds; raises ``KeyRefused`` where the numbers are none."""
    try:
        return make()
    except ValueError:
        pass
    raise KeyRefused(KeyRule.MATERIAL)
