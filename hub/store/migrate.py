"""Brings a database's tables to this version; a database of a newer version is refused."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

from hub.errors import Misconfigured, Problem
from hub.store.locks import MIGRATION, OURS


def migrate(engine: Engine) -> None:
    """Run every migration that the database lacks, one process at a time.

    Raises:
        Misconfigured: the database is of a version that this program does not know.
    """
    config = _config()
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(OURS, MIGRATION)))
        if _version(connection) != _scripts().get_current_head():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()


def check_version(engine: Engine) -> None:
    """Refuse a database whose tables are not of this version.

    Raises:
        Misconfigured: what is to be done about it.
        StoreUnavailable: it cannot be asked.
    """
    with engine.connect() as connection:
        if _version(connection) != _scripts().get_current_head():
            raise Misconfigured(Problem("store", "is of an older version: run hub migrate"))


def _version(connection: Connection) -> str | None:
    """Return the last migration that a database has."""
    current = MigrationContext.configure(connection).get_current_revision()
    known = {revision.revision for revision in _scripts().walk_revisions()}
    if current is not None and current not in known:
        raise Misconfigured(Problem("store", "was made by a newer version of the hub"))
    return current


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
