"""The log over the record: it grows behind the transactions of the path, and signs where it stands.

Any process may let it grow, and several may try at once: what comes of it rests on the entries alone, and the store
takes the first. Nothing is signed that does not continue what was signed before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from hub.errors import LogBroken
from hub.ledger.shards import in_one, opened, shard_of
from hub.ledger.signing import Keyring, Keys
from hub.ledger.tiles import HASH, NOTHING, WIDTH, At, Edge, Tree, edge_of, grown
from hub.store.log_port import Behind, LogHead, LogStore, TileRow
from schemas.merkle import Unproven, leaf_hash, verify_inclusion
from schemas.note import Checkpoint, NoteInvalid, open_checkpoint, read_checkpoint
from schemas.proof_file import Logged

PORTION = 16 * WIDTH
"""How many entries one step takes at most."""


class Log:
    """The log of one hub, a shard for each month."""

    def __init__(self, store: LogStore, keyring: Keyring, clock: Callable[[], dt.datetime]) -> None:
        """Take the log's part of the store, its name with what opens its keys, and the time in UTC."""
        self._store, self._keyring, self._now = store, keyring, clock
        self.name = keyring.name

    def keys(self) -> Keys:
        """Return every key that signs or signed.

        Raises:
            StoreUnavailable, Unsealable: they cannot be read.
        """
        return self._keyring.of(self._store.keys())

    def origin(self, shard: str) -> str:
        """Return the name under which a shard signs."""
        return f"{self.name}/{shard}"

    def grow(self) -> int:
        """Take in the entries behind its end, of one month and a portion at most, and sign; return how many.

        Raises:
            LogBroken: its tiles or its checkpoint are not what was signed.
            StoreUnavailable: nothing was taken in.
        """
        was = self._store.head()
        behind = self._store.behind(was.last, limit=PORTION)
        if not behind:
            return 0
        keys, shard = self.keys(), shard_of(behind[0].at, was.shard)
        new = in_one(behind, shard)
        edge = self._edge(was, keys)
        if shard != was.shard:
            edge, begun = NOTHING, opened(shard, was, self._tie(was))
        else:
            begun = was
        edge, tiles = grown(edge, [leaf_hash(each.commitment) for each in new])
        self._store.grow(was, self._signed(begun, edge, new[-1].place, keys), self._rows(begun, new, tiles))
        return len(new)

    def catch_up(self) -> None:
        """Take in every entry that there is; raises as ``grow`` does."""
        while self.grow():
            pass

    def waited(self) -> float:
        """Return for how many seconds the oldest entry behind the log's end has waited; nought where none waits."""
        oldest = self._store.behind(self._store.head().last, limit=1)
        return max((self._now() - oldest[0].at).total_seconds(), 0.0) if oldest else 0.0

    def head(self) -> LogHead:
        """Return how far the last shard goes."""
        return self._store.head()

    def heads(self) -> Sequence[LogHead]:
        """Return how far each shard goes."""
        return [head for head in self._store.heads() if head.shard]

    def checkpoint_of(self, shard: str) -> str | None:
        """Return the last signed note of a shard, or None where there is no such shard."""
        return next((head.checkpoint for head in self.heads() if head.shard == shard), None)

    def checkpoint(self) -> str:
        """Return the last signed note of the last shard; where nothing was recorded yet, that of an empty one."""
        if found := self._store.head().checkpoint:
            return found
        now = self._now()
        nothing = Checkpoint(self.origin(shard_of(now, "")), 0, NOTHING.root())
        return self.keys().sign(nothing.text(), nothing.origin, now)

    def tile(self, shard: str, level: int, number: int, width: int) -> bytes | None:
        """Return so many hashes of a tile, or None where the shard does not have as many."""
        row = self._store.tile(shard, level, number)
        return row.hashes[: width * HASH] if row and len(row.hashes) >= width * HASH else None

    def bundle(self, shard: str, number: int, width: int) -> bytes | None:
        """Return so many entries of those under a tile, each behind its length, or None where there are fewer."""
        row = self._store.tile(shard, 0, number)
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
        with self._store.together() as store:
            return Log(store, self._keyring, self._now).proof(entry, commitment)

    def proof(self, entry: str, commitment: bytes) -> Logged | None:
        """Return the proof of an entry as ``prove`` does, by the checkpoints that there are."""
        found = self._store.number_of(entry)
        if found is None:
            return None
        shard, number = found
        checkpoint = self.checkpoint_of(shard) or ""
        try:
            signed = open_checkpoint(checkpoint, *self.keys().verifiers)
            path = tuple(Tree(signed.size, partial(self._hashes, shard)).inclusion(number))
            verify_inclusion(leaf_hash(commitment), number, signed.size, path, signed.root)
        except (NoteInvalid, Unproven, ValueError, IndexError):
            raise LogBroken from None  # a proof that would not hold is none to give
        return Logged(number, path, checkpoint)

    def _signed(self, begun: LogHead, edge: Edge, last: int, keys: Keys) -> LogHead:
        """Return the head of a shard that ends with an entry, with its checkpoint."""
        origin, now = self.origin(begun.shard), self._now()
        checkpoint = Checkpoint(origin, edge.size, edge.root(), _extensions(begun))
        note = keys.sign(checkpoint.text(), origin, now)
        return replace(begun, size=edge.size, last=last, checkpoint=note, at=now)

    def _tie(self, was: LogHead) -> str:
        return read_checkpoint(was.checkpoint.partition("\n\n")[0] + "\n").as_former() if was.shard else ""

    def _edge(self, head: LogHead, keys: Keys) -> Edge:
        """Return the edge to continue from, if it is what was signed."""
        if not head.size and not head.checkpoint:
            return NOTHING
        edge = edge_of(head.size, partial(self._hashes, head.shard))
        try:
            signed = open_checkpoint(head.checkpoint, *keys.verifiers)
        except NoteInvalid:
            raise LogBroken from None
        if signed != Checkpoint(self.origin(head.shard), head.size, edge.root(), _extensions(head)):
            raise LogBroken
        return edge

    def _hashes(self, shard: str, level: int, number: int) -> bytes:
        row = self._store.tile(shard, level, number)
        if row is None:
            raise LogBroken
        return row.hashes

    def _rows(self, begun: LogHead, new: Sequence[Behind], tiles: Mapping[At, bytes]) -> list[TileRow]:
        return [
            TileRow(
                shard=begun.shard,
                level=level,
                number=number,
                hashes=hashes,
                first=None if level else self._first(begun, number, new),
            )
            for (level, number), hashes in tiles.items()
        ]

    def _first(self, begun: LogHead, number: int, new: Sequence[Behind]) -> int:
        """Return the place of the first entry under a tile of level 0."""
        if number * WIDTH >= begun.size:
            return new[number * WIDTH - begun.size].place
        row = self._store.tile(begun.shard, 0, number)
        if row is None or row.first is None:
            raise LogBroken
        return row.first


def _extensions(head: LogHead) -> tuple[str, ...]:
    return (head.former,) if head.former else ()
