"""The log over the record: it grows behind the transactions of the path, and signs where it stands.

Any process may let it grow, and several may try at once: what comes of it rests on the entries alone, and the store
takes the first. Nothing is signed that does not continue what was signed before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.errors import LogBroken
from hub.ledger.tiles import HASH, NOTHING, WIDTH, Edge, Tree, edge_of, grown
from hub.store.log_port import Behind, LogHead, LogStore, TileRow
from schemas.merkle import Unproven, leaf_hash, verify_inclusion
from schemas.note import Checkpoint, NoteInvalid, Verifier, open_checkpoint, sign_note
from schemas.proof_file import Logged

PORTION = 16 * WIDTH
"""How many entries one step takes at most."""


class Log:
    """The log of one hub."""

    def __init__(self, store: LogStore, name: str, key: Ed25519PrivateKey, clock: Callable[[], dt.datetime]) -> None:
        """Take the log's part of the store, and the name and key under which it signs."""
        self._store, self._name, self._key, self._now = store, name, key, clock
        self.verifier = Verifier(name, key.public_key().public_bytes_raw())
        """The public key, by which everybody checks what was signed."""

    def grow(self) -> int:
        """Take in the entries behind its end, a portion at most, and sign; return how many there were.

        Raises:
            LogBroken: its tiles or its checkpoint are not what was signed.
            StoreUnavailable: nothing was taken in.
        """
        was = self._store.head()
        new = self._store.behind(was.last, limit=PORTION)
        if not new:
            return 0
        edge, tiles = grown(self._edge(was), [leaf_hash(each.commitment) for each in new])
        now = LogHead(
            size=edge.size,
            first=was.first,
            last=new[-1].place,
            checkpoint=self._signed(edge),
            at=self._now(),
        )
        rows = [
            TileRow(level=level, number=number, hashes=hashes, first=None if level else self._first(was, number, new))
            for (level, number), hashes in tiles.items()
        ]
        self._store.grow(was, now, rows)
        return len(new)

    def catch_up(self) -> None:
        """Take in every entry that there is; raises as ``grow`` does."""
        while self.grow() == PORTION:
            pass

    def waited(self) -> float:
        """Return for how many seconds the oldest entry behind the log's end has waited; nought where none waits."""
        oldest = self._store.behind(self._store.head().last, limit=1)
        return max((self._now() - oldest[0].at).total_seconds(), 0.0) if oldest else 0.0

    def head(self) -> LogHead:
        """Return how far the log goes."""
        return self._store.head()

    def checkpoint(self) -> str:
        """Return the signed note of where the log stands."""
        return self._store.head().checkpoint or self._signed(NOTHING)

    def tile(self, level: int, number: int, width: int) -> bytes | None:
        """Return so many hashes of a tile, or None where the log does not have as many."""
        row = self._store.tile(level, number)
        return row.hashes[: width * HASH] if row and len(row.hashes) >= width * HASH else None

    def bundle(self, number: int, width: int) -> bytes | None:
        """Return so many entries of those under a tile, each behind its length, or None where the log has fewer."""
        row = self._store.tile(0, number)
        if row is None or row.first is None or len(row.hashes) < width * HASH:
            return None
        found = self._store.behind(row.first - 1, limit=width)
        return b"".join(len(each.commitment).to_bytes(2) + each.commitment for each in found)

    def prove(self, entry: str, commitment: bytes) -> Logged | None:
        """Return the proof that an entry is in the log, or None where it was recorded before there was one.

        Raises:
            LogBroken: its tiles are not what was signed.
        """
        self.catch_up()
        number, head = self._store.number_of(entry), self._store.head()
        if number is None:
            return None
        try:
            path = tuple(Tree(head.size, self._hashes).inclusion(number))
            signed = open_checkpoint(head.checkpoint, self.verifier)
            verify_inclusion(leaf_hash(commitment), number, signed.size, path, signed.root)
        except (NoteInvalid, Unproven, ValueError, IndexError):
            raise LogBroken from None  # a proof that would not hold is none to give
        return Logged(number, path, head.checkpoint)

    def _signed(self, edge: Edge) -> str:
        return sign_note(Checkpoint(self._name, edge.size, edge.root()).text(), self._name, self._key)

    def _edge(self, head: LogHead) -> Edge:
        """Return the edge to continue from, if it is what was signed."""
        if not head.size and not head.checkpoint:
            return NOTHING
        edge = edge_of(head.size, self._hashes)
        try:
            signed = open_checkpoint(head.checkpoint, self.verifier)
        except NoteInvalid:
            raise LogBroken from None
        if (signed.size, signed.root) != (head.size, edge.root()):
            raise LogBroken
        return edge

    def _hashes(self, level: int, number: int) -> bytes:
        row = self._store.tile(level, number)
        if row is None:
            raise LogBroken
        return row.hashes

    def _first(self, was: LogHead, number: int, new: Sequence[Behind]) -> int:
        """Return the place of the first entry under a tile of level 0."""
        if number * WIDTH >= was.size:
            return new[number * WIDTH - was.size].place
        row = self._store.tile(0, number)
        if row is None or row.first is None:
            raise LogBroken
        return row.first
