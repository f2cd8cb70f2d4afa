"""The hashes and proofs of a Merkle tree (RFC 6962 section 2.1, RFC 9162 section 2.1), without any library.

A proof is a list of hashes of 32 bytes. What verifies it computes the root that it leads to, and asks nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256().digest()
"""The root of a tree without a leaf."""


class Unproven(ValueError):
    """The proof does not lead to the root."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def folded(hashes: Sequence[bytes]) -> bytes:
    """Return the root over the hashes of subtrees of equal size: a power of two of them."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that a leaf's hash and its path lead to (RFC 9162 section 2.1.3.2).

    Raises:
        Unproven: no tree of this size has such a path.
    """
    _check_hashes(leaf, *proof)
    if not 0 <= index < size:
        raise Unproven
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(proof) != inner + border:
        raise Unproven
    root = leaf
    for level, sibling in enumerate(proof[:inner]):
        root = node_hash(sibling, root) if index >> level & 1 else node_hash(root, sibling)
    for sibling in proof[inner:]:
        root = node_hash(sibling, root)
    return root


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf is at its place in the tree of this size and root.

    Raises:
        Unproven: it is not, or the proof does not show it.
    """
    if root_of_inclusion(leaf, index, size, proof) != root:
        raise Unproven


def verify_consistency(first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes) -> None:
    """Check that the tree of one size is the beginning of that of another (RFC 9162 section 2.1.4.2).

    Raises:
        Unproven: it is not, or the proof does not show it; of an empty tree nothing can be shown.
    """
    _check_hashes(*proof)
    if not 0 < first <= second or bool(proof) == (first == second):
        raise Unproven
    if first == second:
        if first_root != second_root:
            raise Unproven
        return
    shift = (first & -first).bit_length() - 1
    whole = first == 1 << shift  # then the proof leaves out the first root, which is known
    seed, path = (first_root, proof) if whole else (proof[0], proof[1:])
    index = (first - 1) >> shift
    inner = (index ^ ((second - 1) >> shift)).bit_length()
    if len(path) != inner + (index >> inner).bit_count():
        raise Unproven
    before = after = seed
    for level, sibling in enumerate(path[:inner]):
        if index >> level & 1:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
        else:
            after = node_hash(after, sibling)
    for sibling in path[inner:]:
        before, after = node_hash(sibling, before), node_hash(sibling, after)
    if (before, after) != (first_root, second_root):
        raise Unproven


def _check_hashes(*hashes: bytes) -> None:
    if any(len(each) != 32 for each in hashes):
        raise Unproven
