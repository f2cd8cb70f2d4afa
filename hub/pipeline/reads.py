"""What a batch reads of the store: much of it at once, when the batch begins, and nothing twice.

Whatever was read is locked until the transaction ends, so that what is kept here stays true.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from hub.store.port import Transaction


class Wanted(msgspec.Struct, frozen=True):
    """What one event will ask for: the key of the event itself, and the keys by which its person could be found."""

    seen: bytes
    keys: frozenset[bytes]


class Reads:
    """The store as one batch sees it."""

    def __init__(self, tx: Transaction) -> None:
        """Begin with nothing read."""
        self._tx = tx
        self._seen: dict[bytes, bytes | None] = {}
        self._found: dict[bytes, frozenset[str]] = {}
        self._states: dict[str, bytes | None] = {}
        self._keys: dict[str, frozenset[bytes]] = {}

    def warm(self, wanted: Iterable[Wanted]) -> None:
        """Read what a whole batch will ask for, a table at a time."""
        every = list(wanted)
        if not every:
            return
        events, keys = {each.seen for each in every}, {key for each in every for key in each.keys}
        seen, found = self._tx.recognise(events, keys)
        self._seen |= {event: seen.get(event) for event in events}
        self._note_found(keys, found)
        if not found:
            return
        states, known = self._tx.know(found.keys())
        self._states |= {person: states.get(person) for person in found}
        self._keys |= {person: known.get(person, frozenset()) for person in found}

    def seen(self, key: bytes) -> bytes | None:
        """Return the digest of an event that was accepted before, or None."""
        self._see({key})
        return self._seen[key]

    def find(self, keys: Collection[bytes]) -> dict[str, frozenset[bytes]]:
        """Return the people found by any of some keys, with the keys that found them."""
        if missing := [key for key in keys if key not in self._found]:
            self._note_found(missing, self._tx.find(missing))
        found: dict[str, set[bytes]] = {}
        for key in keys:
            for person in self._found[key]:
                found.setdefault(person, set()).add(key)
        return {person: frozenset(by) for person, by in found.items()}

    def people(self, ids: Collection[str]) -> Mapping[str, bytes]:
        """Return sealed states; a person merged into another is found under the kept id."""
        if missing := [i for i in ids if i not in self._states]:
            stored = self._tx.people(missing)
            self._states |= {i: stored.get(i) for i in missing}
        return {i: state for i in ids if (state := self._states[i]) is not None}

    def keys_of(self, person: str) -> frozenset[bytes]:
        """Return all keys of one person."""
        self._know({person})
        return self._keys[person]

    def _note_found(self, keys: Iterable[bytes], found: Mapping[str, frozenset[bytes]]) -> None:
        fresh: dict[bytes, set[str]] = {key: set() for key in keys}
        for person, by in found.items():
            for key in by:
                fresh[key].add(person)
        self._found |= {key: frozenset(people) for key, people in fresh.items()}

    def _see(self, keys: Collection[bytes]) -> None:
        if missing := [key for key in keys if key not in self._seen]:
            stored = self._tx.seen(missing)
            self._seen |= {key: stored.get(key) for key in missing}

    def _know(self, people: Collection[str]) -> None:
        if missing := [person for person in people if person not in self._keys]:
            stored = self._tx.keys_of(missing)
            self._keys |= {person: stored.get(person, frozenset()) for person in missing}
