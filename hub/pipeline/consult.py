"""Questions about a person: under the same policy as everything that is told, and recorded alike."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from hub.access.principal import Principal
from hub.identity.evidence import evidence_of
from hub.identity.ladder import Match, ladder
from hub.ledger.entry import Branch, Commitments, Entry, Processing, ViewEntry, Withholding, decode_entry, new_id
from hub.ledger.erased import SAID
from hub.pipeline.disclosing import branch_of_answer, view_entry, withholding
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.identify import candidate, find, seal_of
from hub.pipeline.judge import Judge
from hub.pipeline.regime import regime_of
from hub.policy.facts import mask_of
from hub.register.standing import UNKNOWN, standing
from hub.register.state import PersonState
from hub.routing.route import route
from hub.store.port import EntryRow
from schemas.envelope import envelope_of
from schemas.events.occurrence import Occurrence
from schemas.exchange import Lookup
from schemas.record.person import Person

LOOK_UP = "person.looked-up"
ASKS = mask_of("relation", ["asks"])
NOTHING = b"{}"


def look_up(batch: Batch, principal: Principal, question: Lookup) -> bytes:
    """Return what a recipient may know of a person; nothing of a stranger, and of somebody it may not know of.

    Raises:
        Invalid: too little to find anybody by, or an identifier is not one of its kind.
    """
    draft = Draft(batch)
    state = known_person(draft, question.person)
    commitments = Commitments()
    given, views, auditor, branches = _answer(draft, state, question, commitments) if state else (NOTHING, (), (), ())
    if state and b'"memberships"' in given:  # whoever was told may have written it down, and is to remove it one day
        holders = state.marker_holders | {question.recipient}
        draft.people[state.id] = msgspec.structs.replace(state, marker_holders=holders)
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="consultation",
        event=LOOK_UP,
        reference="",
        person=state.id if state else None,
        category=standing(state, "") if state else UNKNOWN,
        by=f"{principal.client_id} for {question.recipient}",
        views=views,
        branches=branches,
        auditor=auditor,
        versions=batch.in_force.policy.version if auditor else (),
        processing=processing_of(draft, principal),
    )
    draft.record(entry, commitments, question.reason)
    draft.absorb()
    return given


def known_person(draft: Draft, person: Person) -> PersonState | None:
    """Return the record of the one person whom the details name, or None; somebody on no scheme is a stranger."""
    evidence = evidence_of(person, draft.now.date(), lambda kind, value: seal_of(draft, kind, value))
    found = {i: s for i, s in find(draft, evidence).items() if s.known}
    outcome = ladder(evidence, [candidate(draft, s) for s in found.values()])
    return found[outcome.person_id] if isinstance(outcome, Match) else None


def _answer(
    draft: Draft, state: PersonState, question: Lookup, commitments: Commitments
) -> tuple[bytes, tuple[ViewEntry, ...], tuple[Withholding, ...], tuple[Branch, ...]]:
    """Return what is given, and what the record says of it: what was told has a place in the recipient's chain."""
    recipient = draft.tools.directory.recipients[question.recipient]
    event = envelope_of(LOOK_UP, Occurrence(subject=question.person), event_id=new_id(), source="hub", time=draft.now)
    relation = ASKS | route(LOOK_UP, event.data, state, state, draft.tools.directory).get(recipient.id, 0)
    judge = Judge(draft, event, state)
    answer = judge.answer(recipient, relation)
    if answer is None:
        return NOTHING, (), tuple(map(withholding, judge.silent)), ()
    view = view_entry("", answer, commitments)
    told = answer.given != NOTHING
    return answer.given, (view,), (withholding(answer),), (branch_of_answer(answer, 0),) if told else ()


def consult_record(batch: Batch, principal: Principal, person: Person | str, reason: str) -> str | None:
    """Return the id of the person whose disclosures are asked for, given or found, and record that they were.

    Raises:
        Invalid: too little to find anybody by.
    """
    draft = Draft(batch)
    about, category = whom(draft, person)
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="consultation",
        event="disclosures",
        reference="",
        person=about,
        category=category,
        by=principal.client_id,
        processing=processing_of(draft, principal),
    )
    draft.record(entry, Commitments(), reason)
    draft.absorb()
    return about


