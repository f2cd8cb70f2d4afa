"""Why somebody was told what of an event: by its record, and with the copy as it was made.

The event itself is not kept once it is told. Its record has the rules, the facts that were read and what was withheld,
and each copy has the leaves that were given; of what was given to nobody only the category is known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET

from hub.access.principal import Principal
from hub.errors import NotFound, Problem
from hub.ledger.again import decided_again
from hub.ledger.entry import Commitments, Entry, decode_entry, new_id
from hub.ledger.indexing import RecordIndexing, reference_key
from hub.ledger.recorded import Part, as_asked, parts
from hub.pipeline.citing import cited
from hub.pipeline.committer import Committer
from hub.pipeline.draft import Batch
from hub.pipeline.ledger import erased
from hub.pipeline.record import Pending
from hub.pipeline.tools import Tools
from hub.policy.decide import Policy
from hub.policy.explain import LeafExplained, leaves_explained, sentences, why_nothing
from hub.policy.facts import RELATION
from hub.policy.known import as_read
from hub.policy.said import Release
from hub.sealing import Unsealable
from hub.store.port import Store
from schemas.catalogue import CATALOGUE
from schemas.labels import Role
from schemas.leaves import leaves_of

EVENT_NOT_KEPT = "The event itself is not kept: of what nobody was given, only the categories are in the record."
COPY_NOT_KEPT = "The copy is not kept any more; its leaves and their rules are in the record."
COPY_SEALED = "The copy cannot be opened with this hub's secret."


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which event is meant, about whom it is asked, and why."""

    event: str
    """The id of an entry of the record, the keyed hash that entries name their event by, or the event's own id."""
    source: str = ""
    """Where it is the event's own id: its source."""
    recipient: str
    """A recipient, or a role: every recipient of it."""
    reason: str


class Disclosed(msgspec.Struct, frozen=True, kw_only=True):
    """What one recipient was given in one telling, leaf by leaf, and why."""

    entry: str
    at: str
    kind: str
    recipient: str
    role: Role
    told: bool
    why_nothing: tuple[str, ...]
    as_for_anybody: bool
    """Whether it was decided as if the person were on no scheme."""
    leaves: tuple[LeafExplained, ...]
    """Every leaf that the event certainly had: given, or not."""
    perhaps: tuple[LeafExplained, ...]
    """Leaves that were not given, and that the event had if it had all that is recorded as withheld of this kind."""
    relation: tuple[str, ...]
    facts_read: dict[str, tuple[str, ...]]
    purposes: dict[str, str]
    gateways: dict[str, str]
    obligations: dict[str, str]
    agreements: tuple[str, ...]
    versions: tuple[str, ...]
    regime: str
    copy: msgspec.Raw | None
    """What was given, as JSON; None where there was no copy or it cannot be shown."""
    not_kept: tuple[str, ...]
    """What cannot be shown any more, each in a sentence."""
    otherwise: tuple[str, ...]
    """Where the decision made again comes out otherwise than it was recorded."""


