"""Another try of what is held: by the hub itself while that is new, later when an operator says so.

The hub counts a try before it makes it, in a transaction of its own: what fails as it is written, or takes the
process down, is not tried for ever, and two workers do not try the same thing at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import structlog
from msgspec.structs import replace

from hub.access.principal import Principal
from hub.errors import Refused, StoreUnavailable
from hub.ledger.named import entry_named
from hub.pipeline.disclosing import Fact
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.holding import (
    AMBIGUOUS,
    ANSWER_FAILED,
    BEHIND,
    DEAD_COPY,
    DEAD_EVENT,
    DUE_FAILED,
    HELD,
    PAUSES,
    RETRIED,
    RETRYING,
    line,
    next_try,
)
from hub.pipeline.journey import accept, keep, keep_refusal
from hub.pipeline.later import Undone, tell_one_due
from hub.pipeline.record import send_again
from hub.pipeline.share import LateFact, merge_shared, share_late
from hub.pipeline.submission import Submission, id_of, type_of
from hub.store.port import DueRow, HeldRow
from schemas.catalogue import CATALOGUE
from schemas.envelope import Envelope, envelope_of
from schemas.exchange import Outcome

log = structlog.get_logger("retrying")
Attempt = Callable[[Batch, HeldRow], Outcome]


class DeadCopy(msgspec.Struct, frozen=True):
    """A copy that a recipient's queue gave up: whose queue, which copy, and the entry in which it is recorded."""

    recipient: str
    copy: str
    entry: str


def claim_retries(batch: Batch) -> list[str]:
    """Count each thing that is due for another try as tried once more, and return their ids."""
    due = [row for row in batch.tx.retries_due(batch.now) if row.id not in batch.changes.settled]
    batch.changes.retries += [(row.id, row.attempts + 1, next_try(batch.now, row.attempts + 1)) for row in due]
    return [row.id for row in due]


def retry_claimed(batch: Batch, held_id: str) -> None:
    """Try once more what was claimed; after the last try it is left to an operator."""
    row = batch.tx.held(held_id)
    if row is None or row.state != RETRYING or held_id in batch.changes.settled:
        return
    if row.attempts > len(PAUSES):  # the last try never came to an end
        _give_up(batch, row)
        return
    try:
        attempt(batch, row)
    except StoreUnavailable:
        raise
    except Refused as refusal:
        _refuse(batch, row, refusal)
    except Exception as error:  # noqa: BLE001 - it failed as before
        log.error("retry-failed", error=type(error).__name__, code=row.reason, count=row.attempts)
        if row.attempts == len(PAUSES) and held_id not in batch.changes.settled:
            _give_up(batch, row)


def attempt(batch: Batch, row: HeldRow) -> Outcome:
    """Try once more what is held: an event, a thing due, a copy, or all copies in line with it.

    Raises:
        Refused: the event is refused.
        Exception: whatever failed; of a line, what was told before it stays told.
    """
    return _ATTEMPTS.get(row.reason, _take)(batch, row)


def submission_of(batch: Batch, row: HeldRow) -> Submission:
    """Return a held event as its publisher sent it."""
    publisher = Principal(client_id=row.client, agency=row.agency, recipients=(), permissions=(), expires=batch.now)
    return Submission(publisher, batch.tools.sealer.open_for(row.wrapped, "held", row.body))


def hold_dead_event(batch: Batch, principal: Principal, body: bytes) -> Outcome:
    """Keep for an operator an event that the broker gave up at the intake; the hub does not try it by itself again.

    To its publisher it is accepted, like whatever the hub took and could not do yet.
    """
    held_id = _id_of_dead(batch, principal.client_id, hashlib.sha256(body).hexdigest())
    draft = Draft(batch)
    if not _held_again(batch, held_id):
        keep(draft, Submission(principal, body), DEAD_EVENT, held_id=held_id)
    draft.absorb()
    return Outcome(id=id_of(body), state="accepted")


def hold_dead_copy(batch: Batch, recipient: str, copy: str, body: bytes) -> None:
    """Keep for an operator that a recipient's queue gave up a copy: which one, and not what is in it."""
    row = HeldRow(
        id=_id_of_dead(batch, recipient, copy),
        at=batch.now,
        reason=DEAD_COPY,
        agency="hub",
        client="hub",
        kind=type_of(body),
        fields=(),
        recipient=recipient or None,
        body=b"",
    )
    draft = Draft(batch)
    if not _held_again(batch, row.id):
        draft.hold(row, msgspec.json.encode(DeadCopy(recipient, copy, entry_named(body))))
    draft.absorb()


def _id_of_dead(batch: Batch, whose: str, what: str) -> str:
    """Return the id under which a dead letter is held, however often it comes."""
    return batch.tools.sealer.hash("seen", "dead-letter", whose, what).hex()[:32]


