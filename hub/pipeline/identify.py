"""Whom an event is about: a person of the register, somebody new, or not to be told apart."""

from __future__ import annotations

import datetime as dt

import msgspec
from msgspec import UNSET

from hub.identity.evidence import Candidate, Evidence, evidence_of, tokens_of
from hub.identity.keys import keys_of, keys_of_candidate
from hub.identity.ladder import Ambiguous, Match, ladder
from hub.identity.names import normalised
from hub.ledger.entry import Commitments, Entry, new_id
from hub.pipeline.draft import Draft, states_by_id
from hub.register.merging import merge
from hub.register.standing import standing
from hub.register.state import PersonState
from hub.sealing import Sealer
from schemas.events.occurrence import Occurrence

TOGETHER = "numbers of several records stand together, on the word of an agency that does not keep them"


class Identified(msgspec.Struct, frozen=True):
    """The person of an event: the register's record, new or found, and the rung that found it."""

    state: PersonState
    rung: str
    evidence: Evidence


def seal_of(draft: Draft, kind: str, value: str) -> bytes:
    """Return the keyed hash under which an identifier or a name is found."""
    return draft.tools.sealer.hash("identity", kind, value)


def identify(
    draft: Draft, data: Occurrence, settled: PersonState | None = None, *, keeps_records: bool = True
) -> Identified | Ambiguous:
    """Find the person of an event, or make a new record; two people are never joined on weak evidence.

    ``settled`` is the answer of a coordinator to whom the question was shown.

    Sightings of somebody on no scheme hold hashes of numbers and nothing that could contradict:
    numbers that one event gives together bring them together, on the word of an agency that ``keeps_records``.

    Raises:
        Invalid: an identifier is not one of its kind, or there is too little to find anybody by.
    """
    evidence = evidence_of(
        data.subject, draft.now.date(), lambda kind, value: seal_of(draft, kind, value), _postcodes(data)
    )
    found = find(draft, evidence)
    known = {i: s for i, s in found.items() if s.known}
    sightings = [s for i, s in sorted(found.items()) if i not in known]
    if settled is not None:
        return Identified(
            combine(draft, settled, [s for s in sightings if s.id != settled.id]), "settled by a coordinator", evidence
        )
    outcome = ladder(evidence, [candidate(draft, s) for s in known.values()])
    if isinstance(outcome, Ambiguous):
        return outcome
    together = [*([known[outcome.person_id]] if isinstance(outcome, Match) else []), *sightings]
    if len(together) > 1 and not keeps_records:
        return Ambiguous(tuple(sorted(state.id for state in together)), TOGETHER)
    if isinstance(outcome, Match):
        return Identified(combine(draft, known[outcome.person_id], sightings), outcome.rung, evidence)
    if sightings:
        return Identified(combine(draft, sightings[0], sightings[1:]), "number seen before", evidence)
    return Identified(PersonState(id=new_id()), "nobody known", evidence)


def keys_to_find(sealer: Sealer, data: Occurrence, today: dt.date) -> frozenset[bytes]:
    """Return the keys by which the person of an event will be looked for.

    Raises:
        Invalid: an identifier is not one of its kind, or there is too little to find anybody by.
    """

    def seal(kind: str, value: str) -> bytes:
        return sealer.hash("identity", kind, value)

    return keys_of(evidence_of(data.subject, today, seal, _postcodes(data)), seal)


def find(draft: Draft, evidence: Evidence) -> dict[str, PersonState]:
    """Return everybody whom the evidence could be about, by id."""
    hits = draft.find(keys_of(evidence, lambda kind, value: seal_of(draft, kind, value)))
    return states_by_id(draft.load(hits))


def candidate(draft: Draft, state: PersonState) -> Candidate:
    """Return what the register knows of a person, for matching."""
    tokens, others = tokens_of(
        list(state.identifiers), draft.now.date(), lambda kind, value: seal_of(draft, kind, value)
    )
    return Candidate(
        person_id=state.id,
        identifiers=tokens,
        other_readings=others,
        names=tuple(normalised(n) for n in state.names),
        postcodes=state.postcodes,
        ruled_out=state.ruled_out,
    )


def rule_out(draft: Draft, others: list[str], data: Occurrence) -> None:
    """Keep that an event's numbers are not these people's, so that the same question is not asked again."""
    given = [] if data.subject.identifiers is UNSET else data.subject.identifiers
    tokens, _ = tokens_of(given, draft.now.date(), lambda kind, value: seal_of(draft, kind, value))
    for state in states_by_id(draft.load(others)).values():
        draft.people[state.id] = msgspec.structs.replace(state, ruled_out=state.ruled_out | tokens)


def combine(draft: Draft, kept: PersonState, others: list[PersonState]) -> PersonState:
    """Bring other records of the same person into one, and record that it was done."""
    for other in others:
        kept = merge(kept, other)
        draft.people[other.id] = PersonState(id=other.id)
        draft.keys[kept.id] = draft.keys_of(kept.id) | draft.keys_of(other.id)
        draft.keys[other.id] = frozenset()
        draft.merged[other.id] = kept.id
        entry = Entry(
            id=new_id(),
            at=draft.now,
            kind="combination",
            event="identity.merged",
            reference=other.id,
            person=kept.id,
            category=standing(kept, ""),
            by="hub",
        )
        draft.record(entry, Commitments())
    return kept


def index(draft: Draft, before: PersonState, after: PersonState, evidence: Evidence) -> None:
    """Keep the keys by which the person can be found next time: of names only while details may be kept."""
    tokens = {token for _, token in evidence.identifiers}
    if not after.known:
        held = draft.keys_of(after.id)
        if before.known:
            held = frozenset(token for _, token in candidate(draft, before).identifiers)
        if not tokens <= held or before.known:
            draft.keys[after.id] = held | tokens
    elif (after.identifiers, after.names) != (before.identifiers, before.names) or not before.known:
        keys = keys_of_candidate(candidate(draft, after), lambda kind, value: seal_of(draft, kind, value))
        draft.keys[after.id] = keys | tokens | (draft.keys_of(after.id) if not before.known else frozenset())


def _postcodes(data: Occurrence) -> list[str]:
    if data.release is UNSET or data.release.address is UNSET or data.release.address.postcode is UNSET:
        return []
    return [data.release.address.postcode]
