"""The log is cut at each month's border, on every store: nothing is lost there, and no month can disappear unseen."""

import datetime as dt
import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from hub.ledger.checking.shards import apart
from hub.ledger.log import Log
from hub.ledger.shards import in_one, shard_of
from hub.ledger.signing import Keyring
from hub.ledger.tiles import NOTHING, grown
from hub.store.log_port import TileRow
from hub.store.port import Changes
from hub.store.records import LogKeyRow
from schemas.merkle import leaf_hash, verify_inclusion
from schemas.note import NoteInvalid, Verifier, former_of, open_checkpoint, open_keys
from tests.contract.store.conftest import STORES
from tests.contract.store.test_log import KEY, NAME, VERIFIER, unsealed

SECOND = dt.timedelta(seconds=1)
BORDER = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
NEW_YEAR = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


class Clock:
    """The time, which the test moves."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock(BORDER - SECOND)


def log_of(store, clock):
    return Log(store.log, Keyring(NAME, KEY, unsealed), clock)


def record(store, rows, *moments):
    """Record an entry at each moment, in this order; return them."""
    entries = [rows.entry("p", at) for at in moments]
    entries = [replace(e, commitment=hashlib.sha256(e.id.encode()).digest()) for e in entries]

    def work(tx):
        tx.close_record()
        tx.write(Changes(entries=entries))

    store.transact(work)
    return entries


def head_of(log, shard):
    return open_checkpoint(log.checkpoint_of(shard), VERIFIER)


def root_over(entries):
    return grown(NOTHING, [leaf_hash(e.commitment) for e in entries])[0].root()


def test_each_month_has_its_own(store, rows, clock):
    """Each entry is in the month of its commit, one portion or many; a closed month stands, and the next names it."""
    log = log_of(store, clock)
    old = record(store, rows, BORDER - 2 * SECOND, BORDER - dt.timedelta(microseconds=1))
    log.grow()
    ended = log.checkpoint_of("2026-11")
    new = record(store, rows, BORDER, BORDER + SECOND, NEW_YEAR)
    log.catch_up()

    assert ended == log.checkpoint_of("2026-11")
    first, second, third = (head_of(log, shard) for shard in ("2026-11", "2026-12", "2027-01"))
    assert (f"{NAME}/2026-11", 2, root_over(old), ()) == first
    assert (2, root_over(new[:2]), 1, root_over(new[2:])) == (second.size, second.root, third.size, third.root)
    assert [None, first, second._replace(extensions=())] == [former_of(each) for each in (first, second, third)]
    assert [True, True, False] == [head.closed for head in log.heads()]
    assert [] == list(apart(store.log.heads(), [VERIFIER]))
    assert log.checkpoint() == log.checkpoint_of("2027-01")


def test_a_border_within_one_portion(store, rows, clock):
    """Where one look finds entries of several months, each goes into its own, as if they had been looked at apart."""
    entries = record(store, rows, BORDER - SECOND, BORDER, NEW_YEAR - SECOND, NEW_YEAR)
    log = log_of(store, clock)
    log.catch_up()

    assert {"2026-11": 1, "2026-12": 2, "2027-01": 1} == {head.shard: head.size for head in log.heads()}
    assert root_over(entries[1:3]) == head_of(log, "2026-12").root


def test_who_comes_late_over_the_border(store, rows, clock):
    """What began before the border and took its place behind the first of the new month is in the new one."""
    entries = record(store, rows, BORDER, BORDER - SECOND, BORDER + SECOND)
    log = log_of(store, clock)
    log.catch_up()

    assert ["2026-12"] == [head.shard for head in log.heads()]
    assert root_over(entries) == head_of(log, "2026-12").root


def test_a_month_in_which_nothing_happened(store, rows, clock):
    """A month without an entry has no shard; the next one names the last that there is."""
    record(store, rows, BORDER - SECOND, NEW_YEAR)
    log = log_of(store, clock)
    log.catch_up()

    assert f"{NAME}/2026-11" == former_of(head_of(log, "2027-01")).origin


def test_proofs_of_every_month(store, rows, clock):
    """Each entry is proved in its own month, also long after that is over."""
    november = record(store, rows, *[BORDER - SECOND] * 260)
    december = record(store, rows, *[BORDER] * 3)
    log = log_of(store, clock)
    log.catch_up()
    clock.now = NEW_YEAR

    for entries, shard in ((november, "2026-11"), (december, "2026-12")):
        for number in (0, len(entries) - 1):
            proof = log.prove(entries[number].id, entries[number].commitment)
            signed = open_checkpoint(proof.checkpoint, VERIFIER)
            assert (number, f"{NAME}/{shard}") == (proof.number, signed.origin)
            verify_inclusion(leaf_hash(entries[number].commitment), number, signed.size, proof.path, signed.root)


@pytest.mark.parametrize("ours", ["2026-11", "2026-12"])
def test_only_the_first_crosses_the_border(store, rows, clock, ours):
    """Who meant to go on with a month that was closed meanwhile, or to open one that is open, writes nothing."""
    record(store, rows, BORDER - SECOND)
    log = log_of(store, clock)
    log.grow()
    was = store.log.head()
    record(store, rows, BORDER)
    log.grow()
    stands = store.log.heads()

    late = replace(was, shard=ours, size=9, last=99, checkpoint="late")
    tile = TileRow(shard=ours, level=0, number=0, hashes=bytes(32), first=7)
    assert not store.log.grow(was, late, [tile])
    assert stands == store.log.heads()
    assert bytes(32) != log.tile(ours, 0, 0, 1)


@pytest.mark.parametrize("name", STORES)
def test_several_cross_the_border(name, request, rows, clock):
    """Whoever lets the log grow beside whom while the month turns, each entry is in it once and the months follow."""
    make = STORES[name](request)
    stores = [make() for _ in range(1 if name == "sqlite" else 3)]

    def write(store):
        for i in range(-8, 8):
            record(store, rows, BORDER + i * SECOND, BORDER + i * SECOND)
            log_of(store, clock).grow()

    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(write, stores))
    log, heads = log_of(stores[0], clock), stores[0].log.heads
    log.catch_up()
    found = list(apart(heads(), [VERIFIER]))
    places, size = len(stores[0].log.behind(0, limit=999)), sum(head.size for head in heads())
    roots = [
        root_over(stores[0].log.behind(head.first, limit=head.size)) == head_of(log, head.shard).root
        for head in log.heads()
    ]
    for store in stores:
        store.close()

    assert [] == found
    assert len(stores) * 32 == places == size
    assert [True, True] == roots


MONTHS = {
    "the first of all": (BORDER - SECOND, "", "2026-11"),
    "a border": (BORDER, "2026-11", "2026-12"),
    "late": (BORDER - SECOND, "2026-12", "2026-12"),
    "another zone": (BORDER.astimezone(dt.timezone(dt.timedelta(hours=-5))), "2026-11", "2026-12"),
}


@pytest.mark.parametrize(("at", "before", "shard"), MONTHS.values(), ids=MONTHS)
def test_months(at, before, shard):
    """An entry's month is that of its moment in UTC, and never one before that of the entry before it."""
    assert shard == shard_of(at, before)


