"""Proofs of Merkle trees against the published vectors, and against a tree that is written as the RFC defines it.

``inclusion.json`` and ``consistency.json`` are the test vectors of github.com/transparency-dev/merkle (folder testdata,
commit 417fb0c3, Apache-2.0), each under its file's name.
"""

import base64
import hashlib
import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.ledger.tiles import NOTHING, Edge, Tree, edge_of, grown
from schemas.merkle import EMPTY, Unproven, leaf_hash, verify_consistency, verify_inclusion

HERE = Path(__file__).parent
INCLUSION = json.loads((HERE / "inclusion.json").read_text())
CONSISTENCY = json.loads((HERE / "consistency.json").read_text())
INPUTS = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
INPUTS += [bytes.fromhex("606162636465666768696a6b6c6d6e6f")]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The roots of the trees over the first of these inputs: testonly/constants.go of the same repository."""


def raw(text):
    return base64.b64decode(text) if text else b""


def naive(leaves):
    """Return the tree hash as RFC 6962 section 2.1 defines it."""
    if len(leaves) <= 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest() if leaves else hashlib.sha256().digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + naive(leaves[:k]) + naive(leaves[k:])).digest()


class Kept:
    """The tiles of a tree that grew in steps."""

    def __init__(self, *steps):
        self.tiles, self.edge = {}, NOTHING
        for step in steps:
            self.edge, new = grown(self.edge, [leaf_hash(each) for each in step])
            self.tiles |= new

    def fetch(self, level, number):
        return self.tiles[level, number]

    def tree(self, size=None):
        return Tree(self.edge.size if size is None else size, self.fetch)


@pytest.mark.parametrize("case", INCLUSION.values(), ids=INCLUSION)
def test_published_inclusion(case):
    """Of every published inclusion proof it is said whether it holds."""

    def verify():
        proof = [raw(p) for p in case["proof"] or []]
        verify_inclusion(raw(case["leafHash"]), case["leafIdx"], case["treeSize"], proof, raw(case["root"]))

    if case["wantErr"]:
        with pytest.raises(Unproven):
            verify()
    else:
        verify()


@pytest.mark.parametrize("case", CONSISTENCY.values(), ids=CONSISTENCY)
def test_published_consistency(case):
    """Of every published consistency proof it is said whether it holds."""

    def verify():
        proof = [raw(p) for p in case["proof"] or []]
        verify_consistency(case["size1"], case["size2"], proof, raw(case["root1"]), raw(case["root2"]))

    if case["wantErr"]:
        with pytest.raises(Unproven):
            verify()
    else:
        verify()


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size):
    """A tree over the published inputs has the published roots, by the definition, as it grows, and of its tiles."""
    kept = Kept(*([each] for each in INPUTS[:size]))

    assert ROOTS[size] == naive(INPUTS[:size]).hex() == kept.edge.root().hex() == kept.tree().root().hex()


def leaves(count):
    return [hashlib.sha256(str(i).encode()).digest() for i in range(count)]


SIZES = st.one_of(st.integers(0, 40), st.sampled_from([255, 256, 257, 511, 512, 513, 700, 768, 1025]))


@given(st.lists(SIZES, max_size=4), st.data())
def test_however_it_grew(steps, data):
    """A tree that grew in any steps has the root of the definition at each, and proofs that hold."""
    size = sum(steps)
    all_leaves = leaves(size)
    cut = [sum(steps[:i]) for i in range(len(steps) + 1)]
    kept = Kept(*(all_leaves[a:b] for a, b in itertools.pairwise(cut)))

    assert naive(all_leaves) == kept.edge.root() == kept.tree().root()
    for before in cut:
        tree = kept.tree(before)
        assert naive(all_leaves[:before]) == tree.root() == edge_of(before, kept.fetch).root()
        if before:
            verify_consistency(before, size, kept.tree().consistency(before), tree.root(), kept.edge.root())
    if size:
        index = data.draw(st.integers(0, size - 1))
        path = kept.tree().inclusion(index)
        verify_inclusion(leaf_hash(all_leaves[index]), index, size, path, kept.edge.root())


@given(st.integers(1, 600), st.data())
def test_what_is_altered_is_noticed(size, data):
    """Another leaf, another place, another size, a hash more, fewer or altered: the proof does not hold."""
    kept = Kept(leaves(size))
    index = data.draw(st.integers(0, size - 1))
    leaf, path, root = leaf_hash(leaves(size)[index]), kept.tree().inclusion(index), kept.edge.root()
    wrong = [
        (leaf_hash(b"other"), index, size, path, root),
        (leaf, index + 1, size, path, root),
        (leaf, index, size, [*path, leaf], root),
        (leaf, index, size, path, EMPTY),
        (leaf, -1, size, path, root),
    ]
    if path:
        wrong += [(leaf, index, size, path[:-1], root), (leaf, index, size, [leaf, *path[1:]], root)]

    for case in wrong:
        with pytest.raises(Unproven):
            verify_inclusion(*case)


@given(st.integers(2, 600), st.data())
def test_another_past_is_noticed(size, data):
    """A tree that had another leaf among its first is not the beginning of this one."""
    first = data.draw(st.integers(1, size - 1))
    other = leaves(first)
    other[data.draw(st.integers(0, first - 1))] = bytes(32)
    kept = Kept(leaves(size))

    with pytest.raises(Unproven):
        verify_consistency(first, size, kept.tree().consistency(first), naive(other), kept.edge.root())


def test_the_tiles_of_the_specification():
    """A tree of 70,000 leaves has the tiles that C2SP tlog-tiles counts for it."""
    kept = Kept(leaves(70_000))
    widths = {}
    for (level, _), tile in kept.tiles.items():
        widths.setdefault(level, []).append(len(tile) // 32)
    widths = {level: sorted(found) for level, found in widths.items()}

    assert {0: [112, *[256] * 273], 1: [17, 256], 2: [1]} == widths


def test_a_full_tile_rises_at_once():
    """A tree of 256 leaves is one full tile, and a tile of one hash above it."""
    kept = Kept(leaves(256))

    assert {(0, 0): 8192, (1, 0): 32} == {at: len(tile) for at, tile in kept.tiles.items()}
    assert kept.edge == Edge(256, ((), (kept.tree().root(),))) == edge_of(256, kept.fetch)


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_a_leaf_that_is_not_there(index):
    """There is no path to a leaf that the tree has not."""
    with pytest.raises(IndexError):
        Kept(leaves(5)).tree().inclusion(index)