class Disclosures:
    """Answers why somebody was told what; that it was asked, and for what reason, is on disk first."""

    def __init__(self, store: Store, committer: Committer, tools: Tools) -> None:
        """Take where the record is, what writes there, and the versions, recipients and seals."""
        self._store, self._committer, self._tools = store, committer, tools
        self._indexing = RecordIndexing(store.index)
        self._roles = {r.id: r.role for r in tools.directory.recipients.values()}

    async def explain(self, principal: Principal, asked: Asked) -> list[Disclosed]:
        """Return, oldest first, what a recipient was given in each telling of an event and of what followed from it.

        A recipient about which nothing was decided is in none of them: it was not concerned, or did not listen.

        Raises:
            NotFound: there is no such event in the record, no such recipient, or a version that is cited is not known.
            UnfitVersion: a version that is cited is not what was published.
            Erased: whom it was about was erased.
        """
        if asked.recipient not in self._roles and asked.recipient not in set(Role):
            raise NotFound(Problem("for", "is neither a role nor a recipient of the directory"))
        entries = await asyncio.to_thread(lambda: list(self._found(asked)))
        if not entries:
            raise NotFound(Problem("event", "nothing of it is in the record as told"))
        await self._committer.do(lambda batch: _note(batch, principal, asked, entries[-1]))
        return await asyncio.to_thread(
            lambda: [each for e in reversed(entries) for each in self._of(e, asked.recipient)]
        )

    def _found(self, asked: Asked) -> Iterator[Entry]:
        """Yield the disclosures that are meant, newest first."""
        row = None if asked.source else self._store.entry(asked.event)
        if row is not None:
            entry = decode_entry(row.content)
            if entry.remains is not UNSET:
                raise erased(self._store, entry)
            yield from [entry] if entry.kind == "disclosure" and entry.event in CATALOGUE else []
            return
        seen = self._tools.sealer.hash("seen", asked.source, asked.event).hex()
        reference = seen if asked.source else asked.event
        self._indexing.catch_up()
        index = self._store.index
        for each in reversed(index.at_places(index.referring(reference_key(reference)))):
            entry = decode_entry(each.row.content)
            if entry.kind == "disclosure" and entry.reference == reference:
                yield entry

    def _of(self, entry: Entry, recipient: str) -> Iterator[Disclosed]:
        shelf = self._tools.shelf.apart()
        policy = Policy([cited(shelf, reference, self._store) for reference in entry.versions])
        own = list(parts(entry, self._roles))
        again = {o.recipient: o.what for o in decided_again(entry, policy, self._roles).otherwise}
        had = frozenset(source for part in own for source in part.by_source())
        for part in own:
            if recipient in (part.recipient, part.role):
                yield self._explained(part, policy, had, [again[part.recipient]] if part.recipient in again else [])

    def _explained(self, part: Part, policy: Policy, had: frozenset[str], otherwise: Iterable[str]) -> Disclosed:
        situation = list(as_read(part.auditor.facts_read))
        situation[RELATION] = part.relation
        facts = tuple(situation)
        policy = as_asked(policy, part.auditor)
        decision = policy.program(part.role, CATALOGUE[part.kind]).decide(facts)
        given = {path: Release(leaf.rules, leaf.transform) for path, leaf in part.by_source().items()}
        sure = given.keys() | (had if decision.knows_status else frozenset())
        perhaps = _perhaps(part, decision.withheld.keys()) - sure - decision.given.keys()
        copy, kept = self._copy(part)
        say, view = sentences(policy), part.view
        return Disclosed(
            entry=part.entry.id,
            at=part.entry.at.isoformat(),
            kind=part.kind,
            recipient=part.recipient,
            role=part.role,
            told=view is not None,
            why_nothing=() if view else why_nothing(policy, decision, facts),
            as_for_anybody=not decision.knows_status,
            leaves=leaves_explained(policy, facts, decision, sure, given),
            perhaps=leaves_explained(policy, facts, decision, perhaps, {}),
            relation=part.auditor.relation,
            facts_read=part.auditor.facts_read,
            purposes={word: say[word] for word in view.purposes} if view else {},
            gateways={word: say[word] for word in view.gateways} if view else {},
            obligations={word: say[word] for word in view.obligations} if view else {},
            agreements=view.agreements if view else (),
            versions=part.entry.versions,
            regime=view.regime if view else decision.regime,
            copy=copy,
            not_kept=(EVENT_NOT_KEPT, *kept),
            otherwise=tuple(otherwise),
        )

    def _copy(self, part: Part) -> tuple[msgspec.Raw | None, tuple[str, ...]]:
        """Return what was given, and what there is to say where it cannot be shown."""
        sealed = self._store.body(part.view.copy) if part.view else None
        if sealed is None or not sealed.value:
            return None, (COPY_NOT_KEPT,) if part.view else ()
        try:
            return _given(self._tools.sealer.open_for(sealed.wrapped, "copy", sealed.value)), ()
        except Unsealable:
            return None, (COPY_SEALED,)


def _perhaps(part: Part, against: Iterable[Any]) -> frozenset[str]:
    """Return the leaves that the event may have had: all that stood against each of them is recorded as withheld."""
    stood, withheld = {str(category) for category in against}, part.auditor.withheld.keys()
    leaves = leaves_of(CATALOGUE[part.kind].data)
    return frozenset(leaf.path for leaf in leaves if (own := set(leaf.categories) & stood) and own <= withheld)


class _Data(msgspec.Struct):
    given: msgspec.Raw


class _Copy(msgspec.Struct):
    data: _Data


_decode: Callable[[bytes], _Copy] = msgspec.json.Decoder(_Copy).decode


def _given(body: bytes) -> msgspec.Raw:
    return _decode(body).data.given


def _note(batch: Batch, principal: Principal, asked: Asked, first: Entry) -> None:
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="consultation",
        event="policy.explained",
        reference=first.reference,
        person=first.person,
        by=f"{principal.client_id} about {asked.recipient}",
    )
    batch.pending.append(Pending(entry, Commitments(), asked.reason))
