"""What an operator, and the agency whose event it is, do with what is held: list, see, try again, settle.

Nobody takes anything out of it: what is settled stays, with how it ended, until its time is over (docs/retention.md).
To see what is inside is a consultation, and stands in the record, with its reason, before anything is shown.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from functools import partial

import msgspec
import structlog
from msgspec import UNSET, UnsetType

from hub.access.principal import Principal
from hub.errors import Fault, HubError, NotFound, StoreUnavailable, TooBusy
from hub.ledger.entry import Commitments, Entry, new_id
from hub.pipeline.committer import Committer
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.holding import AMBIGUOUS, DUE_FAILED, HELD, RETRYING, SETTLED
from hub.pipeline.identify import rule_out
from hub.pipeline.journey import accept
from hub.pipeline.later import Undone
from hub.pipeline.retrying import attempt, claim_retries, hold_dead_copy, hold_dead_event, retry_claimed, submission_of
from hub.register.state import PersonState
from hub.sealing import Unsealable
from hub.store.port import HeldItem, HeldRow, Store
from schemas.exchange import Outcome
from schemas.scopes import Permission

log = structlog.get_logger("quarantine")
MOST = 100_000
"""How many things are tried again at one request: more than ever should be held."""
TOGETHER = 50
"""How many are tried before the caller hears how it goes."""
DONE_ALREADY = "done-already"
"""The outcome of what went along with an earlier one, or that somebody else took up meanwhile."""


class StillFails(Fault):
    """It failed once more."""

    remedy = "It stays held; the hub's log names the error. Try it again when the cause is mended."


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Something held with what is in it: as text, or in base64 where it is none."""

    held: HeldItem
    text: str | UnsetType = UNSET
    base64: str | UnsetType = UNSET


class Quarantine:
    """What is held, as its operators and owners may see and treat it."""

    def __init__(self, store: Store, committer: Committer) -> None:
        """Take where it is, and what writes there."""
        self._store, self._committer = store, committer

    async def items(
        self,
        principal: Principal,
        *,
        state: str = HELD,
        why: str | None = None,
        agency: str | None = None,
        limit: int = 100,
    ) -> list[HeldItem]:
        """Return what is held, newest first: of the caller's agency, or of all or one for an operator."""
        own = scope(principal)
        if None not in {own, agency} and own != agency:
            return []
        read = partial(self._store.list_held, agency=own or agency, reason=why, state=state, limit=limit)
        return list(await asyncio.to_thread(read))

    async def show(self, principal: Principal, held_id: str, reason: str) -> Shown:
        """Return what is in something held; that it was asked for, and why, is on disk first.

        Raises:
            NotFound: nothing of this id is held that the caller may see inside.
        """
        return await self._committer.do(lambda batch: show(batch, principal, held_id, reason))

    async def settle(
        self, principal: Principal, held_id: str, *, person: str | None, new: bool, reason: str
    ) -> Outcome:
        """Answer whom a held event is about: one of the candidates, or somebody new.

        Raises:
            NotFound: no such question of the caller's, or not one of its candidates.
        """
        if (person is None) != new:
            raise NotFound
        return await self._committer.do(lambda batch: settle(batch, principal, held_id, person, reason))

    async def retry(self, principal: Principal, held_id: str, reason: str) -> Outcome:
        """Try again what is held.

        Raises:
            NotFound: nothing of this id is held that the caller may see.
            Refused: the event is refused, as it was before.
            StillFails: the hub could not do it this time either.
        """
        return await self._committer.do(lambda batch: retry(batch, principal, held_id, reason))

    async def to_retry(self, principal: Principal, *, why: str | None = None, agency: str | None = None) -> list[str]:
        """Return the ids of what can be tried again, as long held first; questions only where they are asked for."""
        items = await self.items(principal, why=why, agency=agency, limit=MOST)
        return [item.id for item in reversed(items) if why is not None or item.reason != AMBIGUOUS]

    async def retry_each(self, principal: Principal, held_ids: Sequence[str], reason: str) -> AsyncIterator[list[str]]:
        """Try things again in their order; give, a few at a time, what each came to: its state, or a problem's code.

        Raises:
            StoreUnavailable, TooBusy: the rest was not tried.
        """
        for start in range(0, len(held_ids), TOGETHER):
            tries = [self.retry(principal, held_id, reason) for held_id in held_ids[start : start + TOGETHER]]
            yield [_word(result) for result in await asyncio.gather(*tries, return_exceptions=True)]

    async def hold_dead_event(self, principal: Principal, body: bytes) -> Outcome:
        """Keep for an operator an event that the broker gave up at the intake; return what its publisher is told."""
        return await self._committer.do(lambda batch: hold_dead_event(batch, principal, body))

    async def hold_dead_copy(self, queue: str, copy: str, body: bytes) -> None:
        """Keep for an operator that the queue of a door gave up a copy."""
        doors = await asyncio.to_thread(self._store.doors)
        recipient = next((door.recipient for door in doors if door.queue == queue), "")
        await self._committer.do(lambda batch: hold_dead_copy(batch, recipient, copy, body))

    async def retry_due(self) -> int:
        """Try again what is due for another try; return how many things were tried.

        Raises:
            StoreUnavailable: nothing was tried.
        """
        claimed = await self._committer.do(claim_retries)
        tries = [self._committer.do(partial(_retry_claimed, held_id)) for held_id in claimed]
        for result in await asyncio.gather(*tries, return_exceptions=True):
            if isinstance(result, BaseException):  # it was counted, and is due again
                log.error("retry-failed", error=type(result).__name__)
        return len(claimed)


