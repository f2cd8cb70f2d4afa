"""Base64url without padding, one text for each value (RFC 7515 section 2, RFC 4648 section 5)."""

from __future__ import annotations

import base64


def encode(raw: bytes) -> str:
    """Return ``raw`` in base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes | None:
    """Return the bytes that ``text`` stands for, or None where it is not their one encoding.

    The library skips foreign characters and ignores spare bits; comparing with the encoding of
    the result refuses both, so that nobody can change a token's text and keep its meaning.
    """
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return raw if encode(raw) == text else None
