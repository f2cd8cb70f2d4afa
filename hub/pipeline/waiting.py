"""What a version that comes into force makes of the copies that wait: a portion of them, in one transaction.

A copy that was not sent and has what a withholding forbids is dropped. What the new version still gives of it takes
its place, under the same number and with the same departure; where nothing is left, nothing does. One that was sent
and has no receipt is followed by a withdrawal. Each of these is an entry of the record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec
import structlog

from hub.errors import HubError
from hub.ledger.entry import COPIES_DROPPED, Branch, Commitments, Entry, ViewEntry, Withholding, decode_entry, new_id
from hub.ledger.forbidden import Forbidden, forbidden
from hub.ledger.recorded import LONDON, Part, parts
from hub.pipeline.citing import cited
from hub.pipeline.disclosing import delivery_id, handling
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.tools import HUB_SOURCE
from hub.pipeline.withdrawing import branch_of, roles_of, withdraw
from hub.policy.decide import Policy
from hub.policy.pick import picked, values
from hub.policy.project import Contents
from hub.sealing import Unsealable
from hub.store.dropping import DroppedRow, Unsent
from schemas.canonical import canonical_bytes
from schemas.catalogue import CATALOGUE
from schemas.envelope import Envelope, Given
from schemas.leaves import leaves_of

log = structlog.get_logger("waiting")
PORTION = 200
SLACK = dt.timedelta(minutes=10)
"""A worker's clock may be ahead of the database's, by which a moment is: what was made since is looked at as well."""
START = ("", 0)
Place = tuple[str, int]
"""Behind which recipient's number the next portion begins."""
_encode = msgspec.json.Encoder().encode


class _Handling(msgspec.Struct):
    entry: str


class _Data(msgspec.Struct):
    given: dict[str, object]
    handling: _Handling


class _Made(msgspec.Struct):
    """A copy as it was made."""

    time: dt.datetime
    data: _Data


_read = msgspec.json.Decoder(_Made).decode


class _Touched(msgspec.Struct, frozen=True):
    """A copy of one recipient that is forbidden now."""

    unsent: Unsent
    made: _Made
    part: Part
    found: Forbidden


def review(batch: Batch, moment: dt.datetime, after: Place) -> Place | None:
    """Apply what is in force to a portion of the copies that were made before a moment; return where the next begins.

    Raises:
        StoreUnavailable, UnfitVersion: it is not known what is in force; nothing was done.
    """
    policy = batch.in_force.policy
    batch.tx.close_record()  # whether a copy has left is then true to the end
    found = batch.tx.unsent_before(moment + SLACK, after=after, limit=PORTION)
    by_entry: dict[str, list[_Touched]] = {}
    for each in _touched(batch, policy, found):
        by_entry.setdefault(each.part.entry.id, []).append(each)
    for touched in by_entry.values():
        draft = Draft(batch)
        _drop(draft, [each for each in touched if not each.unsent.left])
        _withdraw(draft, [each for each in touched if each.unsent.left])
        draft.absorb()
    return (found[-1].recipient, found[-1].number) if len(found) == PORTION else None


def reviewed(batch: Batch, moment: dt.datetime) -> None:
    """Note that a change was applied to all that waited."""
    batch.changes.reviewed.append((moment, batch.now))


def _touched(batch: Batch, policy: Policy, found: Sequence[Unsent]) -> Iterable[_Touched]:
    """Yield the copies that are forbidden now."""
    opened = [(each, made) for each in found if (made := _opened(batch, each)) is not None]
    rows = batch.tx.entries({made.data.handling.entry for _, made in opened})
    entries = {entry_id: decode_entry(content) for entry_id, content in rows.items()}
    former: dict[tuple[str, ...], Policy | None] = {}
    hour = batch.now.astimezone(LONDON).hour
    for each, made in opened:
        entry = entries.get(made.data.handling.entry)
        if entry is None or entry.event not in CATALOGUE or entry.versions == policy.version:
            continue
        if entry.versions not in former:
            former[entry.versions] = _former(batch, entry.versions)
        part = next((p for p in parts(entry, roles_of(batch)) if p.recipient == each.recipient), None)
        if part is not None and (is_now := forbidden(part, former[entry.versions], policy, hour)) is not None:
            yield _Touched(each, made, part, is_now)


def _opened(batch: Batch, unsent: Unsent) -> _Made | None:
    try:
        return _read(batch.tools.sealer.open_for(unsent.wrapped, "copy", unsent.body))
    except (Unsealable, msgspec.ValidationError):
        return None  # it cannot be sent either, or is no copy of an event


def _former(batch: Batch, versions: Iterable[str]) -> Policy | None:
    try:
        return Policy([cited(batch.tools.shelf, reference, batch.tx) for reference in versions])
    except HubError:
        return None


