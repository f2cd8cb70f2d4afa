"""What remains of an entry when whom it was about is erased; pure.

Section 62 of the Data Protection Act 2018 asks for a log of what was done, when, by whom, to whom it was disclosed and
why: these stay. What was given and withheld, the facts that were read, the event, and the salts of every commitment go.
"""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from hub.ledger.entry import Commitments, Entry, ViewEntry
from hub.ledger.erased import Remains
from hub.ledger.recipients import root_of

_OF_THE_HUB = frozenset({"consultation", "erasure", "policy"})
"""Kinds of entries whose event names what the hub was asked to do, and nothing that happened to somebody."""
NOTHING_KNOWN = Remains(auditor="", publisher="", recipients="", branches=())
"""Of an entry whose secret does not open: that it comes to its commitment cannot be shown, as it could not before."""


def remainder_of(entry: Entry, commitments: Commitments | None) -> Entry:
    """Return what is kept of an entry; ``commitments`` are its own, None where they cannot be made."""
    return replace(
        entry,
        event=entry.event if entry.kind in _OF_THE_HUB else "",
        reference="",
        corrects=UNSET,
        category="unknown",
        views=tuple(map(_bare, entry.views)),
        auditor=(),
        processing=entry.processing if entry.processing is UNSET else replace(entry.processing, altered=()),
        remains=_remains(entry, commitments) if commitments else NOTHING_KNOWN,
    )


def comes_to(remainder: Entry) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the commitment of an erased entry and those of its branches, by what is left of them.

    Raises:
        ValueError: it is no remainder, or what is left is not in its form.
    """
    left = remainder.remains
    if left is UNSET or len(left.branches) != len(remainder.branches):
        raise ValueError("nothing is left to compare")
    branches = tuple(map(bytes.fromhex, left.branches))
    root = root_of(branches, bytes.fromhex(left.recipients))
    publisher = hashlib.sha256(bytes.fromhex(left.publisher) + remainder.by.encode()).digest()
    return hashlib.sha256(bytes.fromhex(left.auditor) + publisher + root).digest(), branches


def _remains(entry: Entry, commitments: Commitments) -> Remains:
    _, branches = commitments.entry(entry)
    return Remains(
        auditor=commitments.auditor(entry).hex(),
        publisher=commitments.salt("publisher").hex(),
        recipients=commitments.salt("recipients").hex(),
        branches=tuple(branch.hex() for branch in branches),
    )


def _bare(view: ViewEntry) -> ViewEntry:
    """Return a view without what it gave: which copy it was, and on what basis it was given."""
    return replace(view, leaves=msgspec.Raw(b"{}"))
