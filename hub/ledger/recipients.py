"""The tree over the branches of one entry: each opens by itself, and tells nothing of how many others there are.

Every branch has one of 65,536 places, at random, in a tree of that size; whatever is not there is stood for by bytes
that cannot be told from hashes. So all paths have one length, all places are alike likely, and who has a path knows
nothing else. Only what is over a branch is ever worked out: the tree of the branches, and one node a level above it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from schemas.merkle import leaf_hash, node_hash

LEVELS = 16
PLACES = 1 << LEVELS


class Opening(msgspec.Struct, frozen=True):
    """Where one branch stands, and its path, from the leaf's sibling up."""

    place: int
    path: tuple[bytes, ...]


def root_of(branches: Sequence[bytes], seed: bytes) -> bytes:
    """Return the root over the commitments of an entry's branches; the seed is the entry's own, and secret."""
    return _planted(branches, seed)[-1][0]


def opening(branches: Sequence[bytes], seed: bytes, which: int) -> Opening:
    """Return the path of one of the branches."""
    block, turn, fill = _layout(len(branches), seed)
    below = _within(branches, turn, fill)
    place, path = (which + turn) % len(below[0]), []
    at = place
    for level in below[:-1]:
        path.append(level[at ^ 1])
        at >>= 1
    path += fill[len(below[0]) - len(branches) :][: LEVELS - len(path)]
    return Opening((block << len(below) - 1) + place, tuple(path))


def _planted(branches: Sequence[bytes], seed: bytes) -> list[list[bytes]]:
    """Return the levels from the branches up; the last is the root."""
    block, turn, fill = _layout(len(branches), seed)
    levels = _within(branches, turn, fill)
    root = levels[-1][0]
    for sibling in fill[len(levels[0]) - len(branches) :]:
        root = node_hash(sibling, root) if block & 1 else node_hash(root, sibling)
        block >>= 1
    return [*levels, [root]]


def _layout(count: int, seed: bytes) -> tuple[int, int, list[bytes]]:
    """Return in which block the branches stand, by how much they are turned in it, and what stands for the rest."""
    height = (count - 1).bit_length() if count else 0
    stand_ins = (1 << height) - count + max(LEVELS - height, 0)
    stream = hashlib.shake_256(seed).digest(8 + 32 * stand_ins)
    at = int.from_bytes(stream[:8])
    fill = [stream[i : i + 32] for i in range(8, len(stream), 32)]
    return (at >> height) % (1 << max(LEVELS - height, 0)), at % (1 << height), fill


def _within(branches: Sequence[bytes], turn: int, fill: Sequence[bytes]) -> list[list[bytes]]:
    """Return the levels of the block, from its leaves to its root."""
    width = 1 << (len(branches) - 1).bit_length() if branches else 1
    leaves = [*map(leaf_hash, branches), *fill[: width - len(branches)]]
    levels = [leaves[width - turn :] + leaves[: width - turn]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below), 2)])
    return levels
