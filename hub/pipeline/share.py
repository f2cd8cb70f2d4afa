"""One fact, shared: whom it concerns, what each may know, one view for each distinct answer, one entry.

Default deny all the way: a recipient gets a copy only because the register finds it concerned (or
the hub addresses it), it listens, and the agreements in force give it something.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import structlog
from msgspec.structs import replace

from hub.consequences.model import Consequence
from hub.consequences.unheard import unheard
from hub.ledger.entry import new_id
from hub.pipeline.disclosing import Fact, disclose, relations
from hub.pipeline.draft import Draft
from hub.pipeline.holding import ANSWER_FAILED, BEHIND, in_line, line
from hub.pipeline.judge import Answer, Judge
from hub.policy.facts import mask_of
from hub.register.state import PersonState
from hub.routing.concern import Routes
from hub.routing.route import ENDS_CONCERN, listening, route, route_addressed
from hub.store.port import HeldRow

log = structlog.get_logger("share")
_ENCODE = msgspec.json.Encoder().encode
MARKER_LEAF = "memberships[].scheme"


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
    routes, directory = routes_of(draft, fact, before, after), draft.tools.directory
    requires = draft.batch.in_force.requires
    gaps = () if fact.addressed else unheard(fact.event.type, after, routes, requires, directory)
    heard = heard_by(draft, fact, routes)
    if not heard:
        return outcome_of([], gaps=gaps)
    judge = Judge(draft, fact.event, after)
    answers, waiting = answers_of(draft, fact, after, heard, judge)
    if answers:
        disclose(draft, fact, after, answers, judge.silent)
    return outcome_of(answers, waiting, gaps)


def share_late(draft: Draft, late: LateFact, state: PersonState, recipient: str) -> Shared:
    """Tell one recipient what waited for it, as it stands now; whatever fails is raised.

    Who is not concerned any more is not told, except of that which ended the concern.
    """
    fact, kind = late.fact, late.fact.event.type
    routes = routes_of(draft, fact, state, state)
    relation = routes.get(recipient, 0) | (mask_of("relation", late.relation) if kind in ENDS_CONCERN else 0)
    heard = heard_by(draft, fact, {recipient: relation} if relation else {})
    judge = Judge(draft, fact.event, state)
    answer = judge.answer(draft.tools.directory.recipients[recipient], relation) if heard else None
    if answer is None:
        return outcome_of([])
    disclose(draft, fact, state, [answer], judge.silent)
    return outcome_of([answer])


def routes_of(draft: Draft, fact: Fact, before: PersonState, after: PersonState) -> Routes:
    """Return whom a fact concerns, and how."""
    kind, data, directory = fact.event.type, fact.event.data, draft.tools.directory
    if fact.addressed:
        return route_addressed(fact.addressed, kind, data, before, after, directory)
    return route(kind, data, before, after, directory)


def heard_by(draft: Draft, fact: Fact, routes: Routes) -> Routes:
    """Return the routes of those who listen, and whose agency takes part."""
    directory, suspended = draft.tools.directory, draft.batch.suspended
    heard = listening(routes, fact.event.type, directory)
    return {r: relation for r, relation in heard.items() if directory.recipients[r].agency not in suspended}


def outcome_of(
    answers: list[Answer], waiting: frozenset[str] = frozenset(), gaps: Iterable[Consequence] = ()
) -> Shared:
    """Return what a telling came to."""
    return Shared(
        told=frozenset(a.recipient.id for a in answers),
        marked=frozenset(
            a.recipient.id for a in answers if MARKER_LEAF in a.decision.given and b'"memberships"' in a.given
        ),
        waiting=waiting,
        gaps=tuple(gaps),
    )


def answers_of(
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
    draft.batch.keyring.own(state.id)  # of somebody new, too
    draft.hold(in_line(row, ahead), _ENCODE(LateFact(fact, relations(relation))))


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
