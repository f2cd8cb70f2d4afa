"""What a store promises of a transaction: all of it or nothing, one at a time, and on disk when it is over."""

import contextlib
import threading

import pytest

from hub.errors import StoreUnavailable
from hub.store.port import Changes, Head


def test_what_was_written_is_there_after_a_restart(opened, rows, write):
    """What a transaction wrote is found by a store that is opened anew."""
    write(Changes(seen={b"k" * 32: b"d" * 32}, people=rows.person("p"), heads={"r": Head(3, b"h" * 32)}))

    again = opened.again()

    found = again.transact(lambda tx: (tx.seen([b"k" * 32]), tx.people(["p"]), tx.close_record(["r"]).heads))
    assert ({b"k" * 32: b"d" * 32}, {"p": b"sealed"}, {"r": Head(3, b"h" * 32)}) == found


def test_a_transaction_that_raises_leaves_nothing(store, rows, write, read):
    """Whatever is raised in a transaction after its write, nothing of it stays."""

    def fail(tx):
        tx.write(Changes(people=rows.person("p"), entries=[rows.entry("p")], heads={"r": Head(1, bytes(32))}))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.transact(fail)

    assert ({}, {}) == read(lambda tx: (tx.people(["p"]), tx.close_record(["r"]).heads))
    assert [] == list(store.entries_about(["p"]))


def test_a_write_that_the_store_refuses_leaves_nothing(store, rows, write, read):
    """Where one row of a write cannot be written no row of it is, and the store says that it was unavailable."""
    write(Changes(seen={b"k" * 32: b"d" * 32}))

    with pytest.raises(StoreUnavailable):
        write(Changes(people=rows.person("p"), seen={b"k" * 32: b"e" * 32}))

    assert ({}, {b"k" * 32: b"d" * 32}) == read(lambda tx: (tx.people(["p"]), tx.seen([b"k" * 32])))


def test_what_stood_behind_a_refused_statement_can_be_written_later(rows, write, store):
    """A statement that was sent for the first time behind one that was refused runs when it is sent again."""
    write(Changes(seen={b"k" * 32: b"d" * 32}))

    with pytest.raises(StoreUnavailable):
        write(Changes(seen={b"k" * 32: b"e" * 32}, held=[rows.held()]))
    write(Changes(held=[rows.held()]))

    assert 1 == len(store.list_held(agency=None, state="held", limit=9))


def test_a_write_may_be_large(rows, write, store):
    """More than any connection holds on its way is written and read."""
    body = bytes(range(256)) * 80_000

    write(rows.copy("r", body=body))

    assert [body] == [each.body for each in store.waiting("r", urgent_after=0, routine_after=0, limit=1)]


def test_a_mailbox_has_no_copy_of_another_transaction(rows, write, store):
    """A place in a mailbox is written together with its copy or not at all, though no key of the database says so."""
    alone = rows.copy("r")
    alone.copies.clear()

    with pytest.raises(KeyError):
        write(alone)

    assert [] == list(store.deliveries("r", after=0, limit=1))


def test_a_store_goes_on_after_a_failure(store, rows, write):
    """After a transaction that failed the next one succeeds."""
    with pytest.raises(ZeroDivisionError):
        store.transact(lambda _: 1 / 0)

    write(Changes(people=rows.person("p")))

    assert {"p": b"sealed"} == store.transact(lambda tx: tx.people(["p"]))


def test_what_cannot_be_asked_for_fails_only_who_asks(store, write, read):
    """Who asks for a text that a database cannot have finds nothing or fails alone; the transaction goes on."""

    def work(tx):
        with contextlib.suppress(ValueError):
            assert tx.held("no\0id") is None
        tx.write(Changes(heads={"r": Head(1, b"h" * 32)}))

    store.transact(work)

    assert {"r"} == read(lambda tx: tx.close_record(["r"]).heads).keys()


def test_no_value_in_an_error(store, write):
    """A refusal of the store quotes neither statement nor value, not even in what it came from."""
    write(Changes(seen={b"k" * 32: b"d" * 32}))

    with pytest.raises(StoreUnavailable) as refused:
        write(Changes(seen={b"k" * 32: b"e" * 32}))

    assert "INSERT" not in str(refused.value)
    assert "kkkk" not in str(refused.value)


def test_transactions_go_one_at_a_time(store):
    """Each of many threads reads a number and writes the next: none overwrites another's."""

    def add(tx):
        head = tx.close_record(["r"]).heads.get("r", Head(0, bytes(32)))
        tx.write(Changes(heads={"r": Head(head.number + 1, bytes(32))}))

    threads = [threading.Thread(target=lambda: [store.transact(add) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Head(80, bytes(32)) == store.transact(lambda tx: tx.close_record(["r"]).heads)["r"]


def test_a_reader_does_not_see_half_a_transaction(store, rows):
    """A reader beside a transaction that is not over sees none of it."""
    seen = []

    def work(tx):
        tx.write(rows.copy("r"))
        thread = threading.Thread(
            target=lambda: seen.append(list(store.waiting("r", urgent_after=0, routine_after=0, limit=9)))
        )
        thread.start()
        thread.join()

    store.transact(work)

    assert [[]] == seen
    assert 1 == len(store.waiting("r", urgent_after=0, routine_after=0, limit=9))


def test_a_closed_store_is_unavailable(opened):
    """A store that was closed refuses with StoreUnavailable."""
    opened.store.close()

    with pytest.raises(StoreUnavailable):
        opened.store.transact(lambda _: None)
    with pytest.raises(StoreUnavailable):
        opened.store.counts()
    opened.again()
