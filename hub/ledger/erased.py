"""What the record says of an erasure, and what remains of an entry about somebody who was erased."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

PERSON_ERASED: Final = "person.erased"
COPIES_DELETED: Final = "copies.deleted"
"""The events of the entries that say that people, or the copies of some tellings, were erased."""

Basis = Literal["retention", "section-47", "article-17", "court-order"]
"""Under what is erased; ``SAID`` says each in words."""
BASES: Final[tuple[Basis, ...]] = get_args(Basis)
SAID: Final = {
    "retention": "the time for which it may be kept was over",
    "section-47": "section 47 of the Data Protection Act 2018",
    "article-17": "article 17 of the UK GDPR",
    "court-order": "the order of a court",
}
"""Each basis, as it is told to somebody."""


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry says was erased: never what it was."""

    basis: Basis
    people: tuple[str, ...] = ()
    """The random ids of people of whom nothing is kept: every entry about them before this one is a remainder."""
    tellings: tuple[str, ...] = ()
    """Entries whose copies are not kept any more; the entries are."""


class Remains(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of an erased entry's commitments: with them it still comes to its own, and tells nothing."""

    auditor: str
    """The commitment of the auditor's branch, in hex."""
    publisher: str
    """The salt under which it is committed who published or asked, which is kept, in hex."""
    recipients: str
    """The salt by which the recipients' branches stand in their tree, in hex."""
    branches: tuple[str, ...]
    """The commitment of each recipient's branch, in hex and in their order."""
