"""One telling written down: an entry of the record, a copy for each distinct answer, and whom each is for."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from hub.ledger.entry import Branch, Commitments, Entry, ViewEntry, Withholding, new_id
from hub.pipeline.draft import Draft
from hub.pipeline.judge import Answer, Nothing
from hub.pipeline.tools import HUB_SOURCE
from hub.policy.facts import words_of
from hub.policy.model import Regime
from hub.policy.terms import Cited
from hub.register.standing import standing
from hub.register.state import PersonState
from schemas.catalogue import CATALOGUE
from schemas.envelope import Envelope, Given, Handling
from schemas.events.occurrence import Occurrence
from schemas.terms import Terms

_ENCODE = msgspec.json.Encoder().encode


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be told: a published event, or what follows from one."""

    event: Envelope[Occurrence]
    addressed: frozenset[str] = frozenset()
    reference: str
    """The keyed hash of the published event that it comes from."""
    by: str = ""
    corrects: str = ""
    """The reference of the event that it puts right."""


class Instead(msgspec.Struct, frozen=True):
    """What a recipient's copy takes the place of: a copy that it has, or one that waits still, with its departure."""

    delivery: str
    telling: str = ""
    """Of one that waits: with which entry's departure it goes."""


_OF_NOBODY: Mapping[str, Instead] = MappingProxyType({})


def disclose(
    draft: Draft,
    fact: Fact,
    state: PersonState,
    answers: Sequence[Answer],
    silent: Sequence[Nothing],
    instead: Mapping[str, Instead] = _OF_NOBODY,
) -> Entry:
    """Write the entry, the copies and the mailboxes, all of one telling together.

    ``instead`` says of each recipient what its copy takes the place of: of all of them one that each has, or of all of
    them one that waits.
    """
    entry_id, commitments = new_id(), Commitments()
    views: dict[tuple[int, Instead | None], int] = {}
    entries: list[ViewEntry] = []
    for answer in answers:
        former = instead.get(answer.recipient.id)
        if (answer.key, former) not in views:
            views[answer.key, former] = len(entries)
            entries.append(_view(draft, fact, entry_id, len(entries), (answer, commitments), former))
    branches = tuple(branch_of_answer(a, views[a.key, instead.get(a.recipient.id)]) for a in answers)
    in_place = any(former.telling for former in instead.values())
    if in_place:
        draft.changes.replaced += [(b.recipient, instead[b.recipient].delivery, entries[b.view].copy) for b in branches]
    entry = Entry(
        id=entry_id,
        at=draft.now,
        kind="disclosure",
        event=fact.event.type,
        reference=fact.reference,
        person=state.id,
        by=fact.by,
        category=standing(state, fact.event.type),
        views=tuple(entries),
        branches=branches,
        auditor=(*map(withholding, answers), *map(withholding, silent)),
        versions=draft.batch.in_force.policy.version,
        corrects=fact.corrects or UNSET,
    )
    draft.record(entry, commitments, in_place=in_place)
    return entry


def delivery_id(draft: Draft, entry: str, place: int) -> str:
    """Return the delivery id of an entry's copy: a keyed hash, so that it tells nothing."""
    name = draft.tools.sealer.hash("delivery", entry, str(place))
    return base64.urlsafe_b64encode(name).rstrip(b"=").decode()


def handling(draft: Draft, cited: Cited, regime: Regime, entry: str, corrects: str = "") -> Handling:
    """Return what comes with a copy that rests on some rules and is recorded in an entry."""
    say = draft.batch.in_force.sentences
    return Handling(
        agreements=list(cited.agreements),
        purposes={w: say[w] for w in cited.purposes},
        gateways={w: say[w] for w in cited.gateways},
        obligations={w: say[w] for w in cited.obligations},
        terms=cited.terms if cited.obligations and cited.terms != Terms() else UNSET,
        regime=regime,
        entry=entry,
        corrects=corrects or UNSET,
    )


def _view(
    draft: Draft, fact: Fact, entry: str, place: int, given: tuple[Answer, Commitments], former: Instead | None
) -> ViewEntry:
    (answer, commitments), copy = given, delivery_id(draft, entry, place)
    corrects = former.delivery if former and not former.telling else ""
    body = Envelope(
        id=copy,
        source=HUB_SOURCE,
        type=fact.event.type,
        time=fact.event.time,
        dataschema=fact.event.dataschema,
        data=Given(
            given=msgspec.Raw(answer.given),
            handling=handling(draft, answer.cited, answer.decision.regime, entry, corrects),
        ),
    )
    telling = former.telling if former and former.telling else entry
    draft.copy(copy, telling, CATALOGUE[fact.event.type].lane, _ENCODE(body), answer.cited.terms)
    return replace(view_entry(copy, answer, commitments), corrects=corrects or UNSET)


def view_entry(copy: str, answer: Answer, commitments: Commitments) -> ViewEntry:
    """Return what the record says of one copy, or of an answer that was no copy."""
    return ViewEntry(
        copy=copy,
        leaves=commitments.leaves(answer.contents, answer.values),
        purposes=answer.cited.purposes,
        gateways=answer.cited.gateways,
        obligations=answer.cited.obligations,
        agreements=answer.cited.agreements,
        regime=answer.decision.regime,
    )


def branch_of_answer(answer: Answer, view: int) -> Branch:
    """Return the recipient's branch of an entry that has its answer as a view; its number is given at the end."""
    return Branch(
        recipient=answer.recipient.id,
        role=answer.recipient.role,
        agency=answer.recipient.agency,
        view=view,
    )


def withholding(answer: Answer | Nothing) -> Withholding:
    """Return the auditor's part of the record for one recipient."""
    return Withholding(
        recipient=answer.recipient.id,
        relation=relations(answer.relation),
        facts_read=dict(answer.decision.facts_read),
        withheld=answer.withheld,
    )


@lru_cache(4096)
def relations(mask: int) -> tuple[str, ...]:
    """Return the words of a set of relations."""
    return tuple(words_of("relation", mask))
