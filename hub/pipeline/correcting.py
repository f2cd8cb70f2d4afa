"""An event that stands in the place of another, or says that it did not happen: told to whom the former was wrong.

Who received what is read from the record, leaf by leaf: whoever's copy has nothing that is otherwise now is told
nothing, and so learns nothing of it. A copy that did not leave is dropped, and what is true takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import structlog
from msgspec import UNSET

from hub.errors import Invalid, Problem
from hub.ledger.entry import COPIES_DROPPED, Commitments, Entry, Secrets, Withholding, decode_entry, new_id
from hub.ledger.recorded import parts
from hub.ledger.wrong import Corrected, Told, left_out, wrong_leaves
from hub.pipeline.disclosing import Fact, Instead, disclose, withholding
from hub.pipeline.draft import Draft
from hub.pipeline.judge import Answer, Judge
from hub.pipeline.share import Shared, answers_of, heard_by, outcome_of, routes_of
from hub.pipeline.withdrawing import Matter, follow, roles_of, withdraw
from hub.register.enrich import enriched, own
from hub.register.state import PersonState
from hub.store.correcting import Placed, number_of
from hub.store.dropping import DroppedRow
from schemas.events.occurrence import Occurrence
from schemas.labels import Role

log = structlog.get_logger("correcting")
_secrets = msgspec.msgpack.Decoder(Secrets).decode
NOT_CORRECTED = frozenset({"delivery.nobody-listens"})
"""What the hub says of itself: whether anybody listened is not the event's word."""


class Standing(msgspec.Struct, frozen=True):
    """A copy as one recipient has it, or has it waiting."""

    told: Told
    placed: Placed

    @property
    def recipient(self) -> str:
        """Whose it is."""
        return self.placed.recipient


class Amends(msgspec.Struct):
    """An event that is put right: what was told of it and of what followed, by type, as it stands."""

    root: str
    """The reference of the event that was told first."""
    kind: str
    person: str
    """Whom it was about, as the register has them now."""
    matter: Matter
    standing: dict[str, list[Standing]]
    said: Occurrence | None = None
    """What its publisher says now."""


def amends_of(draft: Draft, root: str, by: str, kind: str) -> Amends:
    """Return what was told of an event that is put right by another of the same type.

    Raises:
        Invalid: no such event was taken, or it is of another type, or puts another right itself.
    """
    number = number_of(root)
    draft.batch.tx.close_record()  # whether a copy has left is then true to the end
    rows = draft.batch.tx.of_event(number) if number is not None else ()
    entries = [(decode_entry(content), sealed) for content, sealed in rows]
    first = next((e for e, _ in entries if e.kind == "collection" and e.reference == root), None)
    if first is None or first.person is None:
        raise Invalid(Problem("corrects", "is no event that was taken from this source, or itself corrects another"))
    if first.event != kind:
        raise Invalid(Problem("type", "is not that of the event which is to be put right"))
    known = draft.load([first.person]).get(first.person)
    return Amends(
        root=root,
        kind=kind,
        person=known.id if known else first.person,
        matter=Matter("event", by[:32]),
        standing=standing(draft, entries),
    )


def standing(draft: Draft, entries: Iterable[tuple[Entry, bytes]]) -> dict[str, list[Standing]]:
    """Return by type the copies of some disclosures that stand: none that was erased, replaced or corrected since."""
    keyring, roles = draft.batch.keyring, roles_of(draft.batch)
    disclosed = [
        (e, s) for e, s in entries if e.kind == "disclosure" and e.remains is UNSET and e.event not in NOT_CORRECTED
    ]
    copies = [view.copy for entry, _ in disclosed for view in entry.views]
    placed = {(p.recipient, p.copy): p for p in draft.batch.tx.placed(copies)}
    found: dict[str, list[Standing]] = {}
    for entry, sealed in disclosed:
        commitments = Commitments(_secrets(keyring.open(entry.person, "entry", sealed)).secret)
        for part in parts(entry, roles):
            if part.view is None:
                continue
            if (where := placed.get((part.recipient, part.view.copy))) is not None:
                found.setdefault(entry.event, []).append(Standing(Told(part, commitments), where))
    return found


def correct(
    draft: Draft, fact: Fact, before: PersonState, after: PersonState, amends: Amends, *, fresh: bool = True
) -> Shared:
    """Tell a fact to those who have something else in its place, and (``fresh``) to those who were told nothing of it.

    Whoever has nothing wrong is told nothing. Whoever may not have it any more is told to erase what it has.
    """
    assert amends.said is not None  # noqa: S101 - what is told in the place of an event was said
    routes = routes_of(draft, fact, before, after)
    judge = Judge(draft, fact.event, after)
    answers, waiting = answers_of(draft, fact, after, heard_by(draft, fact, routes), judge)
    by = {answer.recipient.id: answer for answer in answers}
    mine = amends.standing.pop(fact.event.type, [])
    now = _Now(draft, fact, after, amends)
    if amends.person == after.id:
        wrong = [s for s in mine if s.recipient not in waiting and now.is_wrong(s, by.get(s.recipient))]
        had = {s.recipient for s in mine}
    else:  # it was about somebody else: all of it was wrong, and nobody has anything of this
        take_back(draft, mine, amends.matter)
        wrong, had = [], set()
    put_right(draft, fact, after, wrong, by, amends.matter)
    if fresh and (news := [answer for answer in answers if answer.recipient.id not in had]):
        disclose(draft, fact, after, news, judge.silent)
    return outcome_of(answers if fresh else [a for a in answers if a.recipient.id in had], waiting)


