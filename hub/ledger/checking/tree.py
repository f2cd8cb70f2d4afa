"""A shard's tree: each tile against the entries under it, and against the tiles below, up to the signed root."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from hub.ledger.tiles import HASH, HEIGHT, NOTHING, WIDTH, At, grown, hashes_of
from hub.store.log_port import LogHead, LogStore, Recorded, TileRow
from schemas.merkle import leaf_hash
from schemas.note import NoteInvalid, Verifier, open_checkpoint

MANY = 4
"""How many tiles are read at once."""


class TreeCheck:
    """Follows the tree upwards from its lowest tiles."""

    def __init__(self, store: LogStore, head: LogHead, keys: Sequence[Verifier]) -> None:
        """Take a shard as it stands, and the log's keys."""
        self._store, self._head, self._keys = store, head, keys
        self._edge, self._above = NOTHING, dict[At, bytes]()
        self._beyond: list[str] = []
        """Tiles that have more than the head needs: wrong, unless the log grew since it was read."""

    def groups(self) -> Iterator[tuple[TileRow, int]]:
        """Yield the tiles over the entries as far as the head goes, each with the last place that may be under it."""
        waiting: TileRow | None = None
        for tile in _all(self._store, self._head.shard, 0):
            needed = self._head.size - tile.number * WIDTH
            if len(tile.hashes) > max(needed, 0) * HASH and needed < WIDTH:
                self._beyond.append(self._where(0, tile.number))
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
        where = self._where(0, tile.number)
        if tile.number != number or self._edge.size % WIDTH:
            yield where, f"comes where 0/{number} is due: a tile is gone, or one is not full"
        if len(tile.hashes) != min(WIDTH, self._head.size - tile.number * WIDTH) * HASH:
            yield where, "has fewer hashes than the size of the log gives it"
        yield from _compared(where, tile, hashes, under)
        self._edge, tiles = grown(self._edge, hashes)
        self._above |= {at: found for at, found in tiles.items() if at[0]}

    def finish(self) -> Iterator[tuple[str, str]]:
        """Yield what does not fit above the lowest tiles."""
        for level in range(1, HEIGHT):
            for tile in _all(self._store, self._head.shard, level):
                wanted = self._above.pop((level, tile.number), b"")
                if wanted != tile.hashes[: len(wanted)]:
                    yield self._where(level, tile.number), "is not what the tiles below it come to"
                if len(tile.hashes) > len(wanted):
                    self._beyond.append(self._where(level, tile.number))
        for level, number in self._above:
            yield self._where(level, number), "is gone"
        if self._head in self._store.heads():
            yield from ((where, "has more hashes than the size of the log gives it") for where in self._beyond)
        yield from ((f"checkpoint {self._head.shard}", what) for what in self._signed())

    def _where(self, level: int, number: int) -> str:
        return f"log tile {self._head.shard}/{level}/{number}"

    def _signed(self) -> Iterator[str]:
        try:
            signed = open_checkpoint(self._head.checkpoint, *self._keys)
        except NoteInvalid as error:
            yield str(error)
            return
        if signed.size != self._head.size:
            yield f"is over {signed.size} entries, and the log says that it has {self._head.size}"
        if (signed.size, signed.root) != (self._edge.size, self._edge.root()):
            yield f"has another root than the {self._edge.size} entries in the tiles come to"
        if signed.origin != f"{self._keys[0].name}/{self._head.shard}":
            yield "is of another month"
        if signed.extensions != ((self._head.former,) if self._head.former else ()):
            yield "names another shard as the one before it than the log does"


def _all(store: LogStore, shard: str, level: int) -> Iterator[TileRow]:
    after = -1
    while found := store.tiles(shard, level, after=after, limit=MANY):
        yield from found
        after = found[-1].number


def _compared(where: str, tile: TileRow, hashes: list[bytes], under: Sequence[Recorded]) -> Iterator[tuple[str, str]]:
    """Yield which entries are missing, are not in the log, or stand elsewhere."""
    own = [leaf_hash(each.row.commitment) for each in under]
    if own == hashes:
        return
    here, there = set(own), set(hashes)
    for place, found in enumerate(hashes):
        if found not in here:
            yield (
                f"log number {tile.shard}/{tile.number * WIDTH + place}",
                "is of an entry that is not stored, or was altered",
            )
    for each, found in zip(under, own, strict=True):
        if found not in there:
            yield f"entry {each.row.id}", "is not in the log where it stands in the record"
    if here == there:
        yield where, "has the entries under it in another order than the record"
