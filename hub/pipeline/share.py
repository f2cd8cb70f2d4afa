"""One fact, shared: whom it concerns, what each may know, one view for each distinct answer, one entry.

Default deny all the way: a recipient gets a copy only because the register finds it concerned (or
the hub addresses it), it listens, and the agreements in force give it something.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from functools import lru_cache

import msgspec
import structlog
from msgspec import UNSET
from msgspec.structs import replace

from hub.consequences.model import Consequence
from hub.consequences.unheard import unheard
from hub.ledger.entry import Branch, Commitments, Entry, ViewEntry, Withholding, new_id
from hub.pipeline.draft import Draft
from hub.pipeline.holding import ANSWER_FAILED, BEHIND, in_line, line
from hub.pipeline.judge import Answer, Judge, Nothing
from hub.pipeline.tools import HUB_SOURCE
from hub.policy.facts import mask_of, words_of
from hub.policy.model import Regime
from hub.policy.terms import Cited
from hub.register.state import PersonState
from hub.routing.concern import Routes
from hub.routing.route import ENDS_CONCERN, listening, route, route_addressed
from hub.store.port import HeldRow
from schemas.catalogue import CATALOGUE
from schemas.envelope import Envelope, Given, Handling
from schemas.events.occurrence import Occurrence
from schemas.terms import Terms

log = structlog.get_logger("share")
_ENCODE = msgspec.json.Encoder().encode
MARKER_LEAF = "memberships[].scheme"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be told: a published event, or what follows from one."""

    event: Envelope[Occurrence]
    addressed: frozenset[str] = frozenset()
    reference: str
    """The keyed hash of the published event that it comes from."""
    by: str = ""


class LateFact(msgspec.Struct, frozen=True):
    """A fact that waits to be told to one recipient, with the relations by which it concerned that recipient."""

    fact: Fact
    relation: tuple[str, ...]


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What one telling came to: who got a copy, who now holds the marker, whose copy waits, and who did not hear."""

    told: frozenset[str]
    marked: frozenset[str]
    waiting: frozenset[str]
    gaps: tuple[Consequence, ...]


def share(draft: Draft, fact: Fact, before: PersonState, after: PersonState) -> Shared:
    """Tell one fact to everybody who is concerned with it and may know something of it."""
    routes, directory = _routes(draft, fact, before, after), draft.tools.directory
    requires = draft.batch.in_force.requires
    gaps = () if fact.addressed else unheard(fact.event.type, after, routes, requires, directory)
    heard = _heard(draft, fact, routes)
    if not heard:
        return _shared([], gaps=gaps)
    judge = Judge(draft, fact.event, after)
    answers, waiting = _answers(draft, fact, after, heard, judge)
    if answers:
        _disclose(draft, fact, after, answers, judge.silent)
    return _shared(answers, waiting, gaps)


def share_late(draft: Draft, late: LateFact, state: PersonState, recipient: str) -> Shared:
    """Tell one recipient what waited for it, as it stands now; whatever fails is raised.

    Who is not concerned any more is not told, except of that which ended the concern.
    """
    fact, kind = late.fact, late.fact.event.type
    routes = _routes(draft, fact, state, state)
    relation = routes.get(recipient, 0) | (mask_of("relation", late.relation) if kind in ENDS_CONCERN else 0)
    heard = _heard(draft, fact, {recipient: relation} if relation else {})
    judge = Judge(draft, fact.event, state)
    answer = judge.answer(draft.tools.directory.recipients[recipient], relation) if heard else None
    if answer is None:
        return _shared([])
    _disclose(draft, fact, state, [answer], judge.silent)
    return _shared([answer])


def _routes(draft: Draft, fact: Fact, before: PersonState, after: PersonState) -> Routes:
    kind, data, directory = fact.event.type, fact.event.data, draft.tools.directory
    if fact.addressed:
        return route_addressed(fact.addressed, kind, data, before, after, directory)
    return route(kind, data, before, after, directory)


def _heard(draft: Draft, fact: Fact, routes: Routes) -> Routes:
    """Return the routes of those who listen, and whose agency takes part."""
    directory, suspended = draft.tools.directory, draft.batch.suspended
    heard = listening(routes, fact.event.type, directory)
    return {r: relation for r, relation in heard.items() if directory.recipients[r].agency not in suspended}


def _shared(answers: list[Answer], waiting: frozenset[str] = frozenset(), gaps: Iterable[Consequence] = ()) -> Shared:
    return Shared(
        told=frozenset(a.recipient.id for a in answers),
        marked=frozenset(
            a.recipient.id for a in answers if MARKER_LEAF in a.decision.given and b'"memberships"' in a.given
        ),
        waiting=waiting,
        gaps=tuple(gaps),
    )


def _answers(
    draft: Draft, fact: Fact, state: PersonState, routes: Routes, judge: Judge
) -> tuple[list[Answer], frozenset[str]]:
    """Decide and project for each recipient; whoever's answer fails waits, and everyone else is served."""
    answers: list[Answer] = []
    waiting: set[str] = set()
    for name in sorted(routes):
        if name in state.waiting:
            _wait(draft, fact, name, routes[name], state, BEHIND)
            waiting.add(name)
            continue
        try:
            answer = judge.answer(draft.tools.directory.recipients[name], routes[name])
        except Exception as error:  # noqa: BLE001 - one recipient's answer must not keep the others from theirs
            log.error("answer-failed", error=type(error).__name__, recipient=name, type=fact.event.type)
            _wait(draft, fact, name, routes[name], state, ANSWER_FAILED)
            waiting.add(name)
        else:
            answers += [answer] if answer else []
    return answers, frozenset(waiting)


