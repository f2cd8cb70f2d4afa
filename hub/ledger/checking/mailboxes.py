"""Where the copies are: each in the mailboxes and under the numbers that its entry's branches say.

A copy that waited while a withholding came into force may be dropped; the record says of whose it was, and the entry
behind it of what was made in its place, under its number (docs/adr/0016-what-waits-goes-by-what-is-in-force.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from hub.ledger.entry import COPIES_DROPPED, Entry
from hub.store.log_port import Held


class Mailboxes:
    """Follows the mailboxes through the record."""

    def __init__(self) -> None:
        """Begin with nothing missing."""
        self._missing: dict[tuple[str, str], tuple[int, str]] = {}
        """Number and finding, by entry and recipient, of what is not where it was put."""
        self._strays: dict[str, str] = {}
        """The entry with which each copy goes that it does not name."""
        self._vacant: dict[str, int | None] = {}
        """By recipient, the number of what was dropped by the entry before; None where it was not missed here."""

    def follow(self, entry: Entry, held: Collection[Held]) -> Iterator[str]:
        """Yield what of an entry's copies is not where it says; what is missing may yet turn out to be dropped."""
        if entry.event == COPIES_DROPPED:
            places = ((part.recipient, (entry.reference, part.recipient)) for part in entry.auditor)
            self._vacant = {who: self._missing.pop(place, (None, ""))[0] for who, place in places}
            return
        vacant, self._vacant = self._vacant, {}
        copies = [view.copy for view in entry.views if view.copy]
        if any(each.entry == entry.id and each.copy in copies for each in held):
            vacant = {}  # its copies are its own, and took nobody's place
        for gone in sorted(set(copies) - {each.copy for each in held}):
            yield f"its copy {gone} is gone"
        for each in held:
            if each.copy not in copies:
                self._strays[each.copy] = entry.id
                continue
            self._strays.pop(each.copy, None)
            if not each.body:  # out of the mailboxes of whoever had not received it: see Erasures
                continue
            if each.entry != entry.id and not vacant:
                yield f"its copy {each.copy} goes with another entry"
            wanted = {b.recipient: b.number for b in entry.branches if entry.views[b.view].copy == each.copy}
            yield from self._placed(entry.id, each, wanted, vacant)

    def _placed(
        self, entry: str, held: Held, wanted: Mapping[str, int], vacant: Mapping[str, int | None]
    ) -> Iterator[str]:
        for recipient, number in sorted(held.mailboxes):
            if recipient not in wanted:
                yield f"its copy {held.copy} is in the mailbox of {recipient}, of which it says nothing"
            elif not _fits(number, wanted[recipient], recipient, vacant):
                named = vacant.get(recipient) or wanted[recipient]
                yield f"its copy {held.copy} is in the mailbox of {recipient} as number {number}, and not as {named}"
        for recipient in wanted.keys() - {recipient for recipient, _ in held.mailboxes}:
            number = vacant.get(recipient) or wanted[recipient]
            what = f"its copy {held.copy} is not in the mailbox of {recipient} as number {number}"
            self._missing[entry, recipient] = number, what

    def missed(self) -> Iterator[tuple[str, str]]:
        """Yield what is missing of entries and was not dropped, and what goes with them and no entry names."""
        yield from ((entry, what) for (entry, _), (_, what) in self._missing.items())
        for copy, entry in self._strays.items():
            yield entry, f"the copy {copy} is stored under it, and it says nothing of it"


def _fits(number: int, branch: int, recipient: str, vacant: Mapping[str, int | None]) -> bool:
    """Tell whether a number is a branch's own, or that of the copy in whose place this one was made."""
    if recipient not in vacant:
        return number == branch
    former = vacant[recipient]
    return number < branch if former is None else number == former
