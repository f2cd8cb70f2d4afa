"""The log's tree: each tile against the entries under it, and against the tiles below, up to the signed root."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from hub.ledger.tiles import HASH, HEIGHT, NOTHING, WIDTH, At, Tree, grown, hashes_of
from hub.store.log_port import LogHead, LogStore, Recorded, TileRow
from schemas.merkle import Unproven, leaf_hash, verify_consistency
from schemas.note import NoteInvalid, Verifier, open_checkpoint

MANY = 4
"""How many tiles are read at once."""


class TreeCheck:
    """Follows the tree upwards from its lowest tiles."""

    def __init__(self, store: LogStore, head: LogHead, key: Verifier) -> None:
        """Take the log as it stands, and the key that signs it."""
        self._store, self._head, self._key = store, head, key
        self._edge, self._above = NOTHING, dict[At, bytes]()
        self._beyond: list[str] = []
        """Tiles that have more than the head needs: wrong, unless the log grew since it was read."""

    def groups(self) -> Iterator[tuple[TileRow, int]]:
        """Yield the tiles over the entries as far as the head goes, each with the last place that may be under it."""
        waiting: TileRow | None = None
        for tile in _all(self._store, 0):
            needed = self._head.size - tile.number * WIDTH
            if len(tile.hashes) > max(needed, 0) * HASH and needed < WIDTH:
                self._beyond.append(f"log tile 0/{tile.number}")
            if needed <= 0:
                continue
            if waiting:
                yield waiting, (tile.first or 0) - 1
            waiting = msgspec.structs.replace(tile, hashes=tile.hashes[: needed * HASH])
        if waiting:
            yield waiting, self._head.last

    def follow(self, tile: TileRow, under: Sequence[Recorded]) -> Iterator[tuple[str, str]]:
        """Yield what does not fit between a lowest tile and the entries under it; tiles come in their order."""
        number, hashes = self._edge.size // WIDTH, hashes_of(tile.hashes)
        where = f"log tile 0/{tile.number}"
        if tile.number != number or self._edge.size % WIDTH:
            yield where, f"comes where 0/{number} is due: a tile is gone, or one is not full"
        if len(tile.hashes) != min(WIDTH, self._head.size - tile.number * WIDTH) * HASH:
            yield where, "has fewer hashes than the size of the log gives it"
        yield from _compared(tile, hashes, under)
        self._edge, tiles = grown(self._edge, hashes)
        self._above |= {at: found for at, found in tiles.items() if at[0]}

    def finish(self) -> Iterator[tuple[str, str]]:
        """Yield what does not fit above the lowest tiles."""
        for level in range(1, HEIGHT):
            for tile in _all(self._store, level):
                wanted = self._above.pop((level, tile.number), b"")
                if wanted != tile.hashes[: len(wanted)]:
                    yield f"log tile {level}/{tile.number}", "is not what the tiles below it come to"
                if len(tile.hashes) > len(wanted):
                    self._beyond.append(f"log tile {level}/{tile.number}")
        for level, number in self._above:
            yield f"log tile {level}/{number}", "is gone"
        if self._store.head() == self._head:
            yield from ((where, "has more hashes than the size of the log gives it") for where in self._beyond)
        yield from (("checkpoint", what) for what in self._signed())

    def _signed(self) -> Iterator[str]:
        if not self._head.size and not self._head.checkpoint:
            return
        try:
            signed = open_checkpoint(self._head.checkpoint, self._key)
        except NoteInvalid as error:
            yield str(error)
            return
        if signed.size != self._head.size:
            yield f"is over {signed.size} entries, and the log says that it has {self._head.size}"
        if (signed.size, signed.root) != (self._edge.size, self._edge.root()):
            yield f"has another root than the {self._edge.size} entries in the tiles come to"


def not_continued(store: LogStore, key: Verifier, kept: str) -> str | None:
    """Return why the log is not one that continues a checkpoint that somebody kept, or None where it is."""

    def fetch(level: int, number: int) -> bytes:
        row = store.tile(level, number)
        return row.hashes if row else b""

    head = store.head()
    try:
        before = open_checkpoint(kept, key)
        now = open_checkpoint(head.checkpoint, key)
    except NoteInvalid as error:
        return str(error)
    if not before.size:
        return None
    try:
        proof = Tree(now.size, fetch).consistency(before.size)
        verify_consistency(before.size, now.size, proof, before.root, now.root)
    except (Unproven, IndexError):
        return f"the log of {now.size} entries does not continue the one of {before.size} that was signed then"
    return None


def _all(store: LogStore, level: int) -> Iterator[TileRow]:
    after = -1
    while found := store.tiles(level, after=after, limit=MANY):
        yield from found
        after = found[-1].number


def _compared(tile: TileRow, hashes: list[bytes], under: Sequence[Recorded]) -> Iterator[tuple[str, str]]:
    """Yield which entries are missing, are not in the log, or stand elsewhere."""
    own = [leaf_hash(each.row.commitment) for each in under]
    if own == hashes:
        return
    here, there = set(own), set(hashes)
    for place, found in enumerate(hashes):
        if found not in here:
            yield f"log number {tile.number * WIDTH + place}", "is of an entry that is not stored, or was altered"
    for each, found in zip(under, own, strict=True):
        if found not in there:
            yield f"entry {each.row.id}", "is not in the log where it stands in the record"
    if here == there:
        yield f"log tile 0/{tile.number}", "has the entries under it in another order than the record"