def _drop(draft: Draft, touched: Sequence[_Touched]) -> None:
    """Take copies of one entry out of their mailboxes, and let what is given still take their place."""
    if not touched:
        return
    first = touched[0].part.entry
    dropping = _entry(draft, "erasure", COPIES_DROPPED, first.id, touched)
    draft.record(dropping, Commitments())
    for each in touched:
        draft.changes.dropped.append(_row(each, draft.now))
    log.info("copies-dropped", count=len(touched), type=first.event)
    remade = [each for each in touched if each.found.kept]
    draft.changes.taken_out += [(e.unsent.recipient, e.unsent.copy) for e in touched if not e.found.kept]
    if remade:
        _remake(draft, remade)


def _remake(draft: Draft, touched: Sequence[_Touched]) -> None:
    """Record a disclosure of what is given still, and make its copies."""
    first, commitments = touched[0].part.entry, Commitments()
    entry = _entry(draft, "disclosure", first.event, first.reference, touched)
    views: dict[object, int] = {}
    made: list[ViewEntry] = []
    branches: list[Branch] = []
    for each in touched:
        key = (each.unsent.copy, each.found.decision.regime, tuple(sorted(each.found.kept.items(), key=lambda i: i[0])))
        if key not in views:
            views[key] = len(made)
            made.append(_copy(draft, entry.id, delivery_id(draft, entry.id, len(made)), each, commitments))
        view = views[key]
        branches.append(branch_of(draft, each.part, view))
        draft.changes.replaced.append((each.unsent.recipient, each.unsent.copy, made[view].copy))
    entry = msgspec.structs.replace(entry, views=tuple(made), branches=tuple(branches))
    draft.record(entry, commitments, in_place=True)


def _copy(draft: Draft, entry: str, copy: str, each: _Touched, commitments: Commitments) -> ViewEntry:
    rules = frozenset(rule for release in each.found.kept.values() for rule in release.rules)
    cited_now = draft.batch.in_force.policy.cited(rules)
    given = picked(each.made.data.given, each.found.kept.keys())
    there = values(given)
    contents = Contents({path: each.found.kept[path] for path in there}, rules, b"")
    regime = each.found.decision.regime
    kind = each.part.kind
    body = Envelope(
        id=copy,
        source=HUB_SOURCE,
        type=kind,
        time=each.made.time,
        dataschema=CATALOGUE[kind].dataschema,
        data=Given(given=given, handling=handling(draft, cited_now, regime, entry)),
    )
    draft.copy(copy, each.unsent.telling, each.unsent.lane, _encode(body), cited_now.terms)
    return ViewEntry(
        copy=copy,
        leaves=commitments.leaves(contents, {path: canonical_bytes(value) for path, value in there.items()}),
        purposes=cited_now.purposes,
        gateways=cited_now.gateways,
        obligations=cited_now.obligations,
        agreements=cited_now.agreements,
        regime=regime,
    )


def _withdraw(draft: Draft, touched: Sequence[_Touched]) -> None:
    """Tell whoever was sent a copy of one entry, and has given no receipt yet, to take it back."""
    by_copy: dict[str, list[_Touched]] = {}
    for each in touched:
        by_copy.setdefault(each.unsent.copy, []).append(each)
        draft.changes.dropped.append(msgspec.structs.replace(_row(each, draft.now), withdrawn=True))
    for copy, some in by_copy.items():
        withdraw(draft, copy, some[0].unsent.lane, [each.part for each in some])


def _entry(draft: Draft, kind: str, event: str, reference: str, touched: Sequence[_Touched]) -> Entry:
    """Return an entry of what was decided anew of some copies of one entry."""
    first = touched[0].part.entry
    return Entry(
        id=new_id(),
        at=draft.now,
        kind=kind,
        event=event,
        reference=reference,
        person=first.person,
        category=first.category,
        by="hub",
        auditor=tuple(map(_withholding, touched)),
        versions=draft.batch.in_force.policy.version,
    )


def _withholding(each: _Touched) -> Withholding:
    """Return the auditor's part: of what was withheld before, and of what the copy had, all that is withheld now."""
    decision, part = each.found.decision, each.part
    given = zip(part.leaves(), part.by_source(), strict=True)
    had = {word for path, source in given if path not in each.found.kept for word in _of(part.kind, source)}
    withheld = {str(c): why for c, why in decision.withheld.items() if c in had | part.auditor.withheld.keys()}
    facts = {name: tuple(words) for name, words in decision.facts_read}
    return Withholding(recipient=part.recipient, relation=part.auditor.relation, facts_read=facts, withheld=withheld)


def _of(kind: str, path: str) -> frozenset[str]:
    return next(frozenset(map(str, leaf.categories)) for leaf in leaves_of(CATALOGUE[kind].data) if leaf.path == path)


def _row(each: _Touched, at: dt.datetime) -> DroppedRow:
    return DroppedRow(
        recipient=each.unsent.recipient,
        copy=each.unsent.copy,
        person=each.part.entry.person or "",
        lane=each.unsent.lane,
        entry=each.part.entry.id,
        at=at,
    )
