"""The ledger for whoever asks: what is proved by it, and whether it holds."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import msgspec
import structlog
from msgspec import UNSET

from hub.access.principal import Principal
from hub.errors import Erased, HubError, LogBroken, NotFound, NotLogged, Problem
from hub.ledger.checking.whole import Check, Checked
from hub.ledger.entry import Commitments, Entry, Secrets, decode_entry, new_id
from hub.ledger.log import Log
from hub.ledger.named import entry_named
from hub.ledger.proving import proof_of
from hub.ledger.signing import keyring, new_key
from hub.pipeline.committer import Committer
from hub.pipeline.consult import erased_under
from hub.pipeline.draft import Batch
from hub.pipeline.questions import Questions
from hub.pipeline.record import Pending
from hub.pipeline.refusals import Refusals
from hub.pipeline.tools import Tools
from hub.sealing import Unsealable
from hub.store.log_port import Held
from hub.store.port import EntryRow, Store
from schemas.note import Verifier
from schemas.proof_file import Proof

log = structlog.get_logger("ledger")
_secrets = msgspec.msgpack.Decoder(Secrets).decode


class Ledger:
    """The record with the log over it."""

    def __init__(self, store: Store, committer: Committer, tools: Tools, clock: Callable[[], dt.datetime]) -> None:
        """Take what is asked; ``clock`` gives the time in UTC."""
        self._store, self._committer, self._sealer, self._now = store, committer, tools.sealer, clock
        self.upkeep = tools.upkeep
        """Whether anything may be disclosed, by what was last seen of the log."""
        self.log = Log(store.log, keyring(tools.sealer), clock)
        self.questions = Questions(store, committer, tools, self.log, clock)
        """What the record answers."""
        self.refusals = Refusals(committer, clock)
        """What of requests is recorded that were refused."""
        self._fault: str | None = None
        self._stopped = False

    async def keep(self, pause: float) -> None:
        """Let the log grow for ever, with so many seconds between two looks."""
        while True:
            try:
                await self.grow()
            except Exception as error:  # noqa: BLE001 - what one look runs into must not end all looking
                self._failed(type(error).__name__)
            await asyncio.sleep(pause)

    async def grow(self) -> None:
        """Let the log take in what was recorded, and sign; where it cannot, its health says so."""
        try:
            await asyncio.to_thread(self.log.catch_up)
        except HubError as fault:
            if isinstance(fault, LogBroken):
                self.upkeep.is_broken()
            self._failed(fault.code())
        else:
            self.upkeep.signed()
            self._fault = None
        self._tell()
        await self.questions.grow()

    async def look(self) -> None:
        """See whether the log is kept, for a process that lives for one command: others let it grow.

        Only where something has waited for too long, so that perhaps there are no others, it lets it grow itself.
        """
        try:
            waited = await asyncio.to_thread(self.log.waited)
        except HubError as fault:
            self._failed(fault.code())
            return
        self.upkeep.signed(but_for=waited)
        if self.upkeep.stopped:
            await self.grow()

    def _tell(self) -> None:
        if self.upkeep.stopped and not self._stopped:
            log.error("disclosure-stopped", error=self._fault)
        elif self._stopped and not self.upkeep.stopped:
            log.warning("disclosure-resumed")
        self._stopped = self.upkeep.stopped

    def _failed(self, fault: str) -> None:
        if self._fault != fault:
            log.error("log-does-not-grow", error=fault)
        self._fault = fault

    def health(self) -> Mapping[str, object]:
        """Tell whether what is recorded comes under a signed checkpoint; if not, nothing is disclosed."""
        details = {
            "unsigned_seconds": round(self.upkeep.unsigned_seconds, 1),
            "limit_seconds": self.upkeep.limit,
            "broken": self.upkeep.broken,
            **({"error": self._fault} if self._fault else {}),
        }
        return {"status": "DOWN" if self.upkeep.stopped else "UP", "details": details}

    async def prove(
        self, principal: Principal, copy: str, recipient: str, reason: str, *, publisher: bool = False
    ) -> Proof:
        """Return the proof of what one recipient was given by a copy; that it was asked for is on disk first.

        With ``publisher`` it also shows who published, which no recipient is told: that is for a court.

        Raises:
            NotFound: this recipient was given no such copy.
            Erased: whom it was about was erased; the error says when and under what.
            NotLogged: it was recorded before there was a log.
            LogBroken: the log is not what was signed.
        """
        row = await asyncio.to_thread(self._entry_of, copy)
        entry = decode_entry(row.content)
        if entry.remains is not UNSET:
            raise await asyncio.to_thread(self._erased, entry)
        if recipient not in {branch.recipient for branch in entry.branches if entry.views[branch.view].copy == copy}:
            raise NotFound(Problem(recipient[:64], "was given no such copy"))
        event = "ledger.prove-publisher" if publisher else "ledger.prove"
        await self._committer.do(lambda batch: _note(batch, principal, event, entry, reason))
        return await asyncio.to_thread(self._prove, row, entry, recipient, publisher=publisher)

    async def check(self, progress: Callable[[int, int], None], kept: Sequence[str] = ()) -> Checked:
        """Return whether everything that is stored of the record and its log fits together, and with kept checkpoints.

        ``progress`` is told how much is done of how much. Nobody's part is shown, so that it is asked is not recorded.
        """
        return await asyncio.to_thread(self._check, progress, kept)

    def _check(self, progress: Callable[[int, int], None], kept: Sequence[str]) -> Checked:
        return Check(self._store.log, self._sealer, self.log.keys().verifiers, progress, kept).run()

    async def new_key(self, principal: Principal, reason: str, beside: dt.timedelta) -> Verifier:
        """Make a new key that signs from now on, the former one beside it for a time; return the public key.

        It is recorded: which key it is, who had it made, and sealed, why.

        Raises:
            StoreUnavailable: there is no new key.
        """
        public = await self._committer.do(lambda batch: self._make_key(batch, principal, reason, beside))
        return Verifier(self.log.name, public)

    def _make_key(self, batch: Batch, principal: Principal, reason: str, beside: dt.timedelta) -> bytes:
        number = self.log.keys().next
        row, public = new_key(number, self._sealer, batch.now, beside)
        batch.changes.log_keys.append(row)
        entry = Entry(
            id=new_id(),
            at=batch.now,
            kind="alteration",
            event="ledger.key",
            reference=str(Verifier(self.log.name, public)),
            by=principal.client_id,
        )
        batch.pending.append(Pending(entry, Commitments(), reason))
        return public

    def _entry_of(self, copy: str) -> EntryRow:
        held = next(iter(self._store.log.copies_named([copy])), None)
        row = self._store.entry(entry_named(self._opened(held)) or held.entry) if held else None
        if row is None:
            raise NotFound(Problem(copy[:64], "is no copy that was recorded"))
        return row

    def _erased(self, entry: Entry) -> Erased:
        return erased(self._store, entry)

    def _opened(self, held: Held) -> bytes:
        try:
            return self._sealer.open_for(held.wrapped, "copy", held.body)
        except Unsealable:
            return b""  # its entry still says what was given

    def _prove(self, row: EntryRow, entry: Entry, recipient: str, *, publisher: bool) -> Proof:
        commitments = Commitments(_secrets(self._sealer.open_for(row.wrapped, "entry", row.sealed)).secret)
        logged = self.log.prove(entry.id, row.commitment)
        if logged is None:
            raise NotLogged
        proof = proof_of(entry, commitments, recipient, logged, publisher=publisher)
        if proof is None or proof.entry != row.commitment:
            raise LogBroken
        return proof


def erased(store: Store, entry: Entry) -> Erased:
    """Return the error that says when, and under what, whom an entry was about was erased."""
    found = store.erased_by(entry.person or "")
    under = erased_under(store.entry(found)) if found else {}
    if not under:
        return Erased(Problem(entry.id, "is a remainder, and no erasure says so: run 'hub ledger check'"))
    return Erased(Problem(entry.id, f"was erased on {under['at']:%d %b %Y} under {under['under']}"))


def _note(batch: Batch, principal: Principal, event: str, asked: Entry, reason: str) -> None:
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="consultation",
        event=event,
        reference=asked.id,
        person=asked.person,
        by=principal.client_id,
    )
    batch.pending.append(Pending(entry, Commitments(), reason))
