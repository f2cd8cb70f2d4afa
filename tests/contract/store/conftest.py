"""Every store that there is; each test of this folder runs over each of them."""

import datetime as dt
import itertools

import pytest

from hub.store.port import Changes, CopyRow, DueRow, EntryRow, HeldRow, MailRow, PersonRow
from hub.store.postgres import PostgresStore, migrate_database
from hub.store.sqlite import SqliteStore
from tests.fixtures.tables import with_tables

NOON = dt.datetime(2026, 10, 5, 12, tzinfo=dt.UTC)


class Opened:
    """A store and the way to open it once more, as after a crash."""

    def __init__(self, make):
        self._make = make
        self.store = make()

    def again(self):
        self.store.close()
        self.store = self._make()
        return self.store


def sqlite(request):
    path = request.getfixturevalue("tmp_path") / "hub.sqlite"
    return lambda: SqliteStore(with_tables(path))


def postgres(request):
    url = request.getfixturevalue("database")
    migrate_database(url)
    return lambda: PostgresStore(url)


STORES = {"sqlite": sqlite, "postgres": postgres}


@pytest.fixture(params=STORES, ids=str)
def opened(request):
    opened = Opened(STORES[request.param](request))
    yield opened
    opened.store.close()


@pytest.fixture
def store(opened):
    return opened.store


class Rows:
    """Rows with ids of their own."""

    def __init__(self):
        self._next = itertools.count(1)

    def id(self, prefix):
        """Return an id that sorts before all former ones: no order may rest on ids."""
        return f"{prefix}{9999 - next(self._next)}"

    def person(self, name, *, state=b"sealed", expires=None, merged_into=None):
        return {
            name: PersonRow(id=name, state=state, on_scheme=expires is None, expires=expires, merged_into=merged_into)
        }

    def entry(self, person, at=NOON):
        return EntryRow(
            id=self.id("entry"),
            at=at,
            kind="disclosure",
            person=person,
            content=b"{}",
            commitment=bytes(32),
            sealed=b"sealed",
        )

    def copy(self, *recipients, number=1, lane="routine", body=b"sealed", entry="e"):
        copy = CopyRow(id=self.id("copy"), entry=entry, lane=lane, body=body, committed_at=NOON)
        return Changes(copies=[copy], mail=[MailRow(recipient=r, number=number, copy=copy.id) for r in recipients])

    def held(self, **facts):
        given = {
            "reason": "ambiguous",
            "agency": "prison",
            "client": "c",
            "kind": "custody.received",
            "fields": ("data.subject: rule",),
            "body": b"sealed",
        }
        return HeldRow(**({"id": self.id("held"), "at": NOON} | given | facts))

    def due(self, at, person="p"):
        return DueRow(id=self.id("due"), at=at, person=person, body=b"sealed")


@pytest.fixture
def rows():
    return Rows()


@pytest.fixture
def write(opened):
    """Write changes in a transaction of their own."""
    return lambda changes: opened.store.transact(lambda tx: tx.write(changes))


@pytest.fixture
def read(opened):
    """Read in a transaction of its own."""
    return lambda work: opened.store.transact(work)  # noqa: PLW0108 - the store may be opened anew
