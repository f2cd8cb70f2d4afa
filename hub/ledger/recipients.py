"""The tree over the branches of one entry: each opens by itself, and tells nothing of how many others there are.

Every branch has one of 1,024 places, at random, in a tree of that size; whatever is not there is stood for by bytes
that cannot be told from hashes. So all paths have one length, all places are alike likely, and who has a path knows
nothing else. Only what is over a branch is ever worked out: the tree of the branches, and one node a level above it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from schemas.merkle import leaf_hash, node_hash

LEVELS = 10
"""A message has no more than 1,000 routes; an entry with more branches than there are places has longer paths."""


class Opening(msgspec.Struct, frozen=True):
    """Where one branch stands, and its path, from the leaf's sibling up."""

    place: int
    path: tuple[bytes, ...]


class _Layout(msgspec.Struct, frozen=True):
    """How an entry's branches stand in their tree."""

    turn: int
    """By how many places they are turned within their block, which is the least that has room for them."""
    block: int
    """Which of the blocks of that size it is."""
    beside: list[bytes]
    """What stands for the rest of the block."""
    above: list[bytes]
    """What stands for the sibling of each node over the block."""


def root_of(branches: Sequence[bytes], seed: bytes) -> bytes:
    """Return the root over the commitments of an entry's branches; the seed is the entry's own, and secret."""
    if not branches:
        return hashlib.sha256(seed).digest()
    layout = _layout(len(branches), seed)
    root, block = _levels(branches, layout)[-1][0], layout.block
    for sibling in layout.above:
        root = node_hash(sibling, root) if block & 1 else node_hash(root, sibling)
        block >>= 1
    return root


def opening(branches: Sequence[bytes], seed: bytes, which: int) -> Opening:
    """Return the path of one of the branches."""
    layout = _layout(len(branches), seed)
    levels = _levels(branches, layout)
    at = within = (which + layout.turn) % len(levels[0])
    path = []
    for level in levels[:-1]:
        path.append(level[at ^ 1])
        at >>= 1
    return Opening((layout.block << len(path)) + within, (*path, *layout.above))


def _layout(count: int, seed: bytes) -> _Layout:
    height = (count - 1).bit_length()
    beside, above = (1 << height) - count, max(LEVELS - height, 0)
    stream = hashlib.shake_256(seed).digest(8 + 32 * (beside + above))
    chosen = int.from_bytes(stream[:8])
    rest = [stream[i : i + 32] for i in range(8, len(stream), 32)]
    return _Layout(chosen % (1 << height), (chosen >> height) % (1 << above), rest[:beside], rest[beside:])


def _levels(branches: Sequence[bytes], layout: _Layout) -> list[list[bytes]]:
    """Return the levels of the block, from its leaves to its root."""
    leaves = [*[leaf_hash(branch) for branch in branches], *layout.beside]
    levels = [leaves[-layout.turn :] + leaves[: -layout.turn] if layout.turn else leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below), 2)])
    return levels
