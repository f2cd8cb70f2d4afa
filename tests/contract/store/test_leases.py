"""What workers may rely on: who lives, whose share is which, and that nothing of the dead is left lying."""

import datetime as dt
import math

import pytest
from sqlalchemy import create_engine, update

from hub.errors import LeaseLost
from hub.store.leases import PostgresLeases, SingleLease
from hub.store.port import Changes, DepartureRow
from hub.store.postgres import PostgresStore, migrate_database
from hub.store.tables import workers
from tests.contract.store.conftest import NOON

LONG = 60.0
PARTITIONS = 8


@pytest.fixture
def tables(database):
    """The URL of a database that has its tables."""
    migrate_database(database)
    return database


@pytest.fixture
def leases(tables):
    leases = PostgresLeases(tables)
    yield leases
    leases.close()


@pytest.fixture
def store(tables):
    store = PostgresStore(tables)
    yield store
    store.close()


@pytest.fixture
def lapse(tables):
    """Let a worker's lease be over, as if it had not beaten for long."""
    engine = create_engine(tables)
    yield lambda worker: run(engine, update(workers).where(workers.c.id == worker).values(until=0))
    engine.dispose()


def run(engine, statement):
    with engine.begin() as db:
        db.execute(statement)


def settle(leases, *every):
    """Let everybody beat, and give back what is too much, until nothing moves; return each one's partitions."""
    for _ in range(3):
        for worker in every:
            leases.release(worker, leases.beat(worker, LONG, PARTITIONS).surplus)
    return [leases.beat(worker, LONG, PARTITIONS).partitions for worker in every]


def departing(worker, name="d", **facts):
    return DepartureRow(
        **{"id": name, "entry": "e", "person": "p", "lane": "urgent", "worker": worker, "committed_at": NOON} | facts
    )


def to_send(store, worker):
    return [d.id for d in store.departures(worker, before=NOON + dt.timedelta(days=1), limit=9)]


