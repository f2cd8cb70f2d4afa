"""The sharing agreements of a hub: which are in force, how they came to be so, and what is due about them."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeVar

import msgspec
import structlog
from msgspec.structs import replace

from hub.access.principal import Principal
from hub.access.statements import Statement, Step
from hub.errors import NotFound, Problem, UnfitVersion
from hub.ledger.again import Again, Otherwise, decided_again
from hub.ledger.entry import Commitments, Entry, decode_entry, new_id
from hub.pipeline.citing import cited
from hub.pipeline.committer import Committer
from hub.pipeline.draft import Batch
from hub.pipeline.publishing import Publishing, Stood, named
from hub.pipeline.record import Pending
from hub.pipeline.signing import statement_of
from hub.pipeline.tools import Current, Tools
from hub.policy.decide import Policy
from hub.policy.model import Agreement
from hub.policy.versions import History, State, Term
from hub.store.port import StepRow, Store
from schemas.catalogue import CATALOGUE

log = structlog.get_logger("agreements")
T = TypeVar("T")
REVIEW_WARNING_DAYS = 60


class Taken(msgspec.Struct, frozen=True):
    """Whose step it was, and when."""

    by: str
    at: dt.datetime


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version as an operator sees it."""

    name: str
    version: str
    state: State
    proposed: Taken
    checked: Taken | None = None
    approved: Taken | None = None
    since: dt.datetime | None = None
    """From when it is, will be or was in force, the last time."""
    until: dt.datetime | None = None
    """When it is over, where that is known."""
    review: dt.date | None = None
    review_in_days: int | None = None
    """Of what is in force or comes to be: negative when the review is overdue."""
    fits: bool = True
    """Whether its document is what was published."""


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """Everything published, and what is in force now."""

    source: Literal["files", "published"]
    """Where what is in force comes from; the two are never mixed."""
    in_force: tuple[str, ...]
    begins: dt.datetime | None
    """From when published versions are in force and no file is."""
    versions: tuple[Version, ...]
    warnings: tuple[str, ...]


