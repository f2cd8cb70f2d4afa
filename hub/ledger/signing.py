"""The keys that sign the log's checkpoints: the first is made of the hub's secret, each later one is made and stored.

A new key signs from its beginning on, and the one before it beside it for a time, so that whoever has the former can
follow and take the new one over. A checkpoint that was signed holds under its key for ever.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.sealing import Sealer
from hub.store.records import LogKeyRow
from schemas.note import Verifier, sign_keys, sign_note

SEAL = "log-key"


class Keys:
    """Every key that signs or signed, the newest last."""

    def __init__(self, name: str, keys: Sequence[Ed25519PrivateKey], rows: Sequence[LogKeyRow]) -> None:
        """Take the log's name, the keys, and what is stored of each but the first."""
        self._name, self._keys, self._rows = name, keys, rows
        self.verifiers = tuple(Verifier(name, key.public_key().public_bytes_raw()) for key in keys)

    def signing(self, now: dt.datetime) -> Sequence[Ed25519PrivateKey]:
        """Return the keys that sign at a moment: the newest that has begun, and the one before it for its time."""
        begun = [row for row in self._rows if row.since <= now]
        former = bool(begun) and now < begun[-1].beside
        return self._keys[len(begun) - former : len(begun) + 1]

    def sign(self, text: str, origin: str, now: dt.datetime) -> str:
        """Return the note of a checkpoint's text."""
        return sign_note(text, origin, *self.signing(now))

    def published(self) -> str:
        """Return the note that names every key, signed by each of them: whoever has one learns the others."""
        return sign_keys(self._name, self._keys)

    @property
    def next(self) -> int:
        """The number of the key that would be made next."""
        return len(self._keys)


class Keyring:
    """Opens the keys as they are stored."""

    def __init__(self, name: str, first: Ed25519PrivateKey, unseal: Callable[[str, bytes], bytes]) -> None:
        """Take the log's name, its first key, and what opens the later ones."""
        self.name = name
        self._first, self._unseal = first, unseal

    def of(self, rows: Sequence[LogKeyRow]) -> Keys:
        """Return the keys of what is stored, in the order of their numbers.

        Raises:
            Unsealable: one does not open.
        """
        later = [Ed25519PrivateKey.from_private_bytes(self._unseal(SEAL, row.sealed)) for row in rows]
        return Keys(self.name, (self._first, *later), rows)


def keyring(sealer: Sealer) -> Keyring:
    """Return the keyring of a hub."""
    return Keyring(*sealer.ledger_key(), sealer.open)


def new_key(number: int, sealer: Sealer, since: dt.datetime, beside: dt.timedelta) -> tuple[LogKeyRow, bytes]:
    """Return the row of a new key, and the public key; the one before it signs ``beside`` it for so long."""
    key = Ed25519PrivateKey.generate()
    sealed = sealer.seal(SEAL, key.private_bytes_raw())
    return LogKeyRow(
        number=number, sealed=sealed, since=since, beside=since + beside
    ), key.public_key().public_bytes_raw()
