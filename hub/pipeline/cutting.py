"""Copies made anew without some of their leaves: what is left takes the place of what was given, on the same terms.

Where nothing is left that says anything of the event, or the former copy is not kept, it is taken back whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from hub.ledger.entry import Branch, Commitments, Entry, ViewEntry, Withholding, new_id
from hub.ledger.recorded import Part
from hub.ledger.taken import nothing_left
from hub.ledger.wrong import categories_of
from hub.pipeline.correcting import Standing, drop, take_back
from hub.pipeline.disclosing import delivery_id
from hub.pipeline.draft import Draft
from hub.pipeline.tools import HUB_SOURCE
from hub.pipeline.withdrawing import Matter, branch_of, follow
from hub.policy.pick import picked, values
from hub.policy.project import Contents, source_of
from hub.policy.said import Release
from hub.sealing import Unsealable
from schemas.canonical import canonical_bytes
from schemas.catalogue import CATALOGUE
from schemas.envelope import Envelope, Given, Handling

Cut = tuple[Standing, frozenset[str]]
"""A copy, and the leaves that are taken out of it, by their paths there."""
_encode = msgspec.json.Encoder().encode


class _Data(msgspec.Struct):
    given: dict[str, object]
    handling: Handling


class _Made(msgspec.Struct):
    """A copy as it was made."""

    time: dt.datetime
    data: _Data


_read = msgspec.json.Decoder(_Made).decode


def cut(draft: Draft, some: Sequence[Cut], matter: Matter) -> None:
    """Take leaves out of copies: whoever has one gets what is left of it in its place, or is told to erase it."""
    made = _bodies(draft, some)
    whole: list[Cut] = []
    rest: list[Cut] = []
    for each, taken in some:
        part = each.told.part
        gone = each.placed.copy not in made or nothing_left(part, part.leaves().keys() - taken)
        (whole if gone else rest).append((each, taken))
    take_back(draft, [each for each, _ in whole], matter)
    by_entry: dict[tuple[str, bool], list[Cut]] = {}
    for each, taken in rest:
        by_entry.setdefault((each.told.part.entry.id, each.placed.left), []).append((each, taken))
    for (entry, left), those in by_entry.items():
        if not left:
            drop(draft, entry, [each for each, _ in those], {})
        _remake(draft, those, made, matter, left=left)


def _bodies(draft: Draft, some: Sequence[Cut]) -> Mapping[str, _Made]:
    found = {}
    for copy, body, person in draft.batch.tx.bodies({each.placed.copy for each, _ in some}):
        try:
            found[copy] = _read(draft.batch.keyring.open(person, "copy", body))
        except (Unsealable, msgspec.DecodeError):
            continue
    return found


def _remake(draft: Draft, those: Sequence[Cut], made: Mapping[str, _Made], matter: Matter, *, left: bool) -> None:
    """Record what is left of copies of one entry, and make its copies."""
    first, commitments, entry = those[0][0].told.part.entry, Commitments(), new_id()
    places: dict[tuple[str, frozenset[str]], int] = {}
    views: list[ViewEntry] = []
    branches: list[Branch] = []
    for each, taken in those:
        copy, key = each.placed.copy, (each.placed.copy, taken)
        if key not in places:
            places[key] = len(views)
            views.append(_copy(draft, (entry, len(views)), each, taken, made[copy], commitments))
        new = views[places[key]].copy
        branches.append(branch_of(draft, each.told.part, places[key]))
        if left:
            follow(draft, each.told.part, new, copy, "correction", matter)
        else:
            draft.changes.replaced.append((each.recipient, copy, new))
    record = Entry(
        id=entry,
        at=draft.now,
        kind="disclosure",
        event=first.event,
        reference=first.reference,
        person=first.person,
        category=first.category,
        by="hub",
        views=tuple(views),
        branches=tuple(branches),
        auditor=tuple(_withheld(each.told.part, taken, matter) for each, taken in those),
        versions=first.versions,
        corrects=first.reference if first.corrects is UNSET else first.corrects,
    )
    draft.record(record, commitments, in_place=not left)


def _copy(
    draft: Draft, names: tuple[str, int], each: Standing, taken: frozenset[str], made: _Made, commitments: Commitments
) -> ViewEntry:
    part, entry, copy = each.told.part, names[0], delivery_id(draft, *names)
    assert part.view is not None  # noqa: S101 - it was given
    leaves = {path: leaf for path, leaf in part.leaves().items() if path not in taken}
    given = picked(made.data.given, leaves.keys())
    there = values(given)
    releases = {path: Release(leaves[path].rules, leaves[path].transform) for path in there}
    corrects = each.placed.copy if each.placed.left else UNSET
    body = Envelope(
        id=copy,
        source=HUB_SOURCE,
        type=part.kind,
        time=made.time,
        dataschema=CATALOGUE[part.kind].dataschema,
        data=Given(given=given, handling=replace(made.data.handling, entry=entry, corrects=corrects)),
    )
    telling = entry if each.placed.left else each.placed.telling
    draft.copy(copy, telling, each.placed.lane, _encode(body))
    rules = frozenset(rule for release in releases.values() for rule in release.rules)
    kept = commitments.leaves(Contents(releases, rules, b""), {p: canonical_bytes(v) for p, v in there.items()})
    return replace(part.view, copy=copy, leaves=kept, corrects=corrects)


def _withheld(part: Part, taken: frozenset[str], matter: Matter) -> Withholding:
    """Return the auditor's part: what was withheld before, and what is taken back, by its cause in place of a rule."""
    leaves, categories = part.leaves(), categories_of(part.kind)
    words = {w for path in taken for w in categories[source_of(part.kind, path, leaves[path].transform)]}
    return replace(part.auditor, withheld={**part.auditor.withheld, **dict.fromkeys(sorted(words), matter.cause)})
