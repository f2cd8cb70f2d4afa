"""Questions to the record: each is recorded, with who asks and why, before it is answered.

An answer is complete up to a checkpoint that it names: the log, and the index by which is read, catch up first.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import TypeVar

import msgspec
import structlog

from hub.access.principal import Principal
from hub.errors import BadQuestion, HubError, NotFound, Problem
from hub.ledger.entry import Commitments, Entry, Processing, Secrets, decode_entry, new_id
from hub.ledger.log import Log
from hub.ledger.questions.exported import LINES, Form, csv_header
from hub.ledger.questions.restrictions import Restriction, check
from hub.ledger.questions.statement import SubjectStatement
from hub.pipeline.answers import Answers, Page, Period
from hub.pipeline.committer import Committer
from hub.pipeline.consult import processing_of, whom
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.record import Pending
from hub.pipeline.regime import regime_of
from hub.pipeline.tools import Tools
from hub.store.port import Store
from schemas.labels import Category
from schemas.never import SLACK
from schemas.never_file import ASKED, Never
from schemas.record.person import Person
from schemas.scopes import Permission

T = TypeVar("T")
log = structlog.get_logger("questions")
_secrets = msgspec.msgpack.Decoder(Secrets).decode
PAGE = 500
"""How many entries are read at once."""
LONGEST_CHAIN = 20_000
"""How many branches one file of what was never given may have: some 60 MB."""


class Questions:
    """What an auditor, an operator, or an agency of what is its own, may ask of the record."""

    def __init__(
        self, store: Store, committer: Committer, tools: Tools, ledger: Log, clock: Callable[[], dt.datetime]
    ) -> None:
        """Take where the record is, what writes there, versions, recipients and seals, the log, and the time in UTC."""
        self._store, self._committer, self._tools, self._log, self._now = store, committer, tools, ledger, clock
        self._answers = Answers(store, tools, ledger, clock)

    async def grow(self) -> None:
        """Let the index take in what was recorded; where it cannot, whoever asks finds out."""
        try:
            await asyncio.to_thread(self._answers.indexing.catch_up)
        except HubError as fault:
            log.error("index-does-not-grow", error=fault.code())

    async def subject(
        self, principal: Principal, person: Person | str, reason: str, restrictions: Sequence[Restriction] = ()
    ) -> SubjectStatement:
        """Return what one person is told about what was told of them.

        Raises:
            NotFound: the caller may not ask for the whole record.
            BadQuestion: a restriction cannot be meant, or has no ground for what it meets.
            Invalid: too little to find anybody by.
        """
        _whole(principal)
        check(restrictions)
        grounds = sorted({ground for each in restrictions for ground in each.grounds})
        reference = f"restricted by {', '.join(grounds)}" if grounds else ""
        about, question = await self._committer.do(partial(_note_person, principal, person, reason, reference))
        return await asyncio.to_thread(self._answers.statement, about, question, tuple(restrictions))

    async def received(
        self, principal: Principal, agency: str, period: Period, reason: str, *, after: str = "", limit: int = 1000
    ) -> Page:
        """Return what an agency's recipients were given in a period, by time.

        Raises:
            NotFound: the agency is not the caller's own.
            BadQuestion: the period is none, or ``after`` is not of a former answer.
        """
        period.check()
        if own(principal) not in {None, agency}:
            raise NotFound
        behind = _cursor(after, tuple[float, int, str]) or (0.0, 0, "")
        question = await self._ask(principal, "ledger.received", f"{agency} {period}", reason)
        person = own(principal) is None
        return await asyncio.to_thread(self._answers.received, agency, period, question, behind, limit, person)

    async def resting(
        self, principal: Principal, ground: str, period: Period, reason: str, *, after: str = "", limit: int = 1000
    ) -> Page:
        """Return which disclosures of a period rest on a rule, or on an agreement (``NAME`` or ``NAME@VERSION``).

        Of a rule only the leaves are told that rest on it; of an agency that asks, only what it was given itself.

        Raises:
            BadQuestion: the period is none, ``after`` is not of a former answer, or it is neither ``rule NAME`` nor
                ``agreement NAME``.
        """
        period.check()
        kind, _, name = ground.partition(" ")
        if kind not in {"rule", "agreement"} or not name:
            raise BadQuestion(Problem("ground", "is 'rule' or 'agreement', a blank, and a name"))
        behind = _cursor(after, int) or 0
        question = await self._ask(principal, "ledger.resting-on", f"{ground} {period}", reason)
        return await asyncio.to_thread(
            self._answers.resting, (kind, name), period, question, behind, limit, own(principal)
        )

    async def never(self, principal: Principal, recipient: str, category: str, period: Period, reason: str) -> Never:
        """Return the file that shows whether a recipient was ever given something of a category in a period.

        It is the file's verifier that says what it shows: of something that was given it shows that.

        Raises:
            NotFound: the recipient is not the caller's own, or nobody.
            NotLogged: of a part of the chain there is no log.
            LogBroken: the log is not what was signed.
            BadQuestion: there is no such category, the period is none, lies ahead, or has too many branches.
        """
        period.check()
        if category not in set(Category):
            raise BadQuestion(Problem("category", "is not one of the published schemas"))
        if period.until > self._now():
            raise BadQuestion(Problem("until", "is ahead: of what is to come nothing can be shown"))
        if own(principal) is not None and recipient not in principal.recipients:
            raise NotFound
        question = await self._ask(principal, ASKED, "", reason, end_of=recipient)
        return await asyncio.to_thread(self._answers.never, recipient, category, period, question)

    async def export(self, principal: Principal, period: Period, form: Form, reason: str) -> AsyncIterator[bytes]:
        """Yield the entries of a period as lines, a portion at a time; that it was asked for is on disk first.

        Raises:
            NotFound: the caller may not ask for the whole record.
            BadQuestion: the period is none.
        """
        period.check()
        _whole(principal)
        question = await self._ask(principal, "ledger.exported", f"{form} {period}", reason)
        upto = (await asyncio.to_thread(self._answers.as_of, question))[1]
        place = await asyncio.to_thread(self._store.index.place_since, period.since - SLACK)
        if form == "csv":
            yield csv_header()
        while rows := await asyncio.to_thread(self._store.log.recorded, place, upto, limit=PAGE):
            place = rows[-1].place
            entries = [decode_entry(each.row.content) for each in rows if period.has(each.row.at)]
            if lines := b"".join(line for entry in entries for line in LINES[form](entry)):
                yield lines
            if rows[-1].row.at >= period.until + SLACK:
                return

    async def _ask(self, principal: Principal, event: str, reference: str, reason: str, end_of: str = "") -> str:
        """Record a question; return its entry's id."""
        return await self._committer.do(partial(_note, principal, event, reference, reason, end_of))


