"""What one recipient is given of one event: decided under the agreements in force, and projected."""

from __future__ import annotations

from functools import cached_property, partial

import msgspec

from hub.directory.model import Recipient
from hub.pipeline.draft import Draft
from hub.pipeline.occasion import at, cases_said, occasion
from hub.policy.apart import Apart, Values
from hub.policy.decide import Asked, Cited, Decision, Policy
from hub.policy.facts import AT, FACTS
from hub.policy.project import Contents, View
from hub.policy.status import FOR_ANYBODY, KEPT
from hub.policy.transforms import Keying
from hub.register.enrich import enriched, own
from hub.register.situation import ages, situation_of
from hub.register.state import PersonState, minimal
from schemas.catalogue import CATALOGUE
from schemas.envelope import Envelope
from schemas.events.occurrence import Occurrence
from schemas.labels import Category
from schemas.leaves import categories_in

NUMBERS = frozenset(i for i, fact in enumerate(FACTS) if fact.span is not None)
OF_THE_OCCASION = frozenset(i for i, fact in enumerate(FACTS) if fact.of in ("event", "time"))


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one recipient is given: its decision, and the bytes of its view."""

    recipient: Recipient
    relation: int
    decision: Decision
    given: bytes
    contents: Contents
    """The leaves that the copy has, and why each is given."""
    values: Values
    """Each of them as JSON."""
    cited: Cited
    key: int
    """Equal for recipients of one event whose copy and record are the same."""
    withheld: dict[str, str]
    """Of what the event has: each category that is not given whole, and why."""


class Nothing(msgspec.Struct, frozen=True, kw_only=True):
    """That a recipient who is concerned is told nothing of an event at all, and by which decision."""

    recipient: Recipient
    relation: int
    decision: Decision
    withheld: dict[str, str]


class Judge:
    """Decides for one event and person; the forms of the event are made at most once each.

    Twice, where needed: first with all that the register knows. Who may then not know the status is
    decided for anew as if the person were on no scheme: by declared relations alone, by the facts
    and the words that would be there for anybody. So what it gets cannot tell the status.
    """

    def __init__(self, draft: Draft, event: Envelope[Occurrence], state: PersonState) -> None:
        """Take what is judged. Nothing is evaluated before somebody's answer is asked for: what fails, fails that."""
        self._today = draft.now.date()
        self._draft, self._event, self._state = draft, event, state
        self._in_force = draft.batch.in_force
        self._row = CATALOGUE[event.type]
        self._asks = self._in_force.policy.asks
        self._projected: dict[tuple[object, str], tuple[bytes, Contents, Values]] = {}
        self._apart: dict[str, Apart] = {}
        self._keys: dict[tuple[object, ...], int] = {}
        self._enriched: Occurrence | None = None
        self._present: dict[str, frozenset[Category]] = {}
        self._strangers: dict[tuple[str, bool], Asked] = {}
        self._said: dict[tuple[int, str, str], _Said] = {}
        self._pseudonym = partial(draft.tools.sealer.hash, "pseudonym")
        self.silent: list[Nothing] = []
        """Who is concerned, listens, and is told nothing at all."""

    def answer(self, recipient: Recipient, relation: int) -> Answer | None:
        """Return what a recipient in some relation is given; None where it may not learn of the event at all."""
        decision = self._decide(recipient, relation, self._known)
        if decision.knows_status:
            if self._enriched is None:
                self._enriched = enriched(self._state, self._event.data, self._draft.tools.directory)
            return self._made(recipient, relation, decision, "enriched", self._enriched)
        alike = relation & FOR_ANYBODY
        if not alike:
            return None
        form, data = self._as_for_anybody(recipient)
        decision = self._decide(recipient, alike, self._stranger(form, data, self._in_force.policy))
        if decision.tells_status:  # they might know it of somebody on no scheme, and of this person they may not
            decision = self._decide(recipient, alike, self._stranger(form, data, self._in_force.policy.unknowing))
        return self._made(recipient, alike, decision, form, data)

    @cached_property
    def _known(self) -> Asked:
        """What is decided by all that the register knows of the person."""
        return self._asked(self._state, self._event.data, self._in_force.policy)

    def _stranger(self, form: str, data: Occurrence, policy: Policy) -> Asked:
        """Return what is decided as if the person were on no scheme."""
        key = form, policy is self._in_force.policy
        if key not in self._strangers:
            self._strangers[key] = self._asked(minimal(self._state), data, policy)
        return self._strangers[key]

    @cached_property
    def _occasion(self) -> dict[int, int]:
        """The facts of the event and of the hour, where some rule asks for one."""
        if not self._asks & OF_THE_OCCASION:
            return {}
        return occasion(self._event, self._draft.now, self._draft.tools.directory)

    def _decide(self, recipient: Recipient, relation: int, asked: Asked) -> Decision:
        places = at(recipient) if AT in self._asks else FACTS[AT].not_known
        return asked.decide(recipient.role, relation, places)

    def _asked(self, state: PersonState, data: Occurrence, policy: Policy) -> Asked:
        """Return what is decided of the person as some state has them, on the occasion and by some event's words.

        A number that no rule asks for is left unknown, so that what was decided of others serves for this one.
        """
        person = situation_of(state, self._today, data.subject, cases_said(self._row, data))
        for fact in NUMBERS - self._asks:
            person[fact] = FACTS[fact].not_known
        for fact, value in self._occasion.items():
            person[fact] = value if fact in self._asks else FACTS[fact].not_known
        return policy.asked(self._row, person, ages(state, self._today, data.subject))

    def _as_for_anybody(self, recipient: Recipient) -> tuple[str, Occurrence]:
        """Return the event as published, with what the recipient itself had said of its own work."""
        relation = next((r for r in self._state.open_relations if r.holder == recipient.id), None)
        if relation is None:
            return "", self._event.data
        return f"own:{recipient.id}", own(self._state, self._event.data, relation)

    def _made(
        self, recipient: Recipient, relation: int, decision: Decision, form: str, data: Occurrence
    ) -> Answer | None:
        agency = recipient.agency if decision.keyed else ""
        said = self._said.get((id(decision), form, agency))
        if said is None:
            said = self._said[id(decision), form, agency] = self._say(decision, form, data, agency)
        if said.given is None:
            silent = Nothing(recipient=recipient, relation=relation, decision=decision, withheld=said.withheld)
            self.silent.append(silent)
            return None
        return Answer(
            recipient=recipient,
            relation=relation,
            decision=decision,
            given=said.given,
            contents=said.contents,
            values=said.values,
            cited=said.cited,
            key=said.key,
            withheld=said.withheld,
        )

    def _say(self, decision: Decision, form: str, data: Occurrence, agency: str) -> _Said:
        """Return what a decision comes to for one form of the event, resting on the rules of the leaves that it has."""
        present = self._present.get(form)
        if present is None:
            present = self._present[form] = categories_in(data)
        if decision.withheld.get(Category.MARKER) == KEPT:  # recorded of every event, for to decide again
            present |= {Category.MARKER}
        withheld = self._in_force.policy.withheld(decision, present)
        if not decision.present:
            return _Said(decision=decision, withheld=withheld)
        view, kept_by = self._in_force.views.of(decision, Keying(agency, self._pseudonym))
        projected = self._projected.get((kept_by, form))
        if projected is None:
            projected = self._projected[kept_by, form] = self._project(view, form, data)
        given, contents, values = projected
        key = (given, decision.regime, contents.grounds)
        return _Said(
            decision=decision,
            withheld=withheld,
            given=given,
            contents=contents,
            values=values,
            cited=self._in_force.policy.cited(contents.rules),
            key=self._keys.setdefault(key, len(self._keys)),
        )

    def _project(self, view: View, form: str, data: Occurrence) -> tuple[bytes, Contents, Values]:
        """Return the bytes of a view of one form of the event, what it has, and the JSON of that."""
        apart = self._apart.get(form)
        if apart is None:
            apart = self._apart[form] = Apart(data)
        written, contents = view.written(apart)
        return written.copy(apart), contents, written.values(apart)


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one decision comes to for one form of an event, worked out once for all recipients of whom it is made."""

    decision: Decision
    """Kept, so that no other decision is taken for it."""
    withheld: dict[str, str]
    given: bytes | None = None
    contents: Contents = Contents({}, frozenset(), b"")
    values: Values = {}
    cited: Cited = Cited((), (), (), ())
    key: int = -1
