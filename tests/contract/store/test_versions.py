"""A store's tables are of the program's version: made so by ``hub migrate``, or by itself where it is a file."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import create_engine, func, select, text

from deploy.nodes.place import until
from hub.bootstrap import open_store
from hub.cli import hub
from hub.config import Config, read_config
from hub.errors import Misconfigured, StoreUnavailable
from hub.store.locks import MIGRATION, OURS
from hub.store.postgres import PostgresStore
from hub.store.sqlite import SqliteStore
from hub.store.tables import metadata

PATIENCE = 60


@pytest.fixture(params=["sqlite", "postgres"])
def config(request, tmp_path):
    """The settings of a hub with a store of its own, of which nothing is there yet."""
    url = request.getfixturevalue("empty_database") if request.param == "postgres" else ""
    return Config(data=tmp_path, directory=tmp_path, policies=(), store=url)


@pytest.fixture
def engine(config):
    engine = create_engine(config.store or f"sqlite:///{config.data / 'hub.sqlite'}")
    yield engine
    engine.dispose()


def migrate(config):
    """Run the command as an operator does; what it refuses is raised."""
    settings = {"HUB_DATA": str(config.data), "HUB_DIRECTORY": "d", "HUB_POLICIES": "p", "HUB_STORE": config.store}
    return CliRunner(env=settings).invoke(hub, ["migrate"], catch_exceptions=False)


def set_version(engine, version):
    with engine.begin() as db:
        db.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def test_the_migrations_make_the_tables(config, engine):
    """The tables that the migrations make are those that the program describes: no more, no less, none different."""
    assert 0 == migrate(config).exit_code

    with engine.connect() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection), metadata)


def test_what_is_of_this_version_is_left_as_it_is(config):
    """A second migration changes nothing, and the store opens after it."""
    assert "this version" in migrate(config).output
    assert 0 == migrate(config).exit_code

    open_store(config).close()


def test_a_store_of_a_newer_version_is_refused(config, engine):
    """A database that a newer program made is neither opened nor migrated."""
    migrate(config)
    set_version(engine, "tomorrow")

    for use in (open_store, migrate):
        with pytest.raises(Misconfigured):
            use(config)


@pytest.mark.parametrize("version", ["none", "0001"])
def test_a_database_of_an_older_version_is_refused(empty_database, version):
    """A shared database is migrated by nobody who merely starts: the refusal says which command does it."""
    if version != "none":
        engine = create_engine(empty_database)
        with engine.begin() as db:
            db.execute(text("CREATE TABLE alembic_version (version_num varchar(32))"))
            db.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
        engine.dispose()

    with pytest.raises(Misconfigured) as refused:
        PostgresStore(empty_database)

    assert "hub migrate" in str(refused.value)


def test_an_entry_is_compressed_in_the_quicker_way(database):
    """The content of an entry is not compressed in PostgreSQL's own way, which takes ten times as long."""
    engine = create_engine(database)

    with engine.begin() as db:
        db.execute(
            text(
                "INSERT INTO entries (id, at, kind, content, commitment, sealed)"
                " VALUES ('e', 0, 'disclosure', decode(repeat('ab', 20000), 'hex'), '', '')"
            )
        )

        assert "lz4" == db.execute(text("SELECT pg_column_compression(content) FROM entries")).scalar_one()
    engine.dispose()


def test_a_file_migrates_by_itself(tmp_path):
    """The embedded store needs no command."""
    SqliteStore(tmp_path / "hub.sqlite").close()
    SqliteStore(tmp_path / "hub.sqlite").close()


def test_two_migrations_at_once(empty_database, tmp_path):
    """A migration waits for another one that has begun, and then finds its work done."""
    config = Config(data=tmp_path, directory=tmp_path, policies=(), store=empty_database)
    engine = create_engine(empty_database)
    waits = text(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
    )

    with ThreadPoolExecutor() as beside, engine.connect() as db:
        db.execute(select(func.pg_advisory_xact_lock(OURS, MIGRATION)))
        second = beside.submit(migrate, config)
        assert until(lambda: second.done() or db.execute(waits).scalar_one(), PATIENCE)
        assert not second.done()
        db.rollback()
        assert 0 == second.result(PATIENCE).exit_code
    engine.dispose()

    open_store(config).close()


def test_a_database_that_is_not_there():
    """Where nothing answers the store is unavailable, for a start and for a migration, and no password is told."""
    with pytest.raises(StoreUnavailable) as refused:
        PostgresStore("postgresql+psycopg://hub:secret@127.0.0.1:1/hub")

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "store",
    [
        "mysql://hub:secret@127.0.0.1/hub",
        "postgresql+psycopg:///hub",
        "postgresql+psycopg://hub:secret@db.example/hub",
        "postgresql+psycopg://hub:secret@db.example/hub?sslmode=require",
    ],
)
def test_a_database_that_cannot_be_right_is_named(store):
    """Another kind of database is refused, and one on another machine that is not checked to be who it says it is."""
    with pytest.raises(Misconfigured) as refused:
        read_config({"HUB_DATA": "d", "HUB_DIRECTORY": "d", "HUB_POLICIES": "p", "HUB_STORE": store})

    assert ["HUB_STORE"] == [problem.field for problem in refused.value.problems]
    assert "secret" not in str(refused.value)