def test_one_worker_has_everything(leases):
    """Whoever is alone takes every partition, and lives by the database's clock."""
    beat = leases.beat(leases.join("one", LONG), LONG, PARTITIONS)

    assert (1, frozenset(range(PARTITIONS)), frozenset()) == (beat.live, beat.partitions, beat.surplus)
    assert abs(beat.now - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_each_has_a_fair_share(leases, count):
    """However many there are, each gets as much as any other or one less, all of it is given out and nothing twice."""
    shares = settle(leases, *[leases.join(f"worker {n}", LONG) for n in range(count)])

    assert set(range(PARTITIONS)) == frozenset().union(*shares)
    assert PARTITIONS == sum(map(len, shares))
    assert {len(share) for share in shares} <= {PARTITIONS // count, math.ceil(PARTITIONS / count)}


def test_a_newcomer_waits_until_it_is_given_back(leases):
    """A partition is nobody else's before its holder released it."""
    first = leases.join("first", LONG)
    leases.beat(first, LONG, PARTITIONS)
    second = leases.join("second", LONG)

    assert frozenset() == leases.beat(second, LONG, PARTITIONS).partitions
    beat = leases.beat(first, LONG, PARTITIONS)
    assert PARTITIONS == len(beat.partitions)
    assert PARTITIONS // 2 == len(beat.surplus)

    leases.release(first, beat.surplus)

    assert beat.surplus == leases.beat(second, LONG, PARTITIONS).partitions


def test_the_dead_are_buried(leases, store, lapse):
    """Whoever did not beat in time is found dead by another, who takes its partitions and what it had still to send;
    what was sent is left alone.
    """
    dead = leases.join("dead", LONG)
    leases.beat(dead, LONG, PARTITIONS)
    store.transact(
        lambda tx: tx.write(Changes(departures=[departing(dead), departing(dead, "sent")], departed=[("sent", NOON)]))
    )
    heir = leases.join("heir", LONG)
    lapse(dead)

    beat = leases.beat(heir, LONG, PARTITIONS)

    assert (1, frozenset(range(PARTITIONS))) == (beat.live, beat.partitions)
    assert ["d"] == to_send(store, heir)
    assert [] == to_send(store, dead)
    with pytest.raises(LeaseLost):
        leases.beat(dead, LONG, PARTITIONS)


def test_whoever_was_late_and_not_missed_lives_on(leases, lapse):
    """A lease that is over and that nobody looked at since goes on: nothing of it was given to anybody."""
    worker = leases.join("late", LONG)
    lapse(worker)

    assert 1 == leases.beat(worker, LONG, PARTITIONS).live


def test_a_worker_that_leaves_leaves_everything(leases, store):
    """What a worker that ends had is others' at their next beat, and so is what it had still to send."""
    first, second = leases.join("first", LONG), leases.join("second", LONG)
    leases.beat(first, LONG, PARTITIONS)
    store.transact(lambda tx: tx.write(Changes(departures=[departing(first)])))

    leases.leave(first)

    beat = leases.beat(second, LONG, PARTITIONS)
    assert (1, frozenset(range(PARTITIONS))) == (beat.live, beat.partitions)
    assert ["d"] == to_send(store, second)


def test_a_worker_with_a_transaction_is_not_buried(tables, leases, lapse):
    """Whose lease runs out while it commits is buried after that, so that what it committed is found."""
    late = leases.join("late", LONG)
    heir = leases.join("heir", LONG)
    store = PostgresStore(tables, lambda: late)
    seen = []

    def work(tx):
        tx.close_record()
        lapse(late)
        seen.append(leases.beat(heir, LONG, PARTITIONS).live)
        tx.write(Changes(departures=[departing(late)]))

    store.transact(work)

    assert [2, 1] == [*seen, leases.beat(heir, LONG, PARTITIONS).live]
    assert ["d"] == to_send(store, heir)
    store.close()


def test_whoever_can_do_nothing_leaves_it_to_others(leases, store):
    """Partitions of a worker that is not able, and what it has to send, go to those who are, also what it commits
    later; alone it keeps them, and able again it gets its share.
    """
    cut_off = leases.join("cut off", LONG)
    leases.beat(cut_off, LONG, PARTITIONS)
    store.transact(lambda tx: tx.write(Changes(departures=[departing(cut_off)])))

    alone = leases.beat(cut_off, LONG, PARTITIONS, able=False)
    heir = leases.join("heir", LONG)
    beat = leases.beat(heir, LONG, PARTITIONS)
    store.transact(lambda tx: tx.write(Changes(departures=[departing(cut_off, "later")])))
    leases.beat(heir, LONG, PARTITIONS)

    assert (1, frozenset(range(PARTITIONS))) == (alone.live, alone.partitions)
    assert (2, frozenset(range(PARTITIONS)), frozenset()) == (beat.live, beat.partitions, beat.surplus)
    assert (["d", "later"], []) == (to_send(store, heir), to_send(store, cut_off))
    assert frozenset() == leases.beat(cut_off, LONG, PARTITIONS, able=False).partitions
    assert [PARTITIONS // 2] * 2 == [len(share) for share in settle(leases, heir, cut_off)]


def test_an_operators_departures_are_adopted(leases, store):
    """What was committed under no lease, by a command beside the workers, is sent by one of them."""
    store.transact(lambda tx: tx.write(Changes(departures=[departing(tx.close_record().worker)])))
    worker = leases.join("worker", LONG)
    leases.beat(worker, LONG, PARTITIONS)

    assert ["d"] == to_send(store, worker)


def test_alone_everything_is_ones_own():
    """A process that is alone with its store holds everything at once, under the id that its store writes."""
    lease = SingleLease()
    worker = lease.join("alone", LONG)
    lease.release(worker, [1])
    lease.leave(worker)

    beat = lease.beat(worker, LONG, PARTITIONS)
    assert ("", 1, frozenset(range(PARTITIONS)), frozenset()) == (worker, beat.live, beat.partitions, beat.surplus)
