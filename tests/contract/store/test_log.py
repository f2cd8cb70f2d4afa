"""The log over the record: it has every entry once, in the order of the record, whoever lets it grow beside whom."""

import datetime as dt
import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from hub.errors import LogBroken
from hub.ledger.checking.tree import TreeCheck
from hub.ledger.log import Log
from hub.ledger.signing import Keyring
from hub.ledger.tiles import NOTHING, grown
from hub.store.log_port import TileRow
from hub.store.port import Changes
from schemas.merkle import leaf_hash, verify_inclusion
from schemas.note import Verifier, open_checkpoint
from tests.contract.store.conftest import NOON, STORES

NAME = "example.com/made-up"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VERIFIER = Verifier(NAME, KEY.public_key().public_bytes_raw())
MONTH = "2026-10"
ORIGIN = f"{NAME}/{MONTH}"


def unsealed(use, sealed):
    """Return a key that is stored as it is."""
    return sealed


def log_of(store):
    return Log(store.log, Keyring(NAME, KEY, unsealed), lambda: NOON)


def recorded(rows, count):
    """Return entries, each with a commitment of its own."""
    entries = [rows.entry("p") for _ in range(count)]
    return [replace(e, commitment=hashlib.sha256(e.id.encode()).digest()) for e in entries]


def add(store, entries):
    """Write entries as a transaction of the path does: behind the record's lock."""

    def work(tx):
        tx.close_record()
        tx.write(Changes(entries=entries))

    store.transact(work)


def root_over(commitments):
    return grown(NOTHING, [leaf_hash(c) for c in commitments])[0].root()


def test_it_grows_behind_the_record(opened, rows):
    """What was recorded comes under a signed checkpoint, in the order of the record, and is there after a crash."""
    entries, log = recorded(rows, 5), log_of(opened.store)
    assert (ORIGIN, 0, root_over([]), ()) == open_checkpoint(log.checkpoint(), VERIFIER)
    add(opened.store, entries[:2])
    assert 2 == log.grow()
    add(opened.store, entries[2:])
    assert (3, 0) == (log.grow(), log.grow())

    signed = open_checkpoint(log_of(opened.again()).head().checkpoint, VERIFIER)
    assert (ORIGIN, 5, root_over([e.commitment for e in entries]), ()) == signed


def test_tiles_and_entries_are_served(store, rows):
    """Tiles and the entries under them come as wide as is asked, up to what there is, full ones and others."""
    entries, log = recorded(rows, 300), log_of(store)
    add(store, entries)
    log.catch_up()

    hashes = [leaf_hash(e.commitment) for e in entries]
    assert b"".join(hashes[:256]) == log.tile(MONTH, 0, 0, 256)
    assert b"".join(hashes[256:]) == log.tile(MONTH, 0, 1, 44)
    assert b"".join(hashes[256:260]) == log.tile(MONTH, 0, 1, 4)
    assert root_over([e.commitment for e in entries[:256]]) == log.tile(MONTH, 1, 0, 1)
    assert [None] * 4 == [
        log.tile(MONTH, 0, 1, 45),
        log.tile(MONTH, 0, 2, 1),
        log.tile(MONTH, 1, 0, 2),
        log.bundle(MONTH, 1, 45),
    ]
    assert b"".join(b"\x00\x20" + e.commitment for e in entries[256:]) == log.bundle(MONTH, 1, 44)
    assert 256 * 34 == len(log.bundle(MONTH, 0, 256))


def test_each_entry_is_proved(store, rows):
    """Of every entry it is known which of the log it is, and its proof holds."""
    entries, log = recorded(rows, 260), log_of(store)
    add(store, entries)
    log.catch_up()

    for number in (0, 1, 255, 256, 259):
        entry = entries[number]
        found = log.prove(entry.id, entry.commitment)
        signed = open_checkpoint(found.checkpoint, VERIFIER)
        assert number == found.number
        verify_inclusion(leaf_hash(entry.commitment), number, signed.size, found.path, signed.root)
    assert log.prove("nothing", bytes(32)) is None
    with pytest.raises(LogBroken):
        log.prove(entries[0].id, entries[1].commitment)


