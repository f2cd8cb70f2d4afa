"""The one encoding that is ever hashed or signed."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="deterministic")


def canonical_bytes(value: Any) -> bytes:  # noqa: ANN401 - any encodable value has one canonical form
    """Return the value as JSON with sorted members, no blanks, UTC times as given."""
    return _ENCODER.encode(value)


def digest(value: Any) -> bytes:  # noqa: ANN401 - as above
    """Return the SHA-256 of the canonical bytes: 32 bytes."""
    return hashlib.sha256(canonical_bytes(value)).digest()
