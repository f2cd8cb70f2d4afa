"""How long it takes to check a whole record, from the stored entries up, as ``hub ledger check`` does.

Each entry is of a copy to one recipient, which is stored: sealed secrets, commitments, leaves, chains, mailboxes, tiles
and the checkpoint are all looked at.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Figure
from benchmarks.views import Telling
from hub.ledger.checking.whole import Check
from hub.ledger.log import Log
from hub.ledger.signing import keyring
from hub.sealing import Sealer
from hub.store.sqlite import SqliteStore

MILLION = 1_000_000
PORTION = 1_000
SEALER = Sealer(bytes(32))


def ledger_check(entries: int = MILLION) -> list[Figure]:
    """Measure; for a million entries it takes the better part of ten minutes, most of it to make them, and 5 GB."""
    with tempfile.TemporaryDirectory(prefix="hub-benchmark-") as name:
        store = SqliteStore(Path(name) / "hub.sqlite")
        tell = Telling(Path(name), store, 1, 1, tellings=PORTION)
        tell.written = True
        for _ in range(entries // PORTION):
            tell()
        log = Log(store.log, keyring(SEALER), lambda: dt.datetime.now(dt.UTC))
        log.catch_up()
        clock, processor = time.perf_counter(), time.process_time()
        found = Check(store.log, SEALER, log.keys().verifiers, lambda *_: None).run()
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
        store.close()
    if found.findings or not entries == found.entries == found.size:
        raise RuntimeError("the check found something in a record that nobody touched")
    size = "million" if entries == MILLION else f"{entries}"
    what = f"a check of {entries:,} disclosures of one copy each, from the stored entries up"
    return [
        Figure(f"ledger.verify_{size}_s", clock, "s", what),
        Figure(f"ledger.verify_{size}_processor_s", processor, "s", f"the processor's time of {what}"),
    ]