def _held_again(batch: Batch, held_id: str) -> bool:
    """Hold again what was held before; False where it never was."""
    if any(row.id == held_id for row in batch.changes.held):
        return True
    if batch.tx.held(held_id) is None:
        return False
    batch.changes.settled[held_id] = HELD
    return True


def _take(batch: Batch, row: HeldRow) -> Outcome:
    draft = Draft(batch)
    outcome = accept(draft, submission_of(batch, row), held=row.reason == AMBIGUOUS)
    draft.changes.settled[row.id] = RETRIED
    draft.absorb()
    return outcome


def _tell_due(batch: Batch, row: HeldRow) -> Outcome:
    draft = Draft(batch)
    undone = msgspec.json.decode(batch.tools.sealer.open_for(row.wrapped, "held", row.body), type=Undone)
    tell_one_due(draft, DueRow(id=row.id, at=undone.at, person=row.person or "", body=undone.body, wrapped=row.wrapped))
    draft.changes.settled[row.id] = RETRIED
    draft.absorb()
    return Outcome(id=row.id, state="accepted")


def _release(batch: Batch, row: HeldRow) -> Outcome:
    """Tell, in order, all that waits in one line; where one fails it and those behind it wait on."""
    recipient, person = row.recipient or "", Draft(batch).load([row.person or ""])[row.person or ""].id
    waiting = line(Draft(batch), recipient, person)
    for each in waiting:
        draft = Draft(batch)
        try:
            _tell_late(draft, each, last=each is waiting[-1])
        except Exception:
            if each.state == RETRYING and each.next_at is None:  # now that it is the first, it has tries of its own
                batch.changes.retries.append((each.id, each.attempts, next_try(batch.now, each.attempts)))
            raise
        draft.absorb()
    return Outcome(id=row.id, state="accepted")


def _tell_late(draft: Draft, row: HeldRow, *, last: bool) -> None:
    recipient, person = row.recipient or "", row.person or ""
    state = draft.load([person])[person]
    late = _late(draft.batch.keyring.open(row.person, "held", row.body))
    state = merge_shared(state, share_late(draft, late, state, recipient))
    draft.people[state.id] = replace(state, waiting=state.waiting - {recipient}) if last else state
    draft.changes.settled[row.id] = RETRIED


def _send_again(batch: Batch, row: HeldRow) -> Outcome:
    """Let a copy go once more by the broker, unless it has its receipt or is in the mailbox of the other door."""
    dead = msgspec.json.decode(batch.tools.sealer.open_for(row.wrapped, "held", row.body), type=DeadCopy)
    door = batch.tx.door(dead.recipient)
    if door is not None and door.state in {"open", "filling"} and batch.tx.unreceipted(dead.recipient, [dead.copy]):
        found = batch.tx.unreceipted_entries(dead.recipient, [dead.entry])
        if not found:
            raise RuntimeError("the dead letter did not say in which entry its copy is recorded")
        send_again(batch.changes, dead.recipient, found, batch.now)
    batch.changes.settled[row.id] = RETRIED
    return Outcome(id=row.id, state="accepted")


_ATTEMPTS: Final[Mapping[str, Attempt]] = {
    ANSWER_FAILED: _release,
    BEHIND: _release,
    DUE_FAILED: _tell_due,
    DEAD_COPY: _send_again,
}
"""How what is held is tried again, by its reason; everything else is an event."""


def _refuse(batch: Batch, row: HeldRow, refusal: Refused) -> None:
    """Keep an event that the hub took and now has to refuse under the refusal's own reason."""
    draft = Draft(batch)
    keep_refusal(draft, submission_of(batch, row), refusal)
    draft.changes.settled[row.id] = RETRIED
    draft.absorb()


def _give_up(batch: Batch, row: HeldRow) -> None:
    """Leave something to an operator, with all that waits behind it."""
    log.error("left-to-an-operator", code=row.reason, count=len(PAUSES))
    batch.changes.retries.append((row.id, len(PAUSES), None))
    if row.recipient is not None and row.person is not None:
        person = Draft(batch).load([row.person])[row.person].id
        behind = [each for each in line(Draft(batch), row.recipient, person) if each.id != row.id]
        batch.changes.retries += [(each.id, each.attempts, None) for each in behind]


class _RawFact(msgspec.Struct):
    event: Envelope[msgspec.Raw]
    addressed: frozenset[str]
    reference: str
    by: str


class _RawLate(msgspec.Struct):
    fact: _RawFact
    relation: tuple[str, ...]


def _late(body: bytes) -> LateFact:
    raw = msgspec.json.decode(body, type=_RawLate)
    told = raw.fact.event
    data: Any = msgspec.json.decode(told.data, type=CATALOGUE[told.type].data)
    event = envelope_of(told.type, data, event_id=told.id, source=told.source, time=told.time)
    fact = Fact(event=event, addressed=raw.fact.addressed, reference=raw.fact.reference, by=raw.fact.by)
    return LateFact(fact, raw.relation)