def _wait(draft: Draft, fact: Fact, recipient: str, relation: int, state: PersonState, why: str) -> None:
    """Keep a copy that could not be decided, so that it and what follows it for this person go out in order later."""
    row = HeldRow(
        id=new_id(),
        at=draft.now,
        reason=why,
        agency="hub",
        client="hub",
        kind=fact.event.type,
        fields=(),
        recipient=recipient,
        person=state.id,
        body=b"",
    )
    ahead = line(draft, recipient, state.id) if why == BEHIND else ()
    draft.hold(in_line(row, ahead), _ENCODE(LateFact(fact, _relations(relation))))


def _disclose(draft: Draft, fact: Fact, state: PersonState, answers: list[Answer], silent: list[Nothing]) -> None:
    """Write the entry, the copies and the mailboxes, all of one telling together."""
    entry_id, commitments = new_id(), Commitments()
    views: dict[int, int] = {}
    entries: list[ViewEntry] = []
    for answer in answers:
        if answer.key not in views:
            views[answer.key] = len(entries)
            copy = delivery_id(draft, entry_id, len(entries))
            entries.append(_view(draft, fact, entry_id, copy, answer, commitments))
    branches = tuple(_branch(a, views[a.key]) for a in answers)
    entry = Entry(
        id=entry_id,
        at=draft.now,
        kind="disclosure",
        event=fact.event.type,
        reference=fact.reference,
        person=state.id,
        by=fact.by,
        category=_category(state),
        views=tuple(entries),
        branches=branches,
        auditor=(*map(withholding, answers), *map(withholding, silent)),
        versions=draft.batch.in_force.policy.version,
    )
    draft.record(entry, commitments)


def delivery_id(draft: Draft, entry: str, place: int) -> str:
    """Return the delivery id of an entry's copy: a keyed hash, so that it tells nothing."""
    name = draft.tools.sealer.hash("delivery", entry, str(place))
    return base64.urlsafe_b64encode(name).rstrip(b"=").decode()


def handling(draft: Draft, cited: Cited, regime: Regime, entry: str) -> Handling:
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
    )


def _view(draft: Draft, fact: Fact, entry: str, copy: str, answer: Answer, commitments: Commitments) -> ViewEntry:
    body = Envelope(
        id=copy,
        source=HUB_SOURCE,
        type=fact.event.type,
        time=fact.event.time,
        dataschema=fact.event.dataschema,
        data=Given(
            given=msgspec.Raw(answer.given),
            handling=handling(draft, answer.cited, answer.decision.regime, entry),
        ),
    )
    draft.copy(copy, entry, CATALOGUE[fact.event.type].lane, _ENCODE(body))
    return view_entry(copy, answer, commitments)


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


def _branch(answer: Answer, view: int) -> Branch:
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
        relation=_relations(answer.relation),
        facts_read=dict(answer.decision.facts_read),
        withheld=answer.withheld,
    )


@lru_cache(4096)
def _relations(mask: int) -> tuple[str, ...]:
    return tuple(words_of("relation", mask))


def _category(state: PersonState) -> str:
    """Return the category of person (Data Protection Act 2018, section 38(3))."""
    if any(case.sentence is not msgspec.UNSET or case.sentenced_on is not msgspec.UNSET for case in state.cases):
        return "convicted"
    return "suspect" if any(case.charge is not msgspec.UNSET for case in state.cases) else "unknown"


def merge_shared(state: PersonState, shared: Shared) -> PersonState:
    """Return the state with who was told, who holds the marker, and whose copies wait; itself where that is known."""
    if shared.told <= state.told and shared.marked <= state.marker_holders and shared.waiting <= state.waiting:
        return state
    return replace(
        state,
        told=state.told | shared.told,
        marker_holders=state.marker_holders | shared.marked,
        waiting=state.waiting | shared.waiting,
    )
