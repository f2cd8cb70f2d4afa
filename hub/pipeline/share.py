"""One fact, shared: whom it concerns, what each may know, one view for each distinct answer, one entry.

Default deny all the way: a recipient gets a copy only because the register finds it concerned (or
the hub addresses it), it listens, and the agreements in force give it something.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

import msgspec
import structlog
from msgspec.structs import replace

from hub.consequences.model import Consequence
from hub.consequences.unheard import unheard
from hub.directory.model import Recipient
from hub.ledger.entry import Branch, Commitments, Entry, ViewEntry, Withholding, new_id
from hub.pipeline.draft import Draft
from hub.pipeline.judge import Answer, Judge, Nothing
from hub.pipeline.tools import HUB_SOURCE
from hub.policy.facts import words_of
from hub.register.state import PersonState
from hub.routing.route import listening, route, route_addressed
from hub.store.port import HeldRow
from schemas.catalogue import CATALOGUE
from schemas.envelope import Envelope, Given, Handling
from schemas.events.occurrence import Occurrence

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


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What one telling came to: who got a copy, who now holds the marker, whose copy waits, and who did not hear."""

    told: frozenset[str]
    marked: frozenset[str]
    waiting: frozenset[str]
    gaps: tuple[Consequence, ...]


def share(draft: Draft, fact: Fact, before: PersonState, after: PersonState, only: str | None = None) -> Shared:
    """Tell one fact to everybody who is concerned with it and may know something of it.

    ``only`` tells one recipient whose copy waited: then whatever fails is raised.
    """
    kind, directory = fact.event.type, draft.tools.directory
    in_force = draft.tools.shelf.at(draft.now.date())
    data = fact.event.data
    if fact.addressed:
        routes = route_addressed(fact.addressed, kind, data, before, after, directory)
    else:
        routes = route(kind, data, before, after, directory)
    gaps = () if fact.addressed else unheard(kind, after, routes, in_force.requires, directory)
    heard = {
        r: relation
        for r, relation in listening(routes, kind, directory).items()
        if directory.recipients[r].agency not in draft.batch.suspended
    }
    if only is not None:
        heard, gaps = {r: relation for r, relation in heard.items() if r == only}, ()
    judge = Judge(draft, fact.event, after)
    answers, waiting = _answers(draft, fact, after, heard, judge, raising=only is not None)
    if answers:
        _disclose(draft, fact, after, answers, judge.silent)
    return Shared(
        told=frozenset(a.recipient.id for a in answers),
        marked=frozenset(
            a.recipient.id for a in answers if MARKER_LEAF in a.decision.given and b'"memberships"' in a.given
        ),
        waiting=waiting,
        gaps=tuple(gaps),
    )


def _answers(
    draft: Draft, fact: Fact, state: PersonState, routes: Mapping[str, int], judge: Judge, *, raising: bool
) -> tuple[list[Answer], frozenset[str]]:
    """Decide and project for each recipient; whoever's answer fails waits, and everyone else is served."""
    answers: list[Answer] = []
    waiting: set[str] = set()
    for name in sorted(routes):
        recipient = draft.tools.directory.recipients[name]
        if name in state.waiting:
            _wait(draft, fact, recipient, state, "behind-earlier-copy")
            waiting.add(name)
            continue
        try:
            answer = judge.answer(recipient, routes[name])
        except Exception as error:
            if raising:
                raise
            log.error("answer-failed", error=type(error).__name__, recipient=name, type=fact.event.type)
            _wait(draft, fact, recipient, state, "answer-failed")
            waiting.add(name)
        else:
            answers += [answer] if answer else []
    return answers, frozenset(waiting)


def _wait(draft: Draft, fact: Fact, recipient: Recipient, state: PersonState, why: str) -> None:
    """Keep a copy that could not be decided, so that it and what follows it for this person go out in order later."""
    row = HeldRow(
        id=new_id(),
        at=draft.now,
        reason=why,
        agency="hub",
        client="hub",
        kind=fact.event.type,
        fields=(),
        recipient=recipient.id,
        person=state.id,
        body=b"",
    )
    draft.hold(row, _ENCODE(fact))


def _disclose(draft: Draft, fact: Fact, state: PersonState, answers: list[Answer], silent: list[Nothing]) -> None:
    """Write the entry, the copies and the mailboxes, all of one telling together."""
    entry_id, commitments = new_id(), Commitments()
    views: dict[tuple[object, ...], int] = {}
    entries: list[ViewEntry] = []
    for answer in answers:
        if answer.key not in views:
            views[answer.key] = len(entries)
            entries.append(_view(draft, fact, entry_id, answer, commitments))
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
    )
    draft.record(entry, commitments)


def _view(draft: Draft, fact: Fact, entry: str, answer: Answer, commitments: Commitments) -> ViewEntry:
    cited, regime = answer.cited, answer.decision.regime
    name = hashlib.sha256(repr(answer.key).encode()).hexdigest()
    copy = base64.urlsafe_b64encode(draft.tools.sealer.hash("delivery", entry, name)).rstrip(b"=").decode()
    say = draft.tools.shelf.at(draft.now.date()).sentences
    handling = Handling(
        agreements=list(cited.agreements),
        purposes={w: say[w] for w in cited.purposes},
        gateways={w: say[w] for w in cited.gateways},
        obligations={w: say[w] for w in cited.obligations},
        regime=regime,
        entry=entry,
    )
    body = Envelope(
        id=copy,
        source=HUB_SOURCE,
        type=fact.event.type,
        time=fact.event.time,
        dataschema=fact.event.dataschema,
        data=Given(given=msgspec.Raw(answer.given), handling=handling),
    )
    draft.copy(copy, entry, CATALOGUE[fact.event.type].lane, _ENCODE(body))
    return view_entry(copy, answer, commitments)


def view_entry(copy: str, answer: Answer, commitments: Commitments) -> ViewEntry:
    """Return what the record says of one copy, or of an answer that was no copy."""
    return ViewEntry(
        copy=copy,
        leaves=commitments.leaves(answer.leaves, answer.given, answer.values),
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
        relation=tuple(words_of("relation", answer.relation)),
        facts_read=dict(answer.decision.facts_read),
        withheld=answer.withheld,
    )


def _category(state: PersonState) -> str:
    """Return the category of person (Data Protection Act 2018, section 38(3))."""
    if any(case.sentence is not msgspec.UNSET or case.sentenced_on is not msgspec.UNSET for case in state.cases):
        return "convicted"
    return "suspect" if any(case.charge is not msgspec.UNSET for case in state.cases) else "unknown"


def merge_shared(state: PersonState, shared: Shared) -> PersonState:
    """Return the state with who was told, who holds the marker, and whose copies wait."""
    return replace(
        state,
        told=state.told | shared.told,
        marker_holders=state.marker_holders | shared.marked,
        waiting=state.waiting | shared.waiting,
    )
