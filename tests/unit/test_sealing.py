"""Keyed hashes: what a store has was hashed by an earlier program, and must be found by this one."""

import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from hub.sealing import Sealer

SECRET = b"s" * 32


def test_a_keyed_hash_is_what_it_says():
    """It is the HMAC-SHA-256 of the parts, each behind its length, under the key of its use."""
    key = HKDFExpand(SHA256(), 32, b"offender-hub/1/identity").derive(SECRET)
    message = b"\0\0\0\3crn" + b"\0\0\0\7X012345"

    assert hmac.digest(key, message, "sha256") == Sealer(SECRET).hash("identity", "crn", "X012345")


def test_one_hash_leaves_nothing_to_the_next():
    """A hash is the same however many were made before it."""
    sealer = Sealer(SECRET)

    first = sealer.hash("seen", "a", "b")
    sealer.hash("seen", "c")

    assert first == sealer.hash("seen", "a", "b") != sealer.hash("seen", "ab")
