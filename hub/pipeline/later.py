"""What happens without a new event: things that are due."""

from __future__ import annotations

import datetime as dt

import msgspec
import structlog

from hub.consequences.model import Consequence
from hub.consequences.rules import still_due
from hub.errors import StoreUnavailable
from hub.ledger.entry import new_id
from hub.pipeline.disclosing import Fact
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.holding import DUE_FAILED, to_try_again
from hub.pipeline.journey import fact_of, tell
from hub.pipeline.tools import HUB_SOURCE
from hub.store.port import DueRow, HeldRow
from schemas.catalogue import CATALOGUE
from schemas.envelope import envelope_of

log = structlog.get_logger("later")
_encode = msgspec.json.Encoder().encode
_Scheduled = tuple[str, msgspec.Raw, frozenset[str], str]


class Undone(msgspec.Struct, frozen=True):
    """Something due that could not be told: when it was due, and what, still sealed as it was kept until then."""

    at: dt.datetime
    body: bytes


def tell_due(batch: Batch) -> int:
    """Tell what is due by now and still true; return how many things were due.

    What cannot be told is tried again later, so that it holds up nothing else that is due.
    """
    rows = batch.tx.due(batch.now)
    for row in rows:
        draft = Draft(batch)
        try:
            tell_one_due(draft, row)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one thing due must not stop all that is due after it
            log.error("due-failed", error=type(error).__name__)
            draft = Draft(batch)
            draft.hold(_undone(draft, row), _encode(Undone(row.at, row.body)))
        draft.changes.done.append(row.id)
        draft.absorb()
    return len(rows)


def tell_one_due(draft: Draft, row: DueRow) -> None:
    """Tell one thing that is due, if it is still true."""
    state = draft.load([row.person]).get(row.person)
    kind, data, addressed, reference = msgspec.json.decode(
        draft.tools.sealer.open_for(row.wrapped, "due", row.body), type=_Scheduled
    )
    made = Consequence(
        kind=kind, data=msgspec.json.decode(data, type=CATALOGUE[kind].data), addressed=addressed, due=row.at
    )
    if state is not None and still_due(state, made):
        origin = Fact(
            event=envelope_of(kind, made.data, event_id=new_id(), source=HUB_SOURCE, time=draft.now),
            reference=reference,
            by="hub",
        )
        draft.people[state.id] = tell(draft, fact_of(draft, made, origin), state, state)


def _undone(draft: Draft, row: DueRow) -> HeldRow:
    undone = HeldRow(
        id=new_id(),
        at=draft.now,
        reason=DUE_FAILED,
        agency="hub",
        client="hub",
        kind="",
        fields=(),
        person=row.person,
        body=b"",
    )
    return to_try_again(undone)
