"""What the ledger costs: making an entry inside a batch, letting the log grow, and proving one among a million."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from unittest.mock import patch

import msgspec
from msgspec.structs import replace

from benchmarks.corrections import correction
from benchmarks.history import history
from benchmarks.ledger_check import ledger_check
from benchmarks.ledger_share import ledger_share
from benchmarks.measure import Figure
from benchmarks.views import Telling
from hub.ledger.entry import Commitments, Entry, decode_entry, new_id
from hub.ledger.log import Log
from hub.ledger.proving import proof_of
from hub.ledger.signing import keyring
from hub.pipeline.keyring import Keyring
from hub.pipeline.record import Pending, close_record
from hub.policy.apart import Values
from hub.policy.project import Contents
from hub.sealing import Sealer
from hub.store.port import Changes, Ends, EntryRow, Transaction
from hub.store.sqlite import SqliteStore

MILLION = 1_000_000
CHECKED = 50_000
PORTION = 50_000
BATCH = 64
POINTS = ((1, 1), (12, 4))
"""Recipients and views of one entry."""
ROUNDS = 30
PROOFS = 200
NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
SEALER = Sealer(bytes(32))
WRAPPED = SEALER.new_key().wrapped
Asked = tuple[Contents, Values]
"""What leaves were asked for."""


def ledger() -> list[Figure]:
    """Measure; it takes some minutes, most of them to fill two databases."""
    figures = ledger_share()
    with tempfile.TemporaryDirectory(prefix="hub-benchmark-") as name:
        folder = Path(name)
        store = SqliteStore(folder / "hub.sqlite")
        for recipients, views in POINTS:
            rate = 1 / statistics.median(_appended(folder, store, recipients, views))
            what = f"entries with {recipients} recipients in {views} views, on one core: leaves to commitment, sealed"
            figure = "append" if recipients == 1 else f"append_{recipients}_in_{views}"
            figures.append(Figure(f"ledger.{figure}_per_second", rate, "1/s", what))
        figures += _at_a_million(store, _made(folder, store, 12, 4))
        store.close()
    return [*figures, correction(), *ledger_check(CHECKED), *history()]


class _Noted(Commitments):
    """Commitments that note what leaves they were asked for."""

    asked: list[tuple[Contents, Values]]

    def leaves(self, contents: Contents, values: Values) -> msgspec.Raw:
        type(self).asked.append((contents, values))
        return super().leaves(contents, values)


class _Ended:
    """A transaction in which every chain is where it begins."""

    def close_record(self, *_: object) -> Ends:
        return Ends(worker="", heads={}, queues={}, unsent={})

    def data_keys(self, people: Collection[str]) -> dict[str, bytes]:
        return dict.fromkeys(people, WRAPPED)


def _made(folder: Path, store: SqliteStore, recipients: int, views: int) -> tuple[Entry, list[Asked]]:
    """Return an entry as the path makes it, and what its leaves were made of."""
    _Noted.asked = []
    made: list[Changes] = []
    with patch("hub.pipeline.disclosing.Commitments", _Noted):
        Telling(folder, store, recipients, views, tellings=1, changes=made.append)()
    entry = decode_entry(made[0].entries[0].content)
    return entry, _Noted.asked


def _appended(folder: Path, store: SqliteStore, recipients: int, views: int) -> list[float]:
    """Return the processor's seconds for one entry in each of some batches."""
    entry, asked = _made(folder, store, recipients, views)
    tx: Transaction = _Ended()  # type: ignore[assignment]  # nothing else is asked of it
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        pending, changes = [], Changes(heads={}, entries=[], mail=[])
        for _ in range(BATCH):
            commitments = Commitments()
            made = tuple(
                replace(view, leaves=commitments.leaves(contents, values))
                for view, (contents, values) in zip(entry.views, asked, strict=True)
            )
            pending.append(Pending(replace(entry, id=new_id(), views=made), commitments, ""))
        close_record(tx, pending, {}, changes, Keyring(tx, SEALER), NOW)
        taken.append((time.process_time() - began) / BATCH)
        assert len(changes.entries) == BATCH
    return taken


def _at_a_million(store: SqliteStore, made: tuple[Entry, list[Asked]]) -> list[Figure]:
    entry, _ = made
    commitments = Commitments()
    whole, _ = commitments.entry(entry)
    for begin in range(0, MILLION, PORTION):
        rows = [_row(i, whole) for i in range(begin, begin + PORTION)]
        store.transact(lambda tx, rows=rows: tx.write(Changes(entries=rows)))
    log = Log(store.log, keyring(SEALER), lambda: NOW)
    began = time.perf_counter()
    log.catch_up()
    grown = MILLION / (time.perf_counter() - began)
    recipient, taken, processor = entry.branches[0].recipient, [], []
    for _ in range(PROOFS):
        number = random.randrange(MILLION)
        began, of_processor = time.perf_counter(), time.process_time()
        logged = log.prove(f"{number:032}", whole if number % 2 == 0 else _other(number))
        assert logged is not None
        assert proof_of(entry, commitments, recipient, logged) is not None
        taken.append((time.perf_counter() - began) * 1000)
        processor.append((time.process_time() - of_processor) * 1000)
    return [
        Figure("ledger.log_entries_per_second", grown, "1/s", "taken into the log, tiles written, in steps of 4,096"),
        Figure("ledger.proof_ms_at_million", statistics.median(taken), "ms", "one proof of a log of a million, p50"),
        Figure(
            "ledger.proof_processor_ms_at_million",
            statistics.median(processor),
            "ms",
            "processor time of it, p50",
        ),
    ]


def _row(number: int, whole: bytes) -> EntryRow:
    commitment = whole if number % 2 == 0 else _other(number)
    return EntryRow(
        id=f"{number:032}", at=NOW, kind="disclosure", person=None, content=b"{}", commitment=commitment, sealed=b""
    )


def _other(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()