def scope(principal: Principal) -> str | None:
    """Return the agency whose own things alone somebody may see; None for an operator of the hub."""
    return None if Permission.OPERATE in principal.permissions else principal.agency


def show(batch: Batch, principal: Principal, held_id: str, reason: str) -> Shown:
    """Return what is in something held, and record that it was asked for: an agency sees its own events alone.

    A question that it is asked about another's event is not its own event.

    Raises:
        NotFound: nothing of this id is held that the caller may see inside.
    """
    row, own = batch.tx.held(held_id), scope(principal)
    if row is None or (own is not None and {own} != {row.agency, _publisher(batch, row)}):
        raise NotFound
    _note(batch, row, principal, "consultation", "held.shown", reason)
    item = HeldItem(**{name: getattr(row, name) for name in HeldItem.__struct_fields__})
    body = _inside(batch, row)
    try:
        return Shown(held=item, text=body.decode())
    except UnicodeDecodeError:
        return Shown(held=item, base64=base64.b64encode(body).decode())


def retry(batch: Batch, principal: Principal, held_id: str, reason: str) -> Outcome:
    """Try again what is held: all copies in line with it, in their order, or one event.

    Raises:
        NotFound: nothing of this id is held that the caller may see.
        Refused: the event is refused, as it was before.
        StillFails: the hub could not do it this time either.
    """
    row = _open(batch, principal, held_id)
    try:
        outcome = attempt(batch, row)
    except HubError:
        raise
    except Exception as error:  # noqa: BLE001 - it failed as before; what was told before it in its line stays told
        log.error("retry-failed", error=type(error).__name__, code=row.reason)
        if row.id not in batch.changes.settled:
            raise StillFails from None
        outcome = Outcome(id=row.id, state="accepted")
    _note(batch, row, principal, "alteration", "held.retried", reason)
    return outcome


def settle(batch: Batch, principal: Principal, held_id: str, person: str | None, reason: str) -> Outcome:
    """Answer the question of whom a held event is about: one of its candidates, or somebody new.

    Raises:
        NotFound: no such question, or the person is not one of its candidates.
    """
    row = _open(batch, principal, held_id)
    if row.reason != AMBIGUOUS or (person is not None and person not in row.candidates):
        raise NotFound
    draft = Draft(batch)
    state = draft.load([person]).get(person) if person else PersonState(id=new_id())
    if state is None:
        raise NotFound
    submission = submission_of(batch, row)
    rule_out(draft, [other for other in row.candidates if other != person], submission.event.envelope.data)
    outcome = accept(draft, submission, state)
    draft.changes.settled[row.id] = SETTLED
    draft.absorb()
    _note(batch, row, principal, "alteration", "held.settled", reason)
    return outcome


def _open(batch: Batch, principal: Principal, held_id: str) -> HeldRow:
    """Return something held that is still to be done, if it is the caller's."""
    row, own = batch.tx.held(held_id), scope(principal)
    if (
        row is None
        or row.state not in {HELD, RETRYING}
        or held_id in batch.changes.settled
        or (own is not None and row.agency != own)
    ):
        raise NotFound
    return row


def _publisher(batch: Batch, row: HeldRow) -> str:
    """Return the agency that published a held event, as the directory has it; nothing where no agency did."""
    system = batch.tools.directory.systems.get(row.client)
    return system.agency if system else ""


def _inside(batch: Batch, row: HeldRow) -> bytes:
    """Return what is in something held, in plain."""
    body = batch.tools.sealer.open_for(row.wrapped, "held", row.body)
    if row.reason != DUE_FAILED:
        return body
    sealed = msgspec.json.decode(body, type=Undone).body
    try:
        return batch.tools.sealer.open_for(row.wrapped, "due", sealed)
    except Unsealable:  # it may be for that very reason that it failed: then it is shown as it is
        return sealed


def _note(batch: Batch, row: HeldRow, principal: Principal, kind: str, what: str, reason: str) -> None:
    draft = Draft(batch)
    entry = Entry(
        id=new_id(),
        at=draft.now,
        kind=kind,
        event=what,
        reference=row.id,
        person=row.person,
        by=principal.client_id,
    )
    draft.record(entry, Commitments(), reason)
    draft.absorb()


def _retry_claimed(held_id: str, batch: Batch) -> None:
    retry_claimed(batch, held_id)


def _word(result: Outcome | BaseException) -> str:
    """Return what a try came to, in one word."""
    if isinstance(result, Outcome):
        return result.state
    if isinstance(result, NotFound):
        return DONE_ALREADY
    if isinstance(result, HubError) and not isinstance(result, StoreUnavailable | TooBusy):
        return result.code()
    raise result
