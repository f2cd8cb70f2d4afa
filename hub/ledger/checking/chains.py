"""Each recipient's chain of branches: every number once, each naming the one before, up to where the store says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hub.ledger.checking.entries import Opened
from hub.store.port import Head


class Chains:
    """Follows the chains of all recipients through the record."""

    def __init__(self, *, from_the_start: bool) -> None:
        """Begin; where earlier entries are not looked at, a chain is taken up where it is first met."""
        self._ends: dict[str, Head] = {}
        self._from_the_start = from_the_start

    def follow(self, found: Opened) -> Iterator[str]:
        """Yield what of an entry's branches does not continue the chains."""
        for branch, commitment in zip(found.entry.branches, found.branches, strict=True):
            end = self._ends.get(branch.recipient)
            self._ends[branch.recipient] = Head(branch.number, commitment)
            if end is None and not self._from_the_start:
                continue
            number, before = (end.number, end.branch) if end else (0, bytes(32))
            if branch.number != number + 1:
                yield f"its branch of {branch.recipient} has number {branch.number}, and {number + 1} comes next"
            elif branch.previous != before.hex():
                yield f"its branch of {branch.recipient} does not name the branch before it"

    def missed(self, heads: Mapping[str, Head], *, complete: bool) -> Iterator[tuple[str, str]]:
        """Yield each recipient whose chain does not end where the store says, and how.

        Where not all is ``complete``, chains may have grown since.
        """
        known = heads if self._from_the_start else {r: h for r, h in heads.items() if r in self._ends}
        for recipient in sorted(known.keys() | self._ends.keys()):
            end, head = self._ends.get(recipient, Head(0, bytes(32))), heads.get(recipient)
            if head is None:
                yield recipient, f"its chain has {end.number} branches, and the store has no end of it"
            elif head.number < end.number or (complete and head.number > end.number):
                yield recipient, f"the store says that its chain has {head.number} branches; {end.number} are recorded"
            elif head.number == end.number and head.branch != end.branch:
                yield recipient, "its chain ends with another branch than the store says"
