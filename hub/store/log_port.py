"""What the log over the record asks of a store.

The record grows in the transactions of the path, under its lock, and an entry that is written is never changed: so
whoever reads the entries behind a place sees all that there are up to the last one seen, in the order of the record.
The log follows behind it, in transactions of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import msgspec

from hub.store.records import EntryRow, Head, LogKeyRow

BEGINNING = ""
"""In place of a shard's name: where the log begins; nothing is in it."""


class LogHead(msgspec.Struct, frozen=True, kw_only=True):
    """How far one shard of the log goes."""

    shard: str
    """Its month, as in ``2026-11``."""
    size: int
    first: int
    """The place in the record behind which it begins."""
    last: int
    """The place in the record of its last entry."""
    checkpoint: str
    """The signed note over this size; empty while nothing was signed."""
    at: dt.datetime | None
    """When it was signed."""
    former: str
    """The line of its checkpoints that names the last one of the shard before; empty in the first shard."""
    closed: bool
    """Whether a later shard has begun."""


class TileRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tile of a shard's tree."""

    shard: str
    level: int
    number: int
    hashes: bytes
    first: int | None
    """Of level 0: the place in the record of the first entry that it is over."""


class Behind(NamedTuple):
    """One entry as the log takes it in: its place in the record, its commitment, and when it was recorded."""

    place: int
    commitment: bytes
    at: dt.datetime


class Recorded(msgspec.Struct, frozen=True):
    """One entry and its place in the record."""

    place: int
    row: EntryRow


class Held(msgspec.Struct, frozen=True):
    """One copy as it is stored, sealed, and in which mailboxes it is: recipient and number."""

    entry: str
    """The entry with which it goes: its own, or that of the copy in whose place it was made."""
    copy: str
    body: bytes
    mailboxes: frozenset[tuple[str, int]]
    wrapped: bytes | None = None
    """The wrapped data key of its person, as it is read beside; None where there is none."""


class LogStore(Protocol):
    """The log's part of a store."""

    def head(self) -> LogHead:
        """Return the last shard; where there is none yet, the place where the log begins.

        Raises:
            LogBroken: it is not known.
        """

    def heads(self) -> Sequence[LogHead]:
        """Return the place where the log begins, and then each shard in its order."""

    def keys(self) -> Sequence[LogKeyRow]:
        """Return the keys that are stored, in their order."""

    def behind(self, place: int, *, limit: int) -> Sequence[Behind]:
        """Return the entries behind a place in the record, in their order."""

    def tile(self, shard: str, level: int, number: int) -> TileRow | None:
        """Return a tile, full or not, or None where there is none."""

    def together(self) -> AbstractContextManager[LogStore]:
        """Return the same for several questions, asked one after another by one thread over one connection."""

    def grow(self, was: LogHead, now: LogHead, tiles: Collection[TileRow]) -> bool:
        """Write a new head and the tiles that it needs, durable when this returns; False where another was quicker.

        Where it is of another shard than it was, that one is closed. Where the head is not what it was, or closed,
        nothing is written.
        """

    def number_of(self, entry: str) -> tuple[str, int] | None:
        """Return the shard of an entry and which of its entries it is, from 0; None where it is in none.

        Of an entry behind the log's end they are those that it would have in the last shard.
        """

    def chains(self) -> Mapping[str, Head]:
        """Return where the chain of each recipient ends."""

    def end(self) -> int:
        """Return the place of the last entry of the record."""

    def tiles(self, shard: str, level: int, *, after: int, limit: int) -> Sequence[TileRow]:
        """Return the tiles of one level of a shard behind a number, in their order."""

    def tiled(self) -> frozenset[str]:
        """Return the shards that have a tile."""

    def recorded(self, after: int, upto: int, *, limit: int) -> Sequence[Recorded]:
        """Return the entries behind one place and up to another, in their order."""

    def copies(self, entries: Collection[str]) -> Sequence[Held]:
        """Return the copies that go with some entries: all of theirs, and what was made in the place of one of them."""

    def copies_named(self, copies: Collection[str]) -> Sequence[Held]:
        """Return those of some copies that there are."""

    def unrecorded(self, *, limit: int) -> Sequence[str]:
        """Return copies of which there is no entry."""
