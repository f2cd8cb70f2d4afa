"""The index of the record: it grows behind the record, so that a question reads what it asks for and no more.

Any process may let it grow, and several may try at once: what comes of it rests on the entries alone, and the store
takes the first.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from hub.store.index_port import BLOCK, BranchAt, Indexed, RecordIndex

PORTION = 4096
"""How many entries one step takes at most."""


class _Branch(msgspec.Struct):
    recipient: str
    agency: str
    number: int


class _View(msgspec.Struct):
    agreements: tuple[str, ...] = ()


class _Entry(msgspec.Struct):
    """Of an entry what is found by the index."""

    at: dt.datetime
    kind: str
    reference: str
    views: tuple[_View, ...] = ()
    branches: tuple[_Branch, ...] = ()


_words = msgspec.json.Decoder(list[str]).decode
_read = msgspec.json.Decoder(_Entry).decode
_RULES = re.compile(rb'"rules":\[([^\]]*)\]')
"""The rules of one leaf, as an entry has them: it is canonical JSON, so there is no other way of writing them."""


class RecordIndexing:
    """Lets the index of one store follow its record."""

    def __init__(self, index: RecordIndex) -> None:
        """Take the index's part of the store."""
        self._index = index

    def grow(self) -> int:
        """Take in the entries behind its end, a portion at most; return how many there were.

        Raises:
            StoreUnavailable: nothing was taken in.
        """
        was = self._index.indexed_upto()
        new = self._index.behind(was, limit=PORTION)
        if new:
            self._index.grow(was, new[-1][0], indexed(new))
        return len(new)

    def catch_up(self) -> None:
        """Take in every entry that there is; raises as ``grow`` does."""
        while self.grow() == PORTION:
            pass


def indexed(entries: Sequence[tuple[int, bytes]]) -> Indexed:
    """Return what some entries add to the index; one that cannot be read, which ``hub ledger check`` tells, nothing."""
    branches: list[BranchAt] = []
    grounds: set[tuple[str, int]] = set()
    references: set[tuple[int, int]] = set()
    for place, content in entries:
        try:
            entry = _read(content)
        except msgspec.DecodeError:
            continue
        branches += [
            BranchAt(recipient=b.recipient, number=b.number, agency=b.agency, at=entry.at, place=place)
            for b in entry.branches
        ]
        if entry.views:
            block = place // BLOCK
            for rules in set(_RULES.findall(content)):
                grounds.update([(key, block) for key in _rule_keys(rules)])
            for view in entry.views:
                grounds.update([(key, block) for key in _agreement_keys(view.agreements)])
        if entry.reference:
            references.add((reference_key(entry.reference), place))
    return Indexed(branches=branches, grounds=grounds, references=references)


@lru_cache(4096)
def _rule_keys(rules: bytes) -> tuple[str, ...]:
    """Return how the index names the rules of a leaf, of their text without its brackets."""
    try:
        return tuple([rule_key(rule) for rule in _words(b"[%b]" % rules)])
    except msgspec.DecodeError:
        return ()


@lru_cache(4096)
def _agreement_keys(versions: tuple[str, ...]) -> tuple[str, ...]:
    """Return how the index names versions of agreements, and the agreements of whatever version."""
    return tuple({agreement_key(name) for each in versions for name in (each, each.partition("@")[0])})


def rule_key(rule: str) -> str:
    """Return how the index names a rule."""
    return f"rule {rule}"[:300]


def agreement_key(agreement: str) -> str:
    """Return how the index names an agreement, or one version of it."""
    return f"agreement {agreement}"[:300]


def reference_key(reference: str) -> int:
    """Return a short hash of a reference: 63 bits, so that it fits a column; who finds by it compares the whole."""
    return int.from_bytes(hashlib.sha256(reference.encode()).digest()[:8]) >> 1