class Agreements:
    """What is in force, for whoever asks; and the steps by which that changes."""

    def __init__(self, store: Store, committer: Committer, tools: Tools, clock: Callable[[], dt.datetime]) -> None:
        """Take where versions are, what writes there, the files' agreements, and the time in UTC."""
        self._store, self._committer, self._now = store, committer, clock
        self._tools, self._shelf, self._directory = tools, tools.shelf, tools.directory
        self.warning_days = REVIEW_WARNING_DAYS
        """How many days before a review it is told."""
        self._unfit: tuple[str, ...] = ()
        """What was found at the last look to be in force, or to be so one day, and not to fit its name."""

    async def refresh(self) -> None:
        """Look again which versions are to be in force when, and read them.

        Raises:
            StoreUnavailable: it is not known.
        """
        unfit = await asyncio.to_thread(self._shelf.refresh, self._store, self._now())
        self._unfit = tuple(_unfit(term.name, term.version or "") for term in unfit)
        for term in unfit:
            log.error("version-unfit", version=f"{term.name}@{term.version}")

    def current(self) -> Current:
        """Return what is in force.

        Raises:
            StoreUnavailable, UnfitVersion: it is not known.
        """
        return self._shelf.at(self._now(), self._store)

    async def health(self) -> dict[str, object]:
        """Return what is in force and what is due about it: DOWN where nothing is in force.

        Raises:
            StoreUnavailable, UnfitVersion: it is not known.
        """
        current = await asyncio.to_thread(self.current)
        agreements, today = current.in_force.policy.agreements, self._now().date()
        return {
            "status": "UP" if agreements else "DOWN",
            "details": {
                "source": current.source,
                "in_force": list(current.in_force.policy.version),
                "review_in_days": {a.name: (a.review - today).days for a in agreements},
                "end_in_days": {a.name: (a.ends - today).days for a in agreements if a.ends},
                "warnings": [*self._unfit, *self._warnings(agreements)],
            },
        }

    def _warnings(self, agreements: Iterable[Agreement]) -> Iterable[str]:
        """Yield what is due soon, or overdue, about what is in force."""
        today, soon = self._now().date(), dt.timedelta(days=self.warning_days)
        for agreement in agreements:
            if agreement.review <= today + soon:
                due = "was due" if agreement.review <= today else "is due"
                yield f"the review of {agreement.reference} {due} on {agreement.review}"
            if agreement.ends and agreement.ends <= today + soon:
                yield f"{agreement.reference} ends on {agreement.ends}: from then on it gives nothing"

    async def statement(
        self, step: Step, versions: Sequence[str], signatory: str, since: dt.datetime | None
    ) -> Statement:
        """Return what a signatory must sign for a step now; ``NotFound`` where a reference names no version."""

        def read() -> Statement:
            history = History(self._store.steps())
            whole = versions if step == "propose" else ["@".join(named(history, each)) for each in versions]
            return statement_of(self._tools, history, step, whole, since, signatory)

        return await asyncio.to_thread(read)

    async def propose(self, principal: Principal, document: bytes, signed: str) -> Stood:
        """Keep a document as a draft, and check it; see ``Publishing``."""
        return await self._take(lambda batch: Publishing(batch, principal, signed).propose(document))

    async def approve(
        self, principal: Principal, references: Sequence[str], signed: str, since: dt.datetime | None
    ) -> list[Stood]:
        """Let checked versions come into force; see ``Publishing``."""
        return await self._take(lambda batch: Publishing(batch, principal, signed).approve(references, since))

    async def withdraw(self, principal: Principal, reference: str, signed: str) -> Stood:
        """Take back what is not in force yet; see ``Publishing``."""
        return await self._take(lambda batch: Publishing(batch, principal, signed).withdraw(reference))

    async def end(
        self, principal: Principal, reference: str, signed: str, *, since: dt.datetime | None, second: str
    ) -> Stood:
        """Let an agreement end; see ``Publishing``."""
        return await self._take(lambda batch: Publishing(batch, principal, signed).end(reference, since, second))

    async def _take(self, step: Callable[[Batch], T]) -> T:
        stood = await self._committer.do(step)
        self._shelf.forget()
        return stood

    async def document(self, reference: str) -> bytes:
        """Return a version's document as it was proposed, compared with its hash.

        Raises:
            NotFound: the reference names no version, or several.
            UnfitVersion: it is not what was published.
        """
        return (await asyncio.to_thread(self._proposed, reference))[0]

    async def proposed(self, reference: str) -> Agreement:
        """Return a version as it was proposed, in force or not; raises what ``document`` does."""
        return (await asyncio.to_thread(self._proposed, reference))[1]

    def _proposed(self, reference: str) -> tuple[bytes, Agreement]:
        name, version = named(History(self._store.steps()), reference)
        agreement = self._shelf.apart().version(name, version, self._store)
        return self._store.document(version) or b"", agreement

    async def again(self, principal: Principal, entry_id: str, reason: str) -> Again:
        """Make the decisions of an entry again, and compare; that it was asked for is on disk first.

        Raises:
            NotFound: there is no such entry, nothing was decided in it, or a version that it cites is not known here.
            UnfitVersion: a version that it cites is not what was published.
        """
        row = await asyncio.to_thread(self._store.entry, entry_id)
        if row is None:
            raise NotFound(Problem(entry_id[:64], "is no entry of the record"))
        entry = decode_entry(row.content)
        if not entry.auditor or entry.event not in CATALOGUE:
            raise NotFound(Problem(entry_id, "is of something in which nothing was decided"))
        await self._committer.do(lambda batch: _note(batch, principal, entry, reason))
        return await asyncio.to_thread(self._again, entry)

    def _again(self, entry: Entry) -> Again:
        shelf = self._shelf.apart()
        history = shelf.history(self._store)
        agreements = [cited(shelf, reference, self._store) for reference in entry.versions]
        roles = {recipient.id: recipient.role for recipient in self._directory.recipients.values()}
        found = decided_again(entry, Policy(agreements), roles)
        if history.begins is None or entry.at < history.begins:
            return found
        then = shelf.at(entry.at, self._store).in_force.policy.version
        if then == entry.versions:
            return found
        other = Otherwise("", f"in force at that moment was {', '.join(then) or 'nothing'}")
        return replace(found, otherwise=(other, *found.otherwise))

    async def versions(self) -> Versions:
        """Return every version with where it stands; one that does not fit its name says so."""
        return await asyncio.to_thread(self._versions)

    def _versions(self) -> Versions:
        shelf, now = self._shelf.apart(), self._now()  # everything is read anew
        history = shelf.history(self._store)
        read: dict[str, Agreement | None] = {}
        for version, name in {step.version: step.name for step in history.steps}.items():
            try:
                read[version] = shelf.version(name, version, self._store)
            except UnfitVersion:
                read[version] = None
        versions = tuple(_version(history, version, agreement, now) for version, agreement in read.items())
        try:
            policy = shelf.at(now, self._store).in_force.policy
        except UnfitVersion:
            policy = Policy([])
        unfit = (_unfit(v.name, v.version) for v in versions if not v.fits)
        begins = history.begins
        return Versions(
            source="published" if begins and begins <= now else "files",
            in_force=policy.version,
            begins=begins,
            versions=versions,
            warnings=(*unfit, *self._warnings(policy.agreements)),
        )


def _unfit(name: str, version: str) -> str:
    return f"{name}@{version[:16]} is not what was published under this hash"


def _note(batch: Batch, principal: Principal, asked: Entry, reason: str) -> None:
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="consultation",
        event="policy.again",
        reference=asked.id,
        person=asked.person,
        by=principal.client_id,
    )
    batch.pending.append(Pending(entry, Commitments(), reason))


def _version(history: History, version: str, agreement: Agreement | None, now: dt.datetime) -> Version:
    own = history.of(version)
    state, term = history.state(version, now), _term(history, version)
    until = history.until(term) if term else None
    ends = agreement.ends if agreement else None
    if state == "in force" and ends and ends <= now.date():
        state = "ended"
    review = agreement.review if agreement else None
    return Version(
        name=own[0].name,
        version=version,
        state=state,
        proposed=Taken(own[0].by, own[0].at),
        checked=_taken(own, "checked"),
        approved=_taken(own, "approved"),
        since=term.since if term else None,
        until=until,
        review=review,
        review_in_days=(review - now.date()).days if review and state in {"approved", "in force"} else None,
        fits=agreement is not None,
    )


def _term(history: History, version: str) -> Term | None:
    return next((term for term in reversed(history.terms) if term.version == version), None)


def _taken(steps: Iterable[StepRow], what: str) -> Taken | None:
    """Return whose the last step of a kind was."""
    last: Mapping[str, Taken] = {step.step: Taken(step.by, step.at) for step in steps}
    return last.get(what)