def test_december_ends_with_the_year(rows):
    """The border behind December is the first moment of the next year."""
    entries = [rows.entry("p", at) for at in (BORDER, NEW_YEAR - SECOND, NEW_YEAR, BORDER)]

    assert entries[:2] == in_one(entries, "2026-12")


def other_key(store, number, since, beside):
    """Let another key sign from a moment on, the one before it beside it until another."""
    sealed = hashlib.sha256(bytes([number])).digest()
    store.transact(
        lambda tx: tx.write(Changes(log_keys=[LogKeyRow(number=number, sealed=sealed, since=since, beside=beside)]))
    )


def signers(note, verifiers):
    """Return which keys signed a note."""
    found = []
    for number, verifier in enumerate(verifiers):
        try:
            open_checkpoint(note, verifier)
        except NoteInvalid:
            continue
        found.append(number)
    return found


def test_keys_follow_each_other(store, rows, clock):
    """A new key signs at once, the former beside it for its time, then alone; what was signed holds under its key."""
    log, notes = log_of(store, clock), []

    def step(by):
        clock.now += by
        record(store, rows, clock.now)
        log.catch_up()
        notes.append(log.checkpoint())

    step(SECOND)
    other_key(store, 1, clock.now + SECOND, clock.now + 10 * SECOND)
    step(dt.timedelta())
    step(SECOND)
    step(8 * SECOND)
    step(SECOND)
    other_key(store, 2, clock.now, clock.now)
    step(dt.timedelta())

    keys = log.keys().verifiers
    assert [[0], [0], [0, 1], [0, 1], [1], [2]] == [signers(note, keys) for note in notes]
    assert [6] * 3 == [open_checkpoint(log.checkpoint(), keys[2], *keys[:n]).size for n in range(3)]
    for known in keys:
        assert list(keys) == open_keys(log.keys().published(), known)
    with pytest.raises(NoteInvalid):
        open_keys(log.keys().published(), Verifier(NAME, bytes(32)))
    with pytest.raises(NoteInvalid):
        open_keys(log.keys().published(), Verifier("another", keys[0].key))
