"""The index of the record: it has every entry once, whoever lets it grow beside whom, and finds by it what is there."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from msgspec.structs import replace

from hub.ledger.entry import Branch, Entry, LeafEntry, ViewEntry
from hub.ledger.indexing import RecordIndexing, agreement_key, reference_key, rule_key
from hub.store.index_port import BLOCK, Indexed
from hub.store.port import Changes
from schemas.canonical import canonical_bytes
from tests.contract.store.conftest import NOON, STORES


def disclosed(rows, number, *, rule="a-rule", recipient="desk", reference="", person="p"):
    """Return the row of an entry with one branch; each is a minute after the one before."""
    row, at = rows.entry(person), NOON + dt.timedelta(minutes=number)
    view = ViewEntry(
        copy="c",
        leaves=msgspec.Raw(canonical_bytes({"release.date": LeafEntry((rule,), "00" * 32)})),
        purposes=(),
        gateways=(),
        obligations=(),
        agreements=("made-up@1234",),
        regime="general",
    )
    branch = Branch(recipient=recipient, role="r", agency=f"of-{recipient}", view=0, number=number, previous="")
    entry = Entry(
        id=row.id, at=at, kind="disclosure", event="e", reference=reference, views=(view,), branches=(branch,)
    )
    return replace(row, at=at, content=canonical_bytes(entry))


def add(store, entries):
    def work(tx):
        tx.close_record()
        tx.write(Changes(entries=entries))

    store.transact(work)


def growing(store):
    return RecordIndexing(store.index)


def test_what_is_found(store, rows):
    """A chain, an agency's period, a rule, a reference and a person's entries are found, and nothing else."""
    reference = "f" * 64
    add(store, [disclosed(rows, n, reference=reference if n == 5 else f"{n}") for n in range(1, 31)])
    add(store, [disclosed(rows, 1, rule="rare", recipient="other", person="q")])
    growing(store).catch_up()
    index, at = store.index, lambda minute: NOON + dt.timedelta(minutes=minute)

    assert list(range(7, 11)) == [b.number for b in index.chain("desk", first=7, limit=4)]
    assert [0, 9, 30, 0] == [
        index.chain_before("desk", at(0)),
        index.chain_before("desk", at(10)),
        index.chain_before("desk", at(31)),
        index.chain_before("nobody", at(10)),
    ]
    page = index.of_agency("of-desk", at(3), at(9), after=(0.0, 0, ""), limit=4)
    behind = (page[-1].at.timestamp(), page[-1].place, page[-1].recipient)
    rest = index.of_agency("of-desk", at(3), at(9), after=behind, limit=4)
    assert list(range(3, 9)) == [b.number for b in (*page, *rest)]
    (there,) = index.referring(reference_key(reference))
    assert reference == msgspec.json.decode(index.at_places([there])[0].row.content)["reference"]
    end = store.log.end()
    assert [end // BLOCK] == index.blocks(rule_key("rare"), first=0, last=end // BLOCK)
    assert index.blocks(agreement_key("made-up"), first=0, last=9) == index.blocks(
        agreement_key("made-up@1234"), first=0, last=9
    )
    assert [] == index.blocks(rule_key("no-such"), first=0, last=9)
    assert [end] == [each.place for each in index.about({"q"}, upto=end)]
    assert [] == index.about({"q"}, upto=end - 1)


def test_a_period_begins_where_it_does(store, rows):
    """The place behind which a period begins is found in the record's own order."""
    add(store, [disclosed(rows, n) for n in range(1, 20)])
    places = [each.place for each in store.log.recorded(0, store.log.end(), limit=99)]

    for minute in range(22):
        begins = store.index.place_since(NOON + dt.timedelta(minutes=minute))
        assert [p for n, p in enumerate(places, 1) if n >= minute] == [p for p in places if p > begins]


def test_only_the_first_lets_it_grow(store, rows):
    """Where two let it grow from the same place, nothing of the second one's is written."""
    add(store, [disclosed(rows, 1)])
    growing(store).grow()
    stands = store.index.indexed_upto()

    late = Indexed(branches=[], grounds={("rule late", 0)}, references=set())
    assert not store.index.grow(0, 99, late)
    assert (stands, []) == (store.index.indexed_upto(), store.index.blocks("rule late", first=0, last=9))


def test_an_entry_that_cannot_be_read_stops_nothing(store, rows):
    """What is no entry is passed over: it is the check's matter."""
    add(store, [replace(rows.entry("p"), content=b"nonsense"), disclosed(rows, 1)])
    growing(store).catch_up()

    assert (1, store.log.end()) == (len(store.index.chain("desk", first=1, limit=9)), store.index.indexed_upto())


@pytest.mark.parametrize("name", STORES)
def test_several_write_and_let_it_grow(name, request, rows):
    """Whoever writes beside whom, and lets the index grow meanwhile, it skips no branch."""
    make = STORES[name](request)
    stores = [make() for _ in range(1 if name == "sqlite" else 3)]
    written = [[disclosed(rows, n, recipient=f"desk-{i}") for n in range(1, 61)] for i in range(len(stores))]

    def write(store, entries):
        for i in range(0, len(entries), 3):
            add(store, entries[i : i + 3])
            growing(store).grow()

    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(write, stores, written))
    growing(stores[0]).catch_up()
    chains = [[b.number for b in stores[0].index.chain(f"desk-{i}", first=1, limit=99)] for i in range(len(stores))]
    for store in stores:
        store.close()

    assert [list(range(1, 61))] * len(stores) == chains
