"""A recipient's signed word that copies are in its hands: what exactly its system signs.

A compact JWS (RFC 7515) by the key of the system's client assertions, of the type ``copy-receipt+jws``.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

RECEIPT_TYPE: Final = "copy-receipt+jws"
"""The JWS header's ``typ``."""
LARGEST: Final = 256 * 1024
"""How long a signed receipt may be, in characters."""


class ReceiptStatement(msgspec.Struct, frozen=True, kw_only=True):
    """Which copies a recipient has, by the bytes that came."""

    recipient: str
    at: int
    """When it was signed: seconds since 1970, UTC."""
    copies: dict[str, str]
    """The SHA-256 of each copy's bytes as they came, in hex, by its delivery id."""


def digest_of(copy: bytes) -> str:
    """Return the SHA-256 of a copy's bytes, in hex."""
    return hashlib.sha256(copy).hexdigest()
