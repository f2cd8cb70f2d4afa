"""Two numbers that turned out to be one person, and one person who turned out to be two.

The merge block names both numbers; neither the description nor who is given as subject matters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from hub.identity.evidence import Evidence, evidence_of
from hub.identity.ladder import Ambiguous
from hub.identity.rungs import details_disagree
from hub.ledger.entry import Commitments, Entry, new_id
from hub.pipeline.disclosing import Fact
from hub.pipeline.draft import Draft
from hub.pipeline.identify import Identified, candidate, combine, find, index, seal_of
from hub.pipeline.unmerging import take_apart
from hub.register.merging import unmerge
from hub.register.state import PersonState
from schemas.events.occurrence import Merge
from schemas.events.partner_work import IdentitiesMerged
from schemas.record.person import Identifier, Person

Follow = Callable[[Draft, Fact, Identified], PersonState]
Special = Callable[[Draft, Fact, Follow, PersonState | None], Ambiguous | None]
DISAGREE = "the numbers are said to be one person, and their names and dates of birth say two"
AGAIN = "one number is held by more than one person of the register"


def merged(draft: Draft, origin: Fact, follow: Follow, settled: PersonState | None) -> Ambiguous | None:
    """Bring the records of both numbers into one; whoever was on a scheme under either is so under both.

    Two people of whom more than a number is known are not joined against their names and dates of
    birth, unless a coordinator has settled it: by one of them, and not by somebody new.
    """
    block = _block(origin)
    kept, removed = _holders(draft, block.kept), _holders(draft, block.removed)
    if len(kept) > 1 or len(removed) > 1:
        return Ambiguous(tuple(sorted({s.id for s in (*kept, *removed)})), AGAIN)
    people = {s.id: s for s in (*kept, *removed)}
    if settled is not None and settled.id not in people:
        return None
    if settled is None and _clash(draft, list(people.values())):
        return Ambiguous(tuple(sorted(people)), DISAGREE)
    first, *others = people.values() or (PersonState(id=new_id()),)
    if others and others[0].known and not first.known:
        first, others = others[0], [first]
    follow(
        draft,
        origin,
        Identified(combine(draft, first, others), "numbers merged", _evidence(draft, block.kept, block.removed)),
    )
    return None


def unmerged(draft: Draft, origin: Fact, follow: Follow, settled: PersonState | None) -> Ambiguous | None:  # noqa: ARG001 - one signature
    """Give the removed number back to a person of its own, of whom nothing else is known yet."""
    block = _block(origin)
    both = {s.id: s for s in (*_holders(draft, block.kept), *_holders(draft, block.removed))}
    if len(both) > 1:
        return None if len(_holders(draft, block.removed)) == 1 else Ambiguous(tuple(sorted(both)), AGAIN)
    state = next(iter(both.values()), PersonState(id=new_id()))
    stays, goes = unmerge(state, [block.removed], new_id())
    follow(draft, origin, Identified(stays, "numbers unmerged", _evidence(draft, block.kept)))
    take_apart(draft, stays, block.removed, origin.reference)
    draft.people[goes.id] = goes
    draft.keys[stays.id] = draft.keys_of(stays.id) - {token for _, token in _evidence(draft, block.removed).identifiers}
    index(draft, PersonState(id=goes.id), goes, _evidence(draft, block.removed))
    draft.record(
        Entry(
            id=new_id(),
            at=draft.now,
            kind="alteration",
            event="identity.unmerged",
            reference=goes.id,
            person=stays.id,
            by=origin.by,
        ),
        Commitments(),
    )
    return None


SPECIAL: Mapping[str, Special] = {"identity.merged": merged, "identity.unmerged": unmerged}
"""The event types that change who is who, before anything else can be asked of them."""


def _clash(draft: Draft, people: list[PersonState]) -> bool:
    if len(people) < 2:
        return False
    one, other = (candidate(draft, person) for person in people[:2])
    return details_disagree(Evidence(identifiers=one.identifiers, names=one.names), other)


def _block(origin: Fact) -> Merge:
    data = origin.event.data
    assert isinstance(data, IdentitiesMerged)  # noqa: S101 - the catalogue gives these types this data
    return data.merge


def _holders(draft: Draft, identifier: Identifier) -> list[PersonState]:
    return list(find(draft, _evidence(draft, identifier)).values())


def _evidence(draft: Draft, *identifiers: Identifier) -> Evidence:
    """Return the sealed numbers, without their other readings: a merge names a number exactly."""
    subject = Person(identifiers=list(identifiers))
    found = evidence_of(subject, draft.now.date(), lambda kind, value: seal_of(draft, kind, value))
    return msgspec.structs.replace(found, other_readings=frozenset())
