"""Everything at rest that is personal is sealed: encryption, and keyed hashes to find without reading.

One secret of 32 bytes makes all keys (HKDF, RFC 5869), one for each use, so that nothing sealed
for one use opens under another. Losing the secret loses all that is stored.

What is of one person is sealed under that person's own data key, which is stored wrapped under the secret. When the
wrapped key is destroyed, nothing that was sealed under it opens any more (docs/adr/0021-a-key-for-each-person.md).
"""

from __future__ import annotations

import contextlib
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from hub.errors import Fault, Misconfigured, Problem

_NONCE = 12
KEYS_KEPT = 10_000
"""How many data keys a process keeps unwrapped. One whose wrapped form is destroyed is never asked for again."""


class Unsealable(Fault):
    """A stored value does not open under the hub's secret."""

    remedy = "Check that the secret file is the one that this store was made with."


class DataKey:
    """The key of one person; the use is authenticated, so that what is sealed for one use opens for no other."""

    def __init__(self, key: bytes, wrapped: bytes) -> None:
        """Take the key of 32 bytes, and its wrapped form, as it is stored."""
        self._cipher, self.wrapped = AESGCM(key), wrapped

    def seal(self, use: str, plain: bytes) -> bytes:
        """Return the sealed value: a random nonce, then AES-256-GCM ciphertext with its tag."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, use.encode())

    def open(self, use: str, sealed: bytes) -> bytes:
        """Return the plain value.

        Raises:
            Unsealable: made under another key or for another use, altered, or cut off.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], use.encode())
        except (InvalidTag, ValueError):
            raise Unsealable from None


class Sealer:
    """Seals, opens and hashes under keys made from one secret, and under the data keys that are wrapped by it."""

    def __init__(self, secret: bytes) -> None:
        """Make the keys; the secret has 32 bytes or more."""
        self._seal = {
            use: AESGCM(_key(secret, use)) for use in ("state", "copy", "held", "due", "entry", "log-key", "data-key")
        }
        self._unwrapped = lru_cache(maxsize=KEYS_KEPT)(self._unwrap)
        hashed = ("identity", "seen", "content", "delivery", "entry", "pseudonym", "fingerprint")
        self._hash = {use: HMAC(_key(secret, use), SHA256()) for use in hashed}
        self._ledger = _key(secret, "ledger-key"), _key(secret, "ledger-name")[:8].hex()

    def seal(self, use: str, plain: bytes) -> bytes:
        """Return the sealed value: a random nonce, then AES-256-GCM ciphertext with its tag."""
        nonce = os.urandom(_NONCE)
        return nonce + self._seal[use].encrypt(nonce, plain, None)

    def open(self, use: str, sealed: bytes) -> bytes:
        """Return the plain value.

        Raises:
            Unsealable: made under another secret or for another use, altered, or cut off.
        """
        try:
            return self._seal[use].decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        except (InvalidTag, ValueError):  # the latter where not even a nonce is left of it
            raise Unsealable from None

    def new_key(self) -> DataKey:
        """Return a new data key for one person."""
        key = secrets.token_bytes(32)
        return DataKey(key, self.seal("data-key", key))

    def data_key(self, wrapped: bytes) -> DataKey:
        """Return the data key of a wrapped form; those used last are kept in memory.

        Raises:
            Unsealable: it was wrapped under another secret, or altered.
        """
        return self._unwrapped(wrapped)

    def open_for(self, wrapped: bytes | None, use: str, sealed: bytes) -> bytes:
        """Return the plain value of what is of a person whose wrapped data key is given; None where they have none.

        What was stored before its person had a key opens under the secret itself.

        Raises:
            Unsealable: it opens under neither.
        """
        if wrapped is not None:
            with contextlib.suppress(Unsealable):
                return self.data_key(wrapped).open(use, sealed)
        return self.open(use, sealed)

    def _unwrap(self, wrapped: bytes) -> DataKey:
        return DataKey(self.open("data-key", wrapped), wrapped)

    def ledger_key(self) -> tuple[str, Ed25519PrivateKey]:
        """Return the name of the hub's log and the key that signs its checkpoints."""
        seed, name = self._ledger
        return f"offender-hub/{name}", Ed25519PrivateKey.from_private_bytes(seed)

    def hash(self, use: str, *parts: str) -> bytes:
        """Return the keyed hash (HMAC-SHA-256, 32 bytes) of some parts, each length-marked."""
        message = b""
        for part in parts:
            raw = part.encode()
            message += len(raw).to_bytes(4) + raw
        keyed = self._hash[use].copy()  # with the key taken in already, which is the most of hashing a short message
        keyed.update(message)
        return keyed.finalize()


def _key(secret: bytes, use: str) -> bytes:
    return HKDFExpand(SHA256(), 32, b"offender-hub/1/" + use.encode()).derive(secret)


def load_secret(path: Path) -> bytes:
    """Return the hub's secret from its file, which only its owner may read.

    Raises:
        Misconfigured: the file is missing, open to others, or too short.
    """
    if not path.is_file():
        raise Misconfigured(Problem(str(path), "there is no secret file; make one with 'hub init'"))
    if path.stat().st_mode & 0o077:
        raise Misconfigured(Problem(str(path), "is readable by others; allow its owner alone (chmod 600)"))
    secret = path.read_bytes()
    if len(secret) < 32:
        raise Misconfigured(Problem(str(path), "is shorter than 32 bytes"))
    return secret


def make_secret(path: Path) -> None:
    """Write a new secret, readable by its owner alone; an existing file is left as it is."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