def test_only_the_first_lets_it_grow(store, rows):
    """Where two let it grow from the same place, the first one's tiles and head stand, and nothing of the other's."""
    add(store, recorded(rows, 1))
    log, was = log_of(store), store.log.head()
    log.grow()
    stands = store.log.head()

    late = replace(was, shard=MONTH, size=1, last=99, checkpoint="late")
    tile = TileRow(shard=MONTH, level=0, number=0, hashes=bytes(32), first=7)
    assert not store.log.grow(was, late, [tile])
    assert stands == store.log.head()
    assert bytes(32) != log.tile(MONTH, 0, 0, 1)


@pytest.mark.parametrize("name", STORES)
def test_several_write_and_let_it_grow(name, request, rows):
    """Whoever writes beside whom, and lets the log grow meanwhile, it skips no entry and has none twice."""
    make = STORES[name](request)
    stores = [make() for _ in range(1 if name == "sqlite" else 3)]
    written = [recorded(rows, 60) for _ in stores]

    def write(store, entries):
        for i in range(0, len(entries), 3):
            add(store, entries[i : i + 3])
            log_of(store).grow()

    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(write, stores, written))
    log = log_of(stores[0])
    log.catch_up()
    order = stores[0].log.behind(0, limit=999)
    signed = open_checkpoint(log.head().checkpoint, VERIFIER)
    for store in stores:
        store.close()

    assert {e.commitment for part in written for e in part} == {each.commitment for each in order}
    assert (len(order), root_over([each.commitment for each in order])) == (signed.size, signed.root)


def test_an_entry_that_is_not_committed_is_left_out(store, rows):
    """What a transaction wrote and took back leaves a gap in the record's places, and none in the log."""
    log = log_of(store)
    first, gone, last = (recorded(rows, 1) for _ in range(3))
    add(store, first)
    log.grow()

    def fail(tx):
        tx.close_record()
        tx.write(Changes(entries=gone))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.transact(fail)
    add(store, last)
    log.grow()

    assert root_over([first[0].commitment, last[0].commitment]) == open_checkpoint(log.head().checkpoint, VERIFIER).root
    assert 1 == log.prove(last[0].id, last[0].commitment).number


SPOILED = {
    "a tile above": ({"level": 1, "number": 0}, "is not what the tiles below it come to"),
    "a full tile": ({"level": 0, "number": 0}, "is not in the log where it stands in the record"),
    "a tile too many above": ({"level": 2, "number": 0}, "has more hashes than the size of the log gives it"),
    "a tile too many": ({"level": 0, "number": 2}, "has more hashes than the size of the log gives it"),
}


@pytest.mark.parametrize(("at", "told"), SPOILED.values(), ids=SPOILED)
def test_tiles_are_checked_up_to_the_root(store, rows, at, told):
    """A tile at any level that is not what is below it, or is too many, is named."""
    add(store, recorded(rows, 300))
    log = log_of(store)
    log.catch_up()

    def found():
        tree, wrong = TreeCheck(store.log, store.log.head(), [VERIFIER]), []
        for tile, upto in tree.groups():
            wrong += tree.follow(tile, store.log.recorded(tile.first - 1, upto, limit=999))
        return [*wrong, *tree.finish()]

    assert [] == found()
    head = store.log.head()
    first = store.log.tile(MONTH, 0, 0).first if at == {"level": 0, "number": 0} else None
    assert store.log.grow(head, head, [TileRow(shard=MONTH, **at, hashes=bytes(32), first=first)])
    assert any(
        (f"log tile {MONTH}/{at['level']}/{at['number']}" in of or at["level"] == 0) and told in what
        for of, what in found()
    )


def test_its_time_is_that_of_its_signing(store, rows):
    """When it was signed is kept with the checkpoint."""
    add(store, recorded(rows, 1))
    log_of(store).grow()

    assert NOON == log_of(store).head().at
    assert dt.UTC == log_of(store).head().at.tzinfo
