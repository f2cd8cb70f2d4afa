"""The data keys of the people whom one transaction is about: read beside their records, or made new for newcomers."""

from __future__ import annotations

from collections.abc import Collection

from hub.sealing import DataKey, Sealer
from hub.store.port import Transaction


class Keyring:
    """Seals and opens what is of a person under that person's key, and what is of nobody under the hub's own."""

    def __init__(self, tx: Transaction, sealer: Sealer) -> None:
        """Take where wrapped keys are, and what unwraps them."""
        self._tx, self._sealer = tx, sealer
        self._keys: dict[str, DataKey] = {}
        self._new: dict[str, DataKey] = {}
        self._gone: set[str] = set()

    def own(self, person: str) -> DataKey:
        """Return the key of somebody whose record was read, or who is new and gets one, kept with the record."""
        key = self._keys.get(person)
        if key is None:
            key = self._keys[person] = self._new[person] = self._sealer.new_key()
        return key

    def seal(self, person: str | None, use: str, plain: bytes) -> bytes:
        """Return the sealed value."""
        key = self._key(person) if person else None
        return key.seal(use, plain) if key else self._sealer.seal(use, plain)

    def open(self, person: str | None, use: str, sealed: bytes) -> bytes:
        """Return the plain value; what was sealed before its person had a key opens under the hub's own.

        Raises:
            Unsealable: it opens under neither.
        """
        key = self._key(person) if person else None
        return self._sealer.open_for(key.wrapped if key else None, use, sealed)

    def new(self, kept: Collection[str]) -> dict[str, bytes]:
        """Return the wrapped keys that were made for people of whom a record is kept."""
        return {person: key.wrapped for person, key in self._new.items() if person in kept}

    def forget(self, people: Collection[str]) -> None:
        """Seal nothing more under the keys of people who are erased."""
        self._gone |= set(people)

    def _key(self, person: str) -> DataKey | None:
        if person in self._gone:
            return None
        key = self._keys.get(person)
        if key is None and (wrapped := self._tx.data_keys([person]).get(person)) is not None:
            key = self._keys[person] = self._sealer.data_key(wrapped)
        return key