def whom(draft: Draft, person: Person | str) -> tuple[str | None, str]:
    """Return the id of the person whom the details or an id name, or None; and their category.

    Raises:
        Invalid: too little to find anybody by.
    """
    if isinstance(person, str):
        return _of_id(draft.batch, person), UNKNOWN
    state = named_in_record(draft, person)
    return (state.id, standing(state, "")) if state else (None, UNKNOWN)


def _of_id(batch: Batch, person: str) -> str | None:
    known = bool(batch.tx.people([person])) or batch.tx.erased_by(person) is not None
    return person if known else None


def person_named(draft: Draft, person: Person) -> str | None:
    """Return the id of the one person whom the details name, also of somebody on no scheme; None where it is nobody.

    Raises:
        Invalid: too little to find anybody by.
    """
    state = named_in_record(draft, person)
    return state.id if state else None


def processing_of(draft: Draft, principal: Principal) -> Processing:
    """Return how a question is processed: under the regime of the agency that asks, and by whom, where known."""
    return Processing(regime=regime_of(draft.tools.directory, principal.agency), user=principal.user or "")


def named_in_record(draft: Draft, person: Person) -> PersonState | None:
    """Return the record of the one person whom the details name, on a scheme or not, or None.

    Raises:
        Invalid: too little to find anybody by.
    """
    return known_person(draft, person) or _sighted(draft, person)


def _sighted(draft: Draft, person: Person) -> PersonState | None:
    evidence = evidence_of(person, draft.now.date(), lambda kind, value: seal_of(draft, kind, value))
    found = [s for s in find(draft, evidence).values() if not s.known]
    return found[0] if len(found) == 1 else None


def told(row: EntryRow) -> dict[str, Any]:
    """Return one entry as the answer to *what was told, to whom, under which rule, and what was withheld*."""
    entry = decode_entry(row.content)
    branches = [
        {
            "recipient": b.recipient,
            "role": b.role,
            "agency": b.agency,
            "delivery": entry.views[b.view].copy,
            "given": {
                path: {"rules": list(leaf.rules), "transform": leaf.transform}
                for path, leaf in entry.views[b.view].by_path().items()
            },
            "purposes": list(entry.views[b.view].purposes),
            "gateways": list(entry.views[b.view].gateways),
            "obligations": list(entry.views[b.view].obligations),
            "agreements": list(entry.views[b.view].agreements),
            "withheld": next((w.withheld for w in entry.auditor if w.recipient == b.recipient), {}),
            "facts_read": next((w.facts_read for w in entry.auditor if w.recipient == b.recipient), {}),
        }
        for b in entry.branches
    ]
    silent = [
        {"recipient": w.recipient, "withheld": w.withheld}
        for w in entry.auditor
        if w.recipient not in {b.recipient for b in entry.branches}
    ]
    return {
        "entry": entry.id,
        "at": entry.at,
        "kind": entry.kind,
        "event": entry.event,
        "by": entry.by,
        "erased": entry.remains is not UNSET,
        "to": branches,
        "told_nothing": silent,
    }


def erased_under(row: EntryRow | None) -> dict[str, Any]:
    """Return when and under what a person was erased, as the entry of the erasure says."""
    entry = decode_entry(row.content) if row else None
    if entry is None or entry.erased is UNSET:
        return {}
    return {"at": entry.at, "under": SAID[entry.erased.basis], "entry": entry.id}


def own_part(entry: dict[str, Any], agency: str) -> dict[str, Any] | None:
    """Return of an entry what one agency was told itself, or None where it was told nothing."""
    own = [copy for copy in entry["to"] if copy["agency"] == agency]
    return entry | {"by": "", "to": own, "told_nothing": []} if own else None
