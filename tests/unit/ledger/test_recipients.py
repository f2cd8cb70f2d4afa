"""The tree over the branches of one entry opens each branch, and shows nothing of the others."""

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.ledger.recipients import LEVELS, opening, root_of
from schemas.merkle import Unproven, leaf_hash, verify_inclusion

PLACES = 1 << LEVELS
SEED = b"made up"


def branches(count):
    return [hashlib.sha256(f"branch {i}".encode()).digest() for i in range(count)]


@given(st.integers(1, 70), st.binary(min_size=1, max_size=32))
def test_each_opens(count, seed):
    """The path of each branch leads to the root, from a place of its own, in a tree of always the same size."""
    own, root = branches(count), root_of(branches(count), seed)
    openings = [opening(own, seed, which) for which in range(count)]

    assert count == len({o.place for o in openings})
    for branch, o in zip(own, openings, strict=True):
        assert LEVELS == len(o.path)
        verify_inclusion(leaf_hash(branch), o.place, PLACES, o.path, root)


@given(st.integers(2, 70), st.data())
def test_no_other_opens(count, data):
    """Another branch in its place, or another entry's root: the path does not lead there."""
    own = branches(count)
    one, other = data.draw(st.permutations(range(count)))[:2]
    o = opening(own, SEED, one)

    with pytest.raises(Unproven):
        verify_inclusion(leaf_hash(own[other]), o.place, PLACES, o.path, root_of(own, SEED))
    with pytest.raises(Unproven):
        verify_inclusion(leaf_hash(own[one]), o.place, PLACES, o.path, root_of(own, b"another seed"))


def test_a_place_tells_nothing():
    """In every bit of its place, a branch stands on either side alike often, whether it is alone or one of many."""
    for count in (1, 2, 13, 64):
        places = [opening(branches(count), str(i).encode(), 0).place for i in range(600)]
        for bit in range(LEVELS):
            ones = sum(place >> bit & 1 for place in places)
            assert 220 < ones < 380, (count, bit)


def test_a_path_tells_nothing():
    """Whether what stands beside a branch is another or nobody cannot be seen: all are 32 bytes, each value once."""
    for count in (1, 2, 3, 5, 64, 65):
        o = opening(branches(count), SEED, 0)
        assert [32] * LEVELS == [len(each) for each in o.path]
        assert LEVELS == len(set(o.path))
        bits = Counter(bit for each in o.path for byte in each for bit in f"{byte:08b}")
        assert 0.4 < bits["1"] / (LEVELS * 256) < 0.6


def test_an_entry_without_recipients():
    """An entry that went to nobody has a root as well, another for each seed."""
    assert 32 == len(root_of([], b"one"))
    assert root_of([], b"one") != root_of([], b"two")


def test_more_than_there_are_places(monkeypatch):
    """An entry with more branches than there are places opens them still, with longer paths."""
    monkeypatch.setattr("hub.ledger.recipients.LEVELS", 3)
    own = branches(9)
    o = opening(own, SEED, 8)

    assert 4 == len(o.path)
    verify_inclusion(leaf_hash(own[-1]), o.place, 16, o.path, root_of(own, SEED))