class _Now:
    """An event as it is told in the place of another: with what the register adds, without it, and to holders of work.

    What has the same copy and gets the same answer is compared once.
    """

    def __init__(self, draft: Draft, fact: Fact, after: PersonState, amends: Amends) -> None:
        data = fact.event.data
        self._state, self._data = after, data
        self._all = Corrected(
            said=amends.said or data,
            forms=(data, enriched(after, data, draft.tools.directory)),
            whole=fact.event.type == amends.kind,
        )
        self._holders = {relation.holder: relation for relation in reversed(after.open_relations)}
        self._known: dict[tuple[str, Role, str, int, frozenset[str]], bool] = {}

    def is_wrong(self, one: Standing, answer: Answer | None) -> bool:
        """Tell whether a recipient has something that is otherwise now, or lacks something that is new."""
        part, holder = one.told.part, one.recipient if one.recipient in self._holders else ""
        withheld = frozenset(part.auditor.withheld)
        key = (one.placed.copy, part.role, holder, answer.key if answer else -1, withheld)
        if key not in self._known:
            given = [(path, release.transform) for path, release in answer.contents.leaves.items()] if answer else []
            wrong = wrong_leaves(one.told, self._as_told(holder))
            self._known[key] = bool(wrong) or left_out(part, given, self._all.own)
        return self._known[key]

    def _as_told(self, holder: str) -> Corrected:
        """Return the forms in which somebody may have it; who holds work with the person may have its own words."""
        if not holder:
            return self._all
        mine = own(self._state, self._data, self._holders[holder])
        return Corrected(said=self._all.said, forms=(*self._all.forms, mine), whole=self._all.whole)


def put_right(
    draft: Draft,
    fact: Fact,
    after: PersonState,
    wrong: Sequence[Standing],
    by: Mapping[str, Answer],
    matter: Matter,
) -> None:
    """Give each who has something wrong what is true, in its place, or take it back from whoever is given nothing."""
    last = {each.recipient: each for each in wrong if each.recipient in by}
    true = list(last.values())
    take_back(draft, [each for each in wrong if last.get(each.recipient) is not each], matter)
    for entry, some in _by_entry([each for each in true if not each.placed.left]).items():
        drop(draft, entry, some, by)
        instead = {s.recipient: Instead(s.placed.copy, s.placed.telling) for s in some}
        disclose(draft, fact, after, [by[s.recipient] for s in some], (), instead)
    left = [each for each in true if each.placed.left]
    if left:
        instead = {s.recipient: Instead(s.placed.copy) for s in left}
        made = disclose(draft, fact, after, [by[s.recipient] for s in left], (), instead)
        copies = {branch.recipient: made.views[branch.view].copy for branch in made.branches}
        for each in left:
            follow(draft, each.told.part, copies[each.recipient], each.placed.copy, "correction", matter)
    if wrong:
        log.info("event-corrected", count=len(wrong), type=fact.event.type)


def take_back(draft: Draft, wrong: Sequence[Standing], matter: Matter) -> None:
    """Let nobody have some copies any more: drop what waits, and withdraw what left."""
    for entry, some in _by_entry([each for each in wrong if not each.placed.left]).items():
        drop(draft, entry, some, {})
        draft.changes.taken_out += [(s.recipient, s.placed.copy) for s in some]
    by_copy: dict[str, list[Standing]] = {}
    for each in wrong:
        if each.placed.left:
            by_copy.setdefault(each.placed.copy, []).append(each)
            draft.changes.dropped.append(_row(each, draft, withdrawn=True))
    for copy, some in by_copy.items():
        withdraw(draft, copy, some[0].placed.lane, [each.told.part for each in some], matter)


def _by_entry(some: Iterable[Standing]) -> dict[str, list[Standing]]:
    found: dict[str, list[Standing]] = {}
    for each in some:
        found.setdefault(each.told.part.entry.id, []).append(each)
    return found


def drop(draft: Draft, entry: str, some: Sequence[Standing], by: Mapping[str, Answer]) -> None:
    """Record that copies of one entry go from their mailboxes; what is made in their place is the next entry."""
    first = some[0].told.part.entry
    draft.changes.dropped += [_row(each, draft) for each in some]
    dropping = Entry(
        id=new_id(),
        at=draft.now,
        kind="erasure",
        event=COPIES_DROPPED,
        reference=entry,
        person=first.person,
        category=first.category,
        by="hub",
        auditor=tuple(_now(each, by.get(each.recipient)) for each in some),
        versions=draft.batch.in_force.policy.version,
    )
    draft.record(dropping, Commitments())


def _now(each: Standing, answer: Answer | None) -> Withholding:
    """Return the auditor's part: by what is decided now, or else as it was."""
    return withholding(answer) if answer else each.told.part.auditor


def _row(each: Standing, draft: Draft, *, withdrawn: bool = False) -> DroppedRow:
    entry = each.told.part.entry
    return DroppedRow(
        recipient=each.recipient,
        copy=each.placed.copy,
        person=entry.person or "",
        lane=each.placed.lane,
        entry=entry.id,
        at=draft.now,
        withdrawn=withdrawn,
    )
