"""What happens without a new event: things due, copies that waited, questions that a coordinator settles."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from msgspec.structs import replace

from hub.access.principal import Principal
from hub.consequences.model import Consequence
from hub.consequences.rules import still_due
from hub.errors import NotFound, StoreUnavailable
from hub.intake.read import read_event
from hub.ledger.entry import Commitments, Entry, new_id
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.identify import rule_out
from hub.pipeline.journey import accept, fact_of, tell
from hub.pipeline.share import Fact, merge_shared, share
from hub.pipeline.submission import Submission
from hub.pipeline.tools import HUB_SOURCE
from hub.register.state import PersonState
from hub.store.port import DueRow, HeldRow
from schemas.catalogue import CATALOGUE
from schemas.envelope import Envelope, envelope_of
from schemas.exchange import Outcome

log = structlog.get_logger("later")
DUE_FAILED = "due-failed"
_Scheduled = tuple[str, msgspec.Raw, frozenset[str], str]


class _RawFact(msgspec.Struct):
    event: Envelope[msgspec.Raw]
    addressed: frozenset[str]
    reference: str
    by: str


def tell_due(batch: Batch) -> int:
    """Tell what is due by now and still true; return how many things were due.

    What cannot be told is kept for an operator, so that it holds up nothing else that is due.
    """
    rows = batch.tx.due(batch.now)
    for row in rows:
        draft = Draft(batch)
        try:
            _tell_one(draft, row)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one thing due must not stop all that is due after it
            log.error("due-failed", error=type(error).__name__)
            draft = Draft(batch)
            draft.hold(_undone(draft, row), row.body)
        draft.changes.done.append(row.id)
        draft.absorb()
    return len(rows)


def _tell_one(draft: Draft, row: DueRow) -> None:
    state = draft.load([row.person]).get(row.person)
    kind, data, addressed, reference = msgspec.json.decode(draft.tools.sealer.open("due", row.body), type=_Scheduled)
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
    return HeldRow(
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


def retry(batch: Batch, principal: Principal, held_id: str, reason: str, agency: str | None) -> Outcome:
    """Try again what is held: all copies that wait in the same place, in their order, or one event.

    Raises:
        NotFound: nothing of this id is held that the caller may see.
        Refused: the event is refused as it was before.
    """
    row = _open(batch, held_id, agency)
    draft = Draft(batch)
    if row.recipient is not None and row.person is not None:
        _release(draft, row.recipient, row.person)
        outcome = Outcome(id=held_id, state="accepted")
    elif row.reason == DUE_FAILED and row.person is not None:
        draft.changes.due.append(
            DueRow(id=new_id(), at=draft.now, person=row.person, body=batch.tools.sealer.open("held", row.body))
        )
        draft.changes.settled[row.id] = "retried"
        outcome = Outcome(id=held_id, state="accepted")
    else:
        publisher = replace(principal, client_id=row.client, agency=row.agency)
        outcome = accept(
            draft, Submission(publisher, batch.tools.sealer.open("held", row.body)), held=row.reason == "ambiguous"
        )
        draft.changes.settled[row.id] = "retried"
    _note(draft, row, principal, "held.retried", reason)
    draft.absorb()
    return outcome


def settle(
    batch: Batch, principal: Principal, held_id: str, person: str | None, reason: str, agency: str | None
) -> Outcome:
    """Answer the question of whom a held event is about: one of its candidates, or somebody new.

    Raises:
        NotFound: no such question, or the person is not one of its candidates.
    """
    row = _open(batch, held_id, agency)
    if row.reason != "ambiguous" or (person is not None and person not in row.candidates):
        raise NotFound
    draft = Draft(batch)
    state = draft.load([person]).get(person) if person else PersonState(id=new_id())
    if state is None:
        raise NotFound
    publisher = replace(principal, client_id=row.client, agency=row.agency)
    body = batch.tools.sealer.open("held", row.body)
    rule_out(draft, [other for other in row.candidates if other != person], read_event(body).envelope.data)
    outcome = accept(draft, Submission(publisher, body), state)
    draft.changes.settled[row.id] = "settled"
    _note(draft, row, principal, "held.settled", reason)
    draft.absorb()
    return outcome


def _open(batch: Batch, held_id: str, agency: str | None) -> HeldRow:
    row = batch.tx.held(held_id)
    if (
        row is None
        or row.state != "held"
        or held_id in batch.changes.settled
        or (agency is not None and row.agency != agency)
    ):
        raise NotFound
    return row


def _release(draft: Draft, recipient: str, person: str) -> None:
    """Tell, in order, what waits for one recipient about one person; stop at the first that fails again."""
    state = draft.load([person]).get(person)
    if state is None:
        raise NotFound
    rows = draft.batch.tx.waiting_for(recipient, person)
    state = replace(state, waiting=state.waiting - {recipient})
    for row in rows:
        fact = _fact(draft.tools.sealer.open("held", row.body))
        try:
            shared = share(draft, fact, state, state, only=recipient)
        except Exception as error:  # noqa: BLE001 - it fails as before: this copy and those behind it wait on
            log.error("answer-failed", error=type(error).__name__, recipient=recipient, type=row.kind)
            state = replace(state, waiting=state.waiting | {recipient})
            break
        draft.changes.settled[row.id] = "retried"
        state = merge_shared(state, shared)
    draft.people[state.id] = state


def _fact(body: bytes) -> Fact:
    raw = msgspec.json.decode(body, type=_RawFact)
    data: Any = msgspec.json.decode(raw.event.data, type=CATALOGUE[raw.event.type].data)
    event = envelope_of(raw.event.type, data, event_id=raw.event.id, source=raw.event.source, time=raw.event.time)
    return Fact(event=event, addressed=raw.addressed, reference=raw.reference, by=raw.by)


def _note(draft: Draft, row: HeldRow, principal: Principal, what: str, reason: str) -> None:
    entry = Entry(
        id=new_id(),
        at=draft.now,
        kind="alteration",
        event=what,
        reference=row.id,
        person=row.person,
        by=principal.client_id,
    )
    draft.record(entry, Commitments(), reason)
