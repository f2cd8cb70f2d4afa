"""What a store promises of published versions: added and never changed, and read under whoever decides by them."""

import datetime as dt

import pytest
from sqlalchemy import create_engine, text

from hub.errors import StoreUnavailable, UnfitVersion
from hub.pipeline.tools import Shelf
from hub.store.port import Changes, Overtaken, StepRow, VersionRow
from hub.store.postgres import PostgresStore, migrate_database
from hub.store.sqlite import SqliteStore
from schemas.canonical import digest
from tests.contract.store.conftest import NOON

MINUTE = dt.timedelta(minutes=1)
HASH = digest({"agreement": "small"}).hex()
VERSION = VersionRow(hash=HASH, name="small", document=b"agreement: small\n")


def step(kind, moment=None, version=HASH):
    return StepRow(version=version, name="small", step=kind, at=NOON, by="Ann", moment=moment)


@pytest.fixture
def engine(opened, request):
    """Another way to the same database, as whoever has its files has it."""
    sqlite = isinstance(opened.store, SqliteStore)
    place = request.getfixturevalue("tmp_path") / "hub.sqlite" if sqlite else None
    engine = create_engine(f"sqlite:///{place}" if sqlite else request.getfixturevalue("database"))
    yield engine
    engine.dispose()


@pytest.fixture
def database_of(database):
    """Open stores of a new database that workers share."""
    migrate_database(database)
    opened = []

    def open_one():
        opened.append(PostgresStore(database))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


def close_while(store, stands, *, first=lambda: None):
    """Close the record in work that rests on something; return how often the work was run."""
    runs = []

    def work(tx):
        runs.append(tx)
        if len(runs) == 1:
            first()
            tx.stands(*stands)
        tx.close_record()

    store.transact(work)
    return len(runs)


def test_versions_and_steps_are_kept(opened, write):
    """A version's document and steps are found by a store that is opened anew, with the steps in their order."""
    write(Changes(versions=[VERSION], steps=[step("proposed"), step("checked")]))
    write(Changes(steps=[step("approved", NOON + MINUTE)]))

    again = opened.again()
    steps = again.steps()

    assert VERSION.document == again.document(HASH)
    assert steps == again.transact(lambda tx: tx.steps())
    assert ["proposed", "checked", "approved"] == [each.step for each in steps]
    assert [None, None, NOON + MINUTE] == [each.moment for each in steps]
    assert sorted({each.index for each in steps}) == [each.index for each in steps]


def test_there_is_no_such_version(store):
    """A hash that nothing was published under has no document."""
    assert store.document(HASH) is None
    assert store.transact(lambda tx: tx.document(HASH)) is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE agreement_versions SET document = 'x'",
        "DELETE FROM agreement_versions",
        """UPDATE agreement_steps SET "by" = 'x'""",
        "DELETE FROM agreement_steps",
    ],
)
def test_what_was_published_is_never_changed(opened, write, engine, change):
    """The database itself refuses to change or delete a version or a step."""
    write(Changes(versions=[VERSION], steps=[step("proposed")]))
    before = (opened.store.steps(), opened.store.document(HASH))

    with pytest.raises(Exception, match="never changed"), engine.begin() as db:
        db.execute(text(change))

    assert before == (opened.store.steps(), opened.store.document(HASH))


def test_a_version_is_published_once(write):
    """A second document cannot be put under the same hash."""
    write(Changes(versions=[VERSION], steps=[step("proposed")]))

    with pytest.raises(StoreUnavailable):
        write(Changes(versions=[VersionRow(hash=HASH, name="other", document=b"other")]))


def test_altered_text_is_refused(opened, write, engine):
    """Where somebody gets past the database's guard, the text does not fit its hash, and nothing is decided by it."""
    write(Changes(versions=[VERSION], steps=[step("proposed"), step("approved", NOON)]))
    with engine.begin() as db:
        if engine.dialect.name == "sqlite":
            db.execute(text("DROP TRIGGER agreement_versions_stay_update"))
        else:
            db.execute(text("ALTER TABLE agreement_versions DISABLE TRIGGER USER"))
        db.execute(text("UPDATE agreement_versions SET document = :d"), {"d": b"agreement: small\nrules: []\n"})

    shelf = Shelf(())
    with pytest.raises(UnfitVersion) as refused:
        shelf.at(NOON, opened.store)

    assert f"small@{HASH[:16]}" in str(refused.value)
    assert [HASH] == [term.version for term in shelf.refresh(opened.store, NOON)]


def test_work_that_rests_on_what_is_there_is_run_once(store, write):
    """Work that knows the last step, and is over between its two moments, is not run again."""
    write(Changes(versions=[VERSION], steps=[step("proposed")]))
    now, last = dt.datetime.now(dt.UTC), store.steps()[-1].index

    assert 1 == close_while(store, (last, now - MINUTE, now + MINUTE))
    assert 1 == close_while(store, (last, None, None))


def test_work_that_knows_too_few_steps_is_run_again(store, write):
    """Work that rests on an earlier step than the last one is begun anew."""
    write(Changes(versions=[VERSION], steps=[step("proposed")]))

    assert 2 == close_while(store, (0, None, None))


def test_a_step_beside_the_work(database_of):
    """Where workers share a store, work during which a step is written by another one is begun anew."""
    store, other = database_of(), database_of()

    def publish():
        other.transact(lambda tx: (tx.close_record(), tx.write(Changes(versions=[VERSION], steps=[step("proposed")]))))

    assert 2 == close_while(store, (0, None, None), first=publish)


@pytest.mark.parametrize("moments", [(MINUTE, None), (None, -MINUTE), (-MINUTE, -MINUTE / 2)])
def test_the_moment_is_by_the_clock_of_the_database(database_of, moments):
    """Work that is over before or after its time by the database's clock is begun anew, and told that clock's time."""
    store, now = database_of(), dt.datetime.now(dt.UTC)
    since, until = (moment and now + moment for moment in moments)
    told = []

    def work(tx):
        if not told:
            tx.stands(0, since, until)
        try:
            tx.close_record()
        except Overtaken as overtaken:
            told.append(overtaken.at)
            raise

    store.transact(work)

    assert 1 == len(told)
    assert abs(told[0] - now) < MINUTE / 2
