"""How long it takes to say what was told about a person, in a record of a million entries, on both databases."""

from __future__ import annotations

import datetime as dt
import random
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Figure
from benchmarks.rabbitmq.area import AGREEMENT, Area
from benchmarks.views import Telling
from deploy.nodes.postgresql import Postgres
from hub.directory.load import load_directory
from hub.ledger.log import Log
from hub.ledger.signing import keyring
from hub.pipeline.answers import Answers
from hub.pipeline.tools import Shelf, Tools
from hub.policy.load import load_agreement
from hub.sealing import Sealer
from hub.store.port import Changes, EntryRow, Store
from hub.store.postgres import PostgresStore, migrate_database
from hub.store.sqlite import SqliteStore

MILLION = 1_000_000
PORTION = 20_000
PEOPLE = 20_000
"""Each has 50 entries, spread over the whole record."""
ASKED = 200
NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
SEALER = Sealer(bytes(32))


def history(entries: int = MILLION) -> list[Figure]:
    """Measure; it takes some minutes, most of them to fill the databases."""
    with tempfile.TemporaryDirectory(prefix="hub-benchmark-") as name, Postgres() as postgres:
        folder = Path(name)
        rows = _made(folder)
        tools = Tools(
            directory=load_directory(Area(folder, 1, 1).directory),
            shelf=Shelf([load_agreement(AGREEMENT)]),
            sealer=SEALER,
        )
        migrate_database(url := postgres.database())
        found = {
            "person_history": _measured(SqliteStore(folder / "history.sqlite"), tools, rows, entries),
            "person_history_postgres": _measured(PostgresStore(url, seconds=600), tools, rows, entries),
        }
    what = "all of one person's 50 entries as the statement for them, log and index caught up, p50"
    return [
        figure
        for name, (taken, indexed) in found.items()
        for figure in (
            Figure(f"ledger.{name}_ms_at_million", statistics.median(taken), "ms", what),
            Figure(f"ledger.{name}_p99_ms_at_million", statistics.quantiles(taken, n=100)[98], "ms", "the same, p99"),
            Figure(f"ledger.{name}_indexed_per_second", indexed, "1/s", "entries taken into the index"),
        )
    ]


def _made(folder: Path) -> EntryRow:
    """Return an entry with one recipient, as the path makes it."""
    made: list[Changes] = []
    store = SqliteStore(folder / "made.sqlite")
    Telling(folder, store, 1, 1, tellings=1, changes=made.append)()
    store.close()
    return made[0].entries[0]


def _measured(store: Store, tools: Tools, row: EntryRow, entries: int) -> tuple[list[float], float]:
    """Return the milliseconds of each question, and how many entries a second the index took in."""
    for begin in range(0, entries, PORTION):
        rows = list(_rows(row, begin, begin + PORTION))
        store.transact(lambda tx, rows=rows: tx.write(Changes(entries=rows)))
    log = Log(store.log, keyring(SEALER), lambda: NOW)
    answers = Answers(store, tools, log, lambda: NOW)
    log.catch_up()
    began = time.perf_counter()
    answers.indexing.catch_up()
    indexed = entries / (time.perf_counter() - began)
    taken = []
    for _ in range(ASKED):
        person = _person(random.randrange(PEOPLE))
        began = time.perf_counter()
        found = answers.statement(person, "", ())
        taken.append((time.perf_counter() - began) * 1000)
        assert len(found.told) == entries // PEOPLE
    store.close()
    return taken, indexed


def _rows(row: EntryRow, begin: int, end: int) -> Iterator[EntryRow]:
    assert row.person is not None
    for number in range(begin, end):
        entry, person = f"{number:032}", _person(number % PEOPLE)
        content = row.content.replace(row.id.encode(), entry.encode()).replace(row.person.encode(), person.encode())
        yield EntryRow(
            id=entry,
            at=NOW,
            kind="disclosure",
            person=person,
            content=content.replace(b'"number":1,', b'"number":%d,' % (number + 1)),
            commitment=secrets.token_bytes(32),
            sealed=row.sealed,
        )


def _person(number: int) -> str:
    return f"{number:032x}"
