"""What it takes to work out who has something wrong, when an event that went to a hundred recipients is corrected."""

from __future__ import annotations

import datetime as dt
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measure import Figure
from benchmarks.rabbitmq.area import AGREEMENT, KIND, Area, received
from benchmarks.views import STATE
from hub.directory.load import load_directory
from hub.intake.read import read_event
from hub.ledger.entry import Commitments, Entry, new_id
from hub.pipeline.correcting import amends_of, correct
from hub.pipeline.disclosing import Fact
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.share import share
from hub.pipeline.tools import Shelf, Tools
from hub.policy.load import load_agreement
from hub.sealing import Sealer
from hub.store.port import Transaction
from hub.store.sqlite import SqliteStore

RECIPIENTS, VIEWS = 100, 6
ROUNDS = 20
NOW = dt.datetime.now(dt.UTC)


def correction() -> Figure:
    """Measure; it takes some seconds."""
    with tempfile.TemporaryDirectory(prefix="hub-benchmark-") as name:
        told = _Told(Path(name))
        taken = [told.corrected(told.event()) for _ in range(ROUNDS)]
        told.store.close()
    what = f"{RECIPIENTS} recipients in {VIEWS} views have something wrong: found, decided, recorded, copies made; p50"
    return Figure("ledger.correction_100_ms", statistics.median(taken), "ms", what)


class _Told:
    """A store in which events are told, each to everybody, and fetched."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore(folder / "hub.sqlite")
        self._tools = Tools(
            directory=load_directory(Area(folder, RECIPIENTS, VIEWS).directory),
            shelf=Shelf([load_agreement(AGREEMENT)]),
            sealer=Sealer(bytes(32)),
        )
        self._envelope = read_event(received(1, 1, NOW)).envelope

    def event(self) -> str:
        """Tell one event; return its reference."""
        reference = new_id() + new_id()

        def tell(tx: Transaction) -> None:
            batch = Batch(tx, self._tools, NOW)
            draft = Draft(batch)
            collected = Entry(
                id=new_id(), at=NOW, kind="collection", event=KIND, reference=reference, person=STATE.id, by="prison"
            )
            draft.record(collected, Commitments())
            told = share(draft, Fact(event=self._envelope, reference=reference, by="prison"), STATE, STATE).told
            assert len(told) == RECIPIENTS
            if not tx.people([STATE.id]):
                draft.people[STATE.id] = STATE
            draft.absorb()
            copies = {view.copy: entry.entry for entry in batch.pending for view in entry.entry.views}
            batch.changes.left = [
                (branch.recipient, entry.views[branch.view].copy, NOW)
                for entry in copies.values()
                for branch in entry.branches
            ]
            batch.finish()

        self.store.transact(tell)
        return reference

    def corrected(self, reference: str) -> float:
        """Correct an event; return the milliseconds up to where nothing but the writing is left."""
        taken = 0.0
        corrected = msgspec.structs.replace(self._envelope, data=_otherwise(self._envelope.data))

        def work(tx: Transaction) -> None:
            nonlocal taken
            batch = Batch(tx, self._tools, NOW)
            draft = Draft(batch)
            began = time.perf_counter()
            amends = amends_of(draft, reference, new_id() + new_id(), KIND)
            amends.said = corrected.data
            fact = Fact(event=corrected, reference=new_id() + new_id(), by="prison", corrects=reference)
            correct(draft, fact, STATE, STATE, amends)
            draft.absorb()
            taken = (time.perf_counter() - began) * 1000
            assert len(batch.changes.corrections) == RECIPIENTS
            batch.finish()

        self.store.transact(work)
        return taken


def _otherwise(data: Any) -> Any:  # noqa: ANN401 - the benchmark's own event
    """Return the event with something else in leaves that every view has."""
    (member,) = data.memberships
    return msgspec.structs.replace(
        data,
        memberships=[msgspec.structs.replace(member, strands=["rehabilitate-and-resettle"])],
        custody=msgspec.structs.replace(data.custody, in_custody=False, reason="sentence"),
        release=msgspec.structs.replace(data.release, date=dt.date(2030, 7, 1)),
    )
