"""The tiles of a log's tree as C2SP tlog-tiles has them: how they grow, and what is proved with them.

A tile is up to 256 hashes side by side. At level 0 they are those of leaves, above it the roots of full tiles of the
level below. Pure: where tiles are kept is another's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from schemas.merkle import EMPTY, Unproven, folded, node_hash

WIDTH = 256
HEIGHT = 8
HASH = 32
MOST_DIGITS = 18
At = tuple[int, int]
"""A tile's level and its number within the level."""
Fetch = Callable[[int, int], bytes]
"""Gives the hashes of the tile of a level and number, at least as many as the tree in question has."""


class Edge(msgspec.Struct, frozen=True):
    """The right edge of a tree: of each level, from 0, the hashes of the tile that is not full."""

    size: int
    levels: tuple[tuple[bytes, ...], ...]

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        root = b""
        for hashes in self.levels:
            for subtree in reversed(_subtrees(hashes)):
                root = node_hash(subtree, root) if root else subtree
        return root or EMPTY


NOTHING = Edge(0, ())


def edge_of(size: int, fetch: Fetch) -> Edge:
    """Return the edge of a tree of some size, of its tiles."""
    levels = []
    for level, width in enumerate(_widths(size)):
        tile = fetch(level, size >> HEIGHT * (level + 1)) if width else b""
        levels.append(tuple(hashes_of(tile)[:width]))
    return Edge(size, tuple(levels))


def hashes_of(tile: bytes) -> list[bytes]:
    """Return the hashes of a tile, in their order."""
    return [tile[i : i + HASH] for i in range(0, len(tile), HASH)]


def grown(edge: Edge, leaves: Sequence[bytes]) -> tuple[Edge, Mapping[At, bytes]]:
    """Return the edge with the hashes of more leaves behind it, and every tile that is new or wider than before."""
    levels = [list(level) for level in edge.levels]
    tiles: dict[At, bytes] = {}
    size = edge.size
    for leaf in leaves:
        size += 1
        rising: bytes | None = leaf
        level = 0
        while rising is not None:
            if level == len(levels):
                levels.append([])
            tile = levels[level]
            tile.append(rising)
            rising = None
            if len(tile) == WIDTH:
                tiles[level, (size >> HEIGHT * (level + 1)) - 1] = b"".join(tile)
                rising = folded(tile)
                tile.clear()
                level += 1
    for level, tile in enumerate(levels):
        if tile and tuple(tile) != (edge.levels[level] if level < len(edge.levels) else ()):
            tiles[level, size >> HEIGHT * (level + 1)] = b"".join(tile)
    return Edge(size, tuple(map(tuple, levels))), tiles


def path_of(number: int) -> str:
    """Return a tile's number as it stands in its address: three digits at a time, ``x`` before all but the last."""
    digits = f"{number:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *rest, last = (digits[i : i + 3] for i in range(0, len(digits), 3))
    return "/".join([*(f"x{each}" for each in rest), last])


def named(name: str) -> tuple[int, int] | None:
    """Return number and width of the tile that an address names, or None where it names none."""
    path, partial, written = name.partition(".p/")
    digits = path.replace("/", "").replace("x", "")
    if not digits.isdecimal() or not digits.isascii() or len(digits) > MOST_DIGITS or path_of(int(digits)) != path:
        return None
    if not partial:
        return int(digits), WIDTH
    if not written.isdecimal() or not written.isascii() or len(written) > 3 or str(int(written)) != written:
        return None
    return (int(digits), int(written)) if 0 < int(written) < WIDTH else None


class Tree:
    """A tree of some size over its tiles, of which each is fetched once.

    What is asked of it raises ``Unproven`` where a tile has not the hashes that the size gives it.
    """

    def __init__(self, size: int, fetch: Fetch) -> None:
        """Take the number of leaves, and where the tiles are."""
        self.size, self._fetch = size, fetch
        self._tiles: dict[At, bytes] = {}

    def root(self) -> bytes:
        """Return the tree's root."""
        return self._root_over(0, self.size) if self.size else EMPTY

    def inclusion(self, index: int) -> list[bytes]:
        """Return the path of a leaf, from its sibling up (RFC 9162 section 2.1.3.1)."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        begin, end, path = 0, self.size, list[bytes]()
        while end - begin > 1:
            middle = begin + _half(end - begin)
            if index < middle:
                path.append(self._root_over(middle, end))
                end = middle
            else:
                path.append(self._root_over(begin, middle))
                begin = middle
        return path[::-1]

    def consistency(self, first: int) -> list[bytes]:
        """Return the proof that a tree of a smaller size is the beginning of this one (RFC 9162 section 2.1.4.1)."""
        if not 0 <= first <= self.size:
            raise IndexError(first)
        if first in {0, self.size}:
            return []
        begin, end, proof = 0, self.size, list[bytes]()
        while first != end:
            middle = begin + _half(end - begin)
            if first <= middle:
                proof.append(self._root_over(middle, end))
                end = middle
            else:
                proof.append(self._root_over(begin, middle))
                begin = middle
        if begin:
            proof.append(self._root_over(begin, end))
        return proof[::-1]

    def _root_over(self, begin: int, end: int) -> bytes:
        """Return the root over some leaves, of which the first stands where a subtree of that size may begin."""
        count = end - begin
        if count & (count - 1):
            middle = begin + _half(count)
            return node_hash(self._root_over(begin, middle), self._root_over(middle, end))
        level, height = divmod(count.bit_length() - 1, HEIGHT)
        number, place = divmod(begin >> HEIGHT * level, WIDTH)
        tile = self._tile(level, number)
        hashes = hashes_of(tile[place * HASH : (place + (1 << height)) * HASH])
        if len(hashes) != 1 << height:
            raise Unproven
        return folded(hashes)

    def _tile(self, level: int, number: int) -> bytes:
        if (level, number) not in self._tiles:
            self._tiles[level, number] = self._fetch(level, number)
        return self._tiles[level, number]


def _half(count: int) -> int:
    """Return the largest power of two below a number of leaves."""
    return 1 << (count - 1).bit_length() - 1


def _widths(size: int) -> list[int]:
    """Return how many hashes the tile that is not full has, of each level."""
    widths = []
    while size:
        widths.append(size % WIDTH)
        size >>= HEIGHT
    return widths


def _subtrees(hashes: Sequence[bytes]) -> list[bytes]:
    """Return the roots of the largest full subtrees over the hashes of one tile, the largest first."""
    roots, begin = [], 0
    while begin < len(hashes):
        count = 1 << (len(hashes) - begin).bit_length() - 1
        roots.append(folded(hashes[begin : begin + count]))
        begin += count
    return roots
