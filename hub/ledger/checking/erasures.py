"""Erased, or altered: what is not there any more has an entry behind it that says so, or it was taken away."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import UNSET

from hub.ledger.entry import Entry
from hub.store.log_port import Held


class Erasures:
    """Follows through the record who was erased, and whose copies."""

    def __init__(self) -> None:
        """Begin with nothing missing."""
        self._remainders: dict[str, list[str]] = {}
        """Of people of whom no erasure was met yet, the entries that are remainders."""
        self._whole: dict[str, str] = {}
        """The last entry about each person that is whole."""
        self._emptied: dict[str, str] = {}
        """The copies without their bytes, each by the entry with which it goes, of which no erasure was met yet."""

    def follow(self, entry: Entry, held: Collection[Held]) -> Iterator[tuple[str, str]]:
        """Yield what of earlier entries was to be erased by this one, and is there."""
        if entry.erased is not UNSET:
            for person in entry.erased.people:
                self._remainders.pop(person, None)
                if whole := self._whole.pop(person, None):
                    yield whole, "was to be erased with its person, and was not"
            for telling in entry.erased.tellings:
                self._emptied.pop(telling, None)
        person = entry.person or ""
        if entry.remains is not UNSET:
            self._remainders.setdefault(person, []).append(entry.id)
            if any(each.body for each in held):
                yield entry.id, "is about somebody who was erased, and a copy of it is kept"
            return
        if person:
            self._whole[person] = entry.id
        for each in held:
            if not each.body:
                self._emptied[each.entry] = each.copy

    def missed(self) -> Iterator[tuple[str, str]]:
        """Yield what is not there any more though no entry says that it was erased."""
        for entries in self._remainders.values():
            yield from ((entry, "was altered: it looks erased, and no erasure says so") for entry in entries)
        for entry, copy in self._emptied.items():
            yield entry, f"its copy {copy} was emptied, and no erasure says so"
