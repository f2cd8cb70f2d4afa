"""What is taken back though no event corrects it: a rule was mistaken, or what something rested on holds no more."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import msgspec

from hub.access.principal import Principal
from hub.errors import HubError
from hub.ledger.entry import Commitments, Entry, decode_entry, new_id
from hub.ledger.taken import by_fact, by_rule, nothing_left
from hub.pipeline.citing import cited
from hub.pipeline.committer import Committer
from hub.pipeline.correcting import Standing, standing
from hub.pipeline.cutting import Cut, cut
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.record import Pending
from hub.pipeline.withdrawing import Matter
from hub.policy.decide import Policy
from hub.register.state import PersonState
from hub.store.correcting import Cause
from hub.store.port import EntryRow, Store
from schemas.labels import Role

PAGE = 200
"""How many entries one transaction looks at."""
FACTS: tuple[tuple[str, str, Cause], ...] = (("consent", "withdrawn", "consent"), ("restricted", "yes", "restriction"))
"""The facts on which something may rest that is taken back when they come to be so, and the cause that is named."""


class Mistaken(msgspec.Struct, frozen=True, kw_only=True):
    """What was a mistake: everything that a rule alone gave to a role between two moments."""

    rule: str
    role: Role
    since: dt.datetime
    until: dt.datetime
    reason: str


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """One copy of which something is to be taken back, or was."""

    recipient: str
    delivery: str
    entry: str
    event: str
    leaves: tuple[str, ...]
    """What is taken back, by path; never a value."""
    whole: bool
    """Whether nothing is left of it."""
    left: bool
    """Whether it left the hub: if not, nobody needs to be told."""


class CallingBack:
    """Finds what rests on a mistaken rule, and takes it back. That it was asked, and why, is on disk first."""

    def __init__(self, store: Store, committer: Committer, clock: Callable[[], dt.datetime]) -> None:
        """Take where the record is, what writes there, and the time in UTC."""
        self._store, self._committer, self._now = store, committer, clock

    async def mistaken(self, principal: Principal, mistake: Mistaken, *, send: bool) -> list[Called]:
        """Return what is, or was, taken back; without ``send`` nothing is changed.

        Raises:
            StoreUnavailable: what was taken back until then stays so; the same again goes on.
        """
        matter = Matter("rule", new_id())
        await self._committer.do(partial(_note, principal, mistake, matter.id, send=send))
        found: list[Called] = []
        before: int | None = None
        while page := await asyncio.to_thread(partial(self._store.disclosures, before=before, limit=PAGE)):
            rows = [row for _, row in page if mistake.since <= row.at < mistake.until]
            if rows:
                found += await self._committer.do(partial(_take, rows[::-1], mistake, matter, send=send))
            before = page[-1][0]
            if page[-1][1].at < mistake.since:
                break
        return found


def _note(principal: Principal, mistake: Mistaken, matter: str, batch: Batch, *, send: bool) -> None:
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="erasure" if send else "consultation",
        event="rule.called-back" if send else "rule.looked-up",
        reference=f"{mistake.rule} {mistake.role} {mistake.since.isoformat()} {mistake.until.isoformat()} {matter}",
        by=principal.client_id,
        versions=batch.in_force.policy.version,
    )
    batch.pending.append(Pending(entry, Commitments(), mistake.reason))


def _take(rows: Sequence[EntryRow], mistake: Mistaken, matter: Matter, batch: Batch, *, send: bool) -> list[Called]:
    """Find what of some entries rests on a mistaken rule, and take it back where that is asked."""
    batch.tx.close_record()  # whether a copy has left is then true to the end
    draft = Draft(batch)
    there = standing(draft, [(decode_entry(row.content), row.sealed) for row in rows])
    some = [
        (each, taken)
        for of_kind in there.values()
        for each in of_kind
        if each.told.part.role is mistake.role and (taken := by_rule(each.told.part, mistake.rule))
    ]
    if send and some:
        cut(draft, some, matter)
        draft.absorb()
    return [_called(each) for each in some]


def _called(found: Cut) -> Called:
    each, taken = found
    part = each.told.part
    return Called(
        recipient=each.recipient,
        delivery=each.placed.copy,
        entry=part.entry.id,
        event=part.kind,
        leaves=tuple(sorted(taken)),
        whole=nothing_left(part, part.leaves().keys() - taken),
        left=each.placed.left,
    )


def call_back(draft: Draft, reference: str, before: PersonState, after: PersonState) -> None:
    """Take back what was given because of a consent that is withdrawn now, or before a record became restricted.

    What was given on other grounds too is kept, and so is what no agreement makes depend on it.
    """
    changed = [
        (fact, word, cause)
        for fact, word, cause in FACTS
        if getattr(after, fact) == word and getattr(before, fact) != word
    ]
    if not changed:
        return
    draft.batch.tx.close_record()
    rows = draft.batch.tx.told_about(after.id)
    there = standing(draft, [(decode_entry(content), sealed) for content, sealed in rows])
    known: dict[tuple[str, ...], Policy | None] = {}
    for fact, word, cause in changed:
        cuts = list(_resting_on(draft, (each for some in there.values() for each in some), known, fact, word))
        cut(draft, cuts, Matter(cause, reference[:32]))


def _resting_on(
    draft: Draft, some: Iterable[Standing], known: dict[tuple[str, ...], Policy | None], fact: str, word: str
) -> Iterator[Cut]:
    for each in some:
        versions = each.told.part.entry.versions
        if versions not in known:
            known[versions] = _policy(draft, versions)
        then = known[versions]
        if then is not None and (taken := by_fact(each.told.part, then, fact, word)):
            yield each, taken


def _policy(draft: Draft, versions: Iterable[str]) -> Policy | None:
    try:
        return Policy([cited(draft.tools.shelf, reference, draft.batch.tx) for reference in versions])
    except HubError:
        return None
