"""What telling one event costs the hub, by how many are told and by how many different things they are told.

Deciding, building the views, sealing the copies and making the record, in one process, without the database's own
writing: the part of the work of which it is said that it goes by views, and not by recipients.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure, take_turns
from benchmarks.rabbitmq.area import AGREEMENT, Area, received
from hub.directory.load import load_directory
from hub.intake.read import read_event
from hub.ledger.upkeep import Upkeep
from hub.pipeline.disclosing import Fact
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.share import share
from hub.pipeline.tools import Shelf, Tools
from hub.policy.load import load_agreement
from hub.register.state import CustodyState, PersonState, ReleaseState
from hub.sealing import Sealer
from hub.store.port import Changes, Transaction
from hub.store.sqlite import SqliteStore
from schemas.record.case import Case
from schemas.record.scheme import Membership

BY_RECIPIENTS = tuple((n, min(n, 4)) for n in (1, 4, 12, 25, 50, 100))
BY_VIEWS = tuple((100, k) for k in (1, 2, 4, 6, 8, 10, 12))
"""Each point of the two curves: recipients, and the views into which they fall."""
TELLINGS = 10
"""In one transaction, as a hub under load has them."""
ROUNDS = 40


def views() -> list[Figure]:
    """Measure; it takes about half a minute."""
    points = list(dict.fromkeys((*BY_RECIPIENTS, *BY_VIEWS)))
    with tempfile.TemporaryDirectory(prefix="hub-benchmark-") as folder:
        store = SqliteStore(Path(folder) / "hub.sqlite")
        peers = {f"{n}_recipients_in_{k}_views": Telling(Path(folder), store, n, k) for n, k in points}
        taken = take_turns(peers, ROUNDS)
        store.close()
    cost = {p: statistics.median(taken[name]) / TELLINGS for p, name in zip(points, peers, strict=True)}
    recipient = statistics.linear_regression(
        [n for n, k in BY_RECIPIENTS if k == 4], [cost[p] for p in BY_RECIPIENTS if p[1] == 4]
    )
    view = statistics.linear_regression([k for _, k in BY_VIEWS], [cost[p] for p in BY_VIEWS])
    return [
        Figure("views.further_view_us", view.slope, "us", "for one more view, among 100 recipients of one event"),
        Figure("views.further_recipient_us", recipient.slope, "us", "for one more recipient, in one of 4 views"),
        Figure("views.further_view_to_recipient", view.slope / recipient.slope, "ratio", "the one to the other"),
        *(
            Figure(f"views.{n}_recipients_in_{k}_views_us", cost[n, k], "us", "decide, project and record one event")
            for n, k in points
        ),
    ]


class Telling:
    """Tells one event, some times in one transaction, to so many recipients in so many views."""

    def __init__(
        self,
        folder: Path,
        store: SqliteStore,
        recipients: int,
        views: int,
        *,
        tellings: int = TELLINGS,
        changes: Callable[[Changes], object] = lambda _: None,
    ) -> None:
        """Take how many are told how much, and how often in one transaction, and who is given what it would write."""
        self.written = False
        """Whether it writes it, too."""
        self._tellings, self._changes = tellings, changes
        self._store, self._views, self._recipients = store, views, recipients
        tools = Tools(
            directory=load_directory(Area(folder, recipients, views).directory),
            shelf=Shelf([load_agreement(AGREEMENT)]),
            sealer=Sealer(bytes(32)),
            upkeep=Upkeep(math.inf),  # nothing is written, so no log is kept
        )
        self._now, self._tools = dt.datetime.now(dt.UTC), tools
        event = read_event(received(1, 1, self._now)).envelope
        self._fact = Fact(event=event, reference="a" * 64, by="prison")

    def __call__(self) -> None:
        self._store.transact(self._tell)

    def _tell(self, tx: Transaction) -> None:
        batch = Batch(tx if self.written else _Unwritten(tx), self._tools, self._now)
        for _ in range(self._tellings):
            draft = Draft(batch)
            told = share(draft, self._fact, STATE, STATE).told
            assert (len(told), len(draft.made)) == (self._recipients, self._views)
            draft.absorb()
        batch.finish()
        self._changes(batch.changes)


class _Unwritten:
    """A transaction that writes nothing at its end."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever is asked for
        return getattr(self._tx, name)

    def write(self, _: Changes) -> None:
        return


STATE = PersonState(
    id="0" * 32,
    memberships=(Membership(scheme="north-ppo", kind="PPO"),),
    cases=(Case(reference="C-1", supervised_by="probation", kind="licence"),),
    custody=CustodyState(standing="held", establishment="BMI"),
    release=ReleaseState(area="north-town"),
)
