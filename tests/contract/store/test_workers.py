"""What several workers on one database may rely on: none decides on what another has in hand; nothing is doubled."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.errors import LeaseLost, StoreUnavailable
from hub.store.leases import PostgresLeases
from hub.store.port import Changes, CopyRow, DoorRow, Head, MailRow
from hub.store.postgres import PostgresStore, migrate_database
from tests.contract.store.conftest import NOON

PATIENCE = 60
LONG_ENOUGH = 1
"""Seconds in which the second would have asked, if it had not to wait for the first."""
KEY, OTHER = b"1" * 32, b"2" * 32


@pytest.fixture
def tables(database):
    """The URL of a database that has its tables."""
    migrate_database(database)
    return database


@pytest.fixture
def make(tables):
    """Make a store for one more worker."""
    made = []

    def one_more(**options):
        made.append(PostgresStore(tables, **options))
        return made[-1]

    yield one_more
    for store in made:
        store.close()


@pytest.fixture
def together():
    """Start something beside the test."""
    with ThreadPoolExecutor() as pool:
        yield pool.submit


class Meeting:
    """Two transactions at once: the second asks when the first has, and the first writes when the second has asked too,
    or does not get that far.
    """

    def __init__(self, together, make):
        self._together, self._stores = together, (make(), make())
        self._first_asked, self._second_asked = threading.Event(), threading.Event()

    def of(self, ask, do):
        """Return what each came to: ``ask`` is asked by both, ``do`` makes changes of what was found."""

        def first(tx):
            found = ask(tx)
            self._first_asked.set()
            self._second_asked.wait(LONG_ENOUGH)
            tx.write(do("first", found))
            return found

        def second(tx):
            found = ask(tx)
            self._second_asked.set()
            tx.write(do("second", found))
            return found

        one = self._together(self._stores[0].transact, first)
        assert self._first_asked.wait(PATIENCE)
        other = self._together(self._stores[1].transact, second)
        return one.result(PATIENCE), other.result(PATIENCE)


@pytest.fixture
def meeting(together, make):
    return Meeting(together, make)


def test_somebody_new_to_two_at_once_is_one_person(meeting, rows, make):
    """Of two workers that look for the same new person at once, the second finds whom the first has made."""

    def do(name, found):
        return Changes() if found else Changes(people=rows.person(name), keys={name: (KEY, OTHER)})

    found = meeting.of(lambda tx: tx.find([KEY, bytes(32)]), do)

    assert ({}, {"first": {KEY}}) == found
    assert {"first"} == set(make().transact(lambda tx: tx.find([KEY, OTHER])))


def test_an_event_sent_to_two_at_once_is_a_repeat(meeting):
    """Of two workers that take the same event at once, one finds it accepted by the other."""
    found = meeting.of(lambda tx: tx.seen([KEY]), lambda _, found: Changes(seen={} if found else {KEY: OTHER}))

    assert [{}, {KEY: OTHER}] == sorted(found, key=len)


def test_an_assertion_shown_to_two_at_once_is_used_once(meeting):
    """Of two workers that are shown the same assertion at once, one finds it used with the other."""
    found = meeting.of(
        lambda tx: tx.assertion_used("c", "t"),
        lambda _, used: Changes(assertions=[] if used else [("c", "t", NOON)]),
    )

    assert [False, True] == sorted(found)


def test_a_person_in_hand_is_waited_for(meeting, make, rows):
    """Whoever asks for a person whom another worker changes gets what that one wrote."""
    make().transact(lambda tx: tx.write(Changes(people=rows.person("p", state=b"before"))))

    found = meeting.of(
        lambda tx: tx.people(["p"]), lambda name, _: Changes(people=rows.person("p", state=name.encode()))
    )

    assert ({"p": b"before"}, {"p": b"first"}) == found


def test_something_held_is_settled_once(meeting, make, rows):
    """Of two who settle the same question at once, the second finds it settled."""
    row = rows.held()
    make().transact(lambda tx: tx.write(Changes(held=[row])))

    found = meeting.of(lambda tx: tx.held(row.id).state, lambda name, _: Changes(settled={row.id: "settled"}))

    assert ("held", "settled") == found


def test_a_door_opened_by_two_at_once_has_one_name(meeting, make):
    """Where two open the same door at once neither fails: the one that comes second finds it opened."""

    def do(name, found):
        return Changes() if found else Changes(doors={"r": DoorRow(recipient="r", queue=name, state="opening")})

    found = meeting.of(lambda tx: tx.door("r"), do)

    (door,) = make().doors()
    assert "first" == door.queue
    assert (None, door) == found


def test_what_is_due_is_taken_by_one(make, rows):
    """What one worker tells, or tries again, another passes over instead of waiting for it."""
    due, retried = rows.due(NOON), rows.held(state="retrying", next_at=NOON)
    one, other = make(), make()
    one.transact(lambda tx: tx.write(Changes(due=[due], held=[retried])))
    both = lambda tx: (tx.due(NOON), tx.retries_due(NOON))  # noqa: E731 - asked three times

    def work(tx):
        found = both(tx)
        passed_over = other.transact(both)
        tx.write(Changes(done=[due.id], settled={retried.id: "retried"}))
        return found, passed_over

    assert (([due], [retried]), ([], [])) == one.transact(work)
    assert ([], []) == other.transact(both)


def test_who_is_in_hand_is_not_erased(make, rows):
    """A sighting that is over, and that a worker has in hand at this moment, stays with its keys."""
    one, other = make(), make()
    one.transact(lambda tx: tx.write(Changes(people=rows.person("p", expires=NOON), keys={"p": (KEY,)})))

    def work(tx):
        tx.people(["p"])
        return other.transact(lambda beside: beside.expired(NOON, limit=10))

    assert [] == one.transact(work)
    assert {"p": {KEY}} == other.transact(lambda tx: tx.find([KEY]))
    assert ["p"] == other.transact(lambda tx: tx.expired(NOON, limit=10))


def test_numbers_of_a_mailbox_have_no_gap_and_no_double(make, together, rows):
    """Copies that several workers give one recipient at once are numbered from one, each number once."""

    def give(tx):
        number = tx.close_record(["r"]).heads.get("r", Head(0, KEY)).number + 1
        copy = CopyRow(id=f"copy {number}", entry="e", lane="urgent", body=b"", committed_at=NOON)
        tx.write(Changes(copies=[copy], mail=[MailRow("r", number, copy.id)], heads={"r": Head(number, KEY)}))

    stores = [make() for _ in range(4)]
    for done in [together(lambda s: [s.transact(give) for _ in range(15)], store) for store in stores]:
        done.result(PATIENCE)

    assert list(range(1, 61)) == [d.number for d in stores[0].deliveries("r", after=0, limit=99)]


def test_two_that_stand_in_each_others_way_both_succeed(make, together):
    """Where each of two workers waits for what the other has in hand, one begins anew and both succeed."""
    meet, met = threading.Barrier(2), set()

    def work(tx, *keys):
        tx.find([keys[0]])
        if keys not in met:  # whoever begins anew meets nobody
            met.add(keys)
            meet.wait(PATIENCE)
        tx.find([keys[1]])
        return "done"

    crossing = [
        together(make().transact, lambda tx, keys=keys: work(tx, *keys)) for keys in ((KEY, OTHER), (OTHER, KEY))
    ]

    assert ["done", "done"] == [each.result(PATIENCE) for each in crossing]


def test_a_lost_lease_cannot_commit(tables, make, rows):
    """A worker that another gave up for dead writes nothing, however far its transaction had come."""
    leases = PostgresLeases(tables)
    lost, heir = leases.join("lost", PATIENCE), leases.join("heir", PATIENCE)

    def work(tx):
        tx.find([KEY])
        leases.leave(lost)
        tx.close_record()
        tx.write(Changes(people=rows.person("p")))

    with pytest.raises(LeaseLost):
        make(lease=lambda: lost).transact(work)

    assert {} == make(lease=lambda: heir).transact(lambda tx: tx.people(["p"]))
    leases.close()


def test_without_a_lease_nothing_is_recorded(make):
    """A worker that has no lease yet, or none any more, does not get as far as the record."""
    with pytest.raises(LeaseLost):
        make(lease=lambda: "").transact(lambda tx: tx.close_record())


def test_a_worker_knows_whose_departures_are_its_own(tables, make):
    """What a worker commits is under the lease that it had when the transaction began."""
    leases = PostgresLeases(tables)
    worker = leases.join("worker", PATIENCE)

    assert worker == make(lease=lambda: worker).transact(lambda tx: tx.close_record().worker)
    leases.close()


def test_who_falls_asleep_loses_the_transaction(make, together, rows):
    """A worker that stands still in the middle of a transaction loses it, and the others go on meanwhile."""
    asleep, others_went_on = threading.Event(), threading.Event()

    def doze(tx):
        tx.find([KEY])
        tx.close_record()
        asleep.set()
        awake = others_went_on.wait(PATIENCE)
        tx.write(Changes(people=rows.person("dozer")))
        return awake

    def work(tx):
        tx.find([KEY])
        tx.close_record()
        tx.write(Changes(people=rows.person("p")))

    dozing = together(make(seconds=1).transact, doze)
    assert asleep.wait(PATIENCE)
    other = make()
    other.transact(work)
    others_went_on.set()

    with pytest.raises(StoreUnavailable):
        dozing.result(PATIENCE)
    assert {"p"} == set(other.transact(lambda tx: tx.people(["p", "dozer"])))


def test_a_failure_that_the_work_swallows_is_a_failure(make, rows):
    """A transaction in which the database refused something is not committed, whatever the work made of the refusal."""
    store = make()

    def work(tx):
        tx.write(Changes(people=rows.person("p")))
        try:
            tx.write(Changes(keys={"nobody": (KEY,)}))
        except StoreUnavailable:
            return "all is well"

    with pytest.raises(StoreUnavailable):
        store.transact(work)

    assert {} == store.transact(lambda tx: tx.people(["p"]))


def test_what_cannot_be_written_fails_whoever_writes_it(make, rows):
    """A text that the database cannot have is refused to whoever writes it, and what the rest writes is written."""
    store = make()

    def work(tx):
        with pytest.raises(ValueError, match="not to be written"):
            tx.write(Changes(assertions=[("client\0", "token", NOON)]))
        tx.write(Changes(people=rows.person("p")))

    store.transact(work)

    assert {"p"} == set(store.transact(lambda tx: tx.people(["p"])))


def test_a_database_killed_in_the_middle(own_postgres, rows):
    """Where the database dies in a transaction nothing of that is written, and when it is back the store is too."""
    url = own_postgres.database()
    migrate_database(url)
    store = PostgresStore(url)
    store.transact(lambda tx: tx.write(Changes(people=rows.person("before"))))

    def work(tx):
        tx.write(Changes(people=rows.person("p")))
        own_postgres.kill()

    with pytest.raises(StoreUnavailable):
        store.transact(work)
    with pytest.raises(StoreUnavailable):
        store.transact(lambda tx: tx.people(["p"]))
    with pytest.raises(StoreUnavailable):
        store.counts()
    own_postgres.start()

    assert {"before"} == set(store.transact(lambda tx: tx.people(["before", "p"])))
    assert 0 == store.counts()["entries"]
    store.close()