def own(principal: Principal) -> str | None:
    """Return the agency of whose own part alone somebody may ask; None for an operator and an auditor."""
    whole = {Permission.OPERATE, Permission.AUDIT}
    return None if whole.intersection(principal.permissions) else principal.agency


def _whole(principal: Principal) -> None:
    if own(principal) is not None:
        raise NotFound


def _note(principal: Principal, event: str, reference: str, reason: str, end_of: str, batch: Batch) -> str:
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="consultation",
        event=event,
        reference=reference,
        by=principal.client_id,
        processing=Processing(regime=regime_of(batch.tools.directory, principal.agency), user=principal.user or ""),
    )
    batch.pending.append(Pending(entry, Commitments(), reason, end_of=end_of))
    return entry.id


def _note_person(
    principal: Principal, person: Person | str, reason: str, reference: str, batch: Batch
) -> tuple[str | None, str]:
    draft = Draft(batch)
    about, category = whom(draft, person)
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="consultation",
        event="ledger.subject",
        reference=reference,
        person=about,
        category=category,
        by=principal.client_id,
        processing=processing_of(draft, principal),
    )
    draft.record(entry, Commitments(), reason)
    draft.absorb()
    return entry.person, entry.id


def _cursor(text: str, kind: type[T]) -> T | None:
    """Return the place that a former answer gave; None where none is given; raises ``BadQuestion``."""
    if not text:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=kind)
    except ValueError:
        raise BadQuestion(Problem("after", "is not what a former answer gave")) from None
