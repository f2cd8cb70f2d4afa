"""What the record answers, read by its index: each answer is complete up to a checkpoint that it names."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import msgspec
from msgspec import UNSET

from hub.errors import BadQuestion, Erased, HubError, NotFound, NotLogged, Problem
from hub.ledger.entry import Branch, Commitments, Entry, Secrets, ViewEntry, decode_entry
from hub.ledger.indexing import RecordIndexing, agreement_key, rule_key
from hub.ledger.log import Log
from hub.ledger.questions.given import AsOf, Given, given_in
from hub.ledger.questions.never import Stored, never_file
from hub.ledger.questions.restrictions import Restriction
from hub.ledger.questions.statement import SubjectStatement, Words, statement
from hub.pipeline.citing import cited
from hub.pipeline.tools import Tools
from hub.policy.decide import Policy
from hub.policy.explain import sentences
from hub.store.index_port import BLOCK
from hub.store.log_port import Recorded
from hub.store.port import Store
from schemas.never import SLACK
from schemas.never_file import Never
from schemas.note import open_checkpoint

_secrets = msgspec.msgpack.Decoder(Secrets).decode
LONGEST_CHAIN = 20_000
"""How many branches one file of what was never given may have, at some 6 kB each."""


class Period(msgspec.Struct, frozen=True):
    """From one moment, and until before another."""

    since: dt.datetime
    until: dt.datetime

    def check(self) -> None:
        """Refuse a period that is none; raises ``BadQuestion``."""
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise BadQuestion(Problem("since", "and 'until' need a time zone"))
        if self.since >= self.until:
            raise BadQuestion(Problem("until", "is not after 'since'"))

    def has(self, at: dt.datetime) -> bool:
        """Tell whether a moment is in it."""
        return self.since <= at < self.until

    def __str__(self) -> str:
        return f"from {self.since.isoformat()} until {self.until.isoformat()}"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some of an answer, in the order of the record, and up to where it is complete."""

    as_of: AsOf
    given: tuple[Given, ...]
    after: str
    """Where the next page begins: to be asked with; empty after the last one."""


class Answers:
    """Reads what is asked for, whoever asks; that it is asked is recorded before."""

    def __init__(self, store: Store, tools: Tools, ledger: Log, clock: Callable[[], dt.datetime]) -> None:
        """Take where the record is, versions, recipients and seals, the log, and the time in UTC."""
        self._store, self._tools, self._log, self._now = store, tools, ledger, clock
        self.indexing = RecordIndexing(store.index)

    def as_of(self, question: str) -> tuple[AsOf, int]:
        """Let log and index catch up; return the checkpoint, and the place in the record that it is up to."""
        self._log.catch_up()
        head = self._log.head()
        self.indexing.catch_up()
        signed = open_checkpoint(head.checkpoint, *self._log.keys().verifiers)
        as_of = AsOf(
            log=signed.origin,
            size=signed.size,
            root=base64.b64encode(signed.root).decode(),
            checkpoint=head.checkpoint,
            question=question,
        )
        return as_of, head.last

    def statement(self, about: str | None, question: str, restrictions: tuple[Restriction, ...]) -> SubjectStatement:
        as_of, upto = self.as_of(question)
        found = self._store.index.about(self._store.formerly(about), upto=upto) if about else []
        first = self._store.log.heads()[0].last
        return statement(
            [decode_entry(each.row.content) for each in found],
            as_of,
            self._now(),
            Words(agency=self._agency, system=self._system, sentences=_kept(self._sentences)),
            restrictions,
            sum(each.place <= first for each in found),
        )

    def _agency(self, agency: str) -> str:
        found = self._tools.directory.agencies.get(agency)
        return found.name if found else agency

    def _system(self, by: str) -> str:
        system = self._tools.directory.systems.get(by.partition(" ")[0])
        return self._agency(system.agency) if system else "the hub, or its operators"

    def _sentences(self, versions: tuple[str, ...]) -> Mapping[str, str]:
        """Return what the words of some versions say; nothing of a version that is not known any more."""
        shelf, found = self._tools.shelf.apart(), []
        for version in versions:
            try:
                found.append(cited(shelf, version, self._store))
            except HubError:
                continue
        return sentences(Policy(found))

    def received(
        self,
        agency: str,
        period: Period,
        question: str,
        behind: tuple[float, int, str],
        limit: int,
        person: bool,  # noqa: FBT001 - one call
    ) -> Page:
        as_of, upto = self.as_of(question)
        found = self._store.index.of_agency(agency, period.since, period.until, after=behind, limit=limit)
        entries = {r.place: decode_entry(r.row.content) for r in self._store.index.at_places({b.place for b in found})}
        given = [
            each
            for b in found
            if b.place <= upto
            for each in given_in(entries[b.place], _of_number(b.recipient, b.number), person=person)
        ]
        last = found[-1] if len(found) == limit else None
        after = _cursor_of((last.at.timestamp(), last.place, last.recipient)) if last else ""
        return Page(as_of=as_of, given=tuple(given), after=after)

    def resting(
        self, ground: tuple[str, str], period: Period, question: str, behind: int, limit: int, agency: str | None
    ) -> Page:
        as_of, upto = self.as_of(question)
        given: list[Given] = []
        for place, entry in self._on(ground, period, behind, upto):
            wanted = partial(_rests, ground, agency)
            rule = ground[1] if ground[0] == "rule" else ""
            given += given_in(entry, wanted, rule=rule, person=agency is None)
            if len(given) >= limit:
                return Page(as_of=as_of, given=tuple(given), after=_cursor_of(place))
        return Page(as_of=as_of, given=tuple(given), after="")

    def _on(self, ground: tuple[str, str], period: Period, behind: int, upto: int) -> Iterator[tuple[int, Entry]]:
        """Yield place and entry of what may rest on a ground, in the order of the record."""
        index = self._store.index
        key = rule_key(ground[1]) if ground[0] == "rule" else agreement_key(ground[1])
        begin = max(behind, index.place_since(period.since - SLACK))
        end = min(upto, index.place_since(period.until + SLACK))
        for block in index.blocks(key, first=(begin + 1) // BLOCK, last=end // BLOCK):
            after, last = max(begin, block * BLOCK - 1), min(end, block * BLOCK + BLOCK - 1)
            for each in self._store.log.recorded(after, last, limit=BLOCK):
                if period.has(each.row.at):
                    yield each.place, decode_entry(each.row.content)

    def never(self, recipient: str, category: str, period: Period, question: str) -> Never:
        self.as_of(question)
        index, margin = self._store.index, 2 * SLACK
        first = max(index.chain_before(recipient, period.since - margin), 1)
        asked = self._store.entry(question)
        assert asked is not None  # noqa: S101 - it was recorded a moment ago
        end, statement_of_end = _number_of(decode_entry(asked.content)), self._stored(Recorded(0, asked))
        if not end and recipient not in self._tools.directory.recipients:
            raise NotFound
        beyond = index.chain_before(recipient, period.until + margin) + 1
        last = min(beyond, end)
        if last - first >= LONGEST_CHAIN:
            raise BadQuestion(Problem("until", f"more than {LONGEST_CHAIN} branches: ask for a shorter period"))
        places = [each.place for each in index.chain(recipient, first=first, limit=last - first + 1)]
        chain = [self._stored(each) for each in index.at_places(places)]
        closing = None if last == beyond else statement_of_end
        return never_file(recipient, category, (period.since, period.until), chain, closing)

    def _stored(self, recorded: Recorded) -> Stored:
        row = recorded.row
        logged = self._log.prove(row.id, row.commitment)
        if logged is None:
            raise NotLogged
        entry = decode_entry(row.content)
        if entry.remains is not UNSET:
            raise Erased(
                Problem("period", "has a branch about somebody who was erased, which cannot be opened any more")
            )
        commitments = Commitments(_secrets(self._tools.sealer.open_for(row.wrapped, "entry", row.sealed)).secret)
        return Stored(entry, row.commitment, commitments, logged)


def _number_of(question: Entry) -> int:
    """Return the number of the last branch of a chain, as the entry of the question has it."""
    return int(question.reference.rsplit(" ", 2)[1])


def _of_number(recipient: str, number: int) -> Callable[[Branch, ViewEntry], bool]:
    return lambda branch, _: (branch.recipient, branch.number) == (recipient, number)


def _rests(ground: tuple[str, str], agency: str | None, branch: Branch, view: ViewEntry) -> bool:
    """Tell whether a branch is the caller's to see, and its view rests on an agreement; a rule is looked for later."""
    kind, name = ground
    on = kind == "rule" or any(name in {each, each.partition("@")[0]} for each in view.agreements)
    return on and agency in {None, branch.agency}


def _kept(
    find: Callable[[tuple[str, ...]], Mapping[str, str]],
) -> Callable[[tuple[str, ...]], Mapping[str, str]]:
    """Return the same, which is asked once for each."""
    found: dict[tuple[str, ...], Mapping[str, str]] = {}

    def kept(versions: tuple[str, ...]) -> Mapping[str, str]:
        if versions not in found:
            found[versions] = find(versions)
        return found[versions]

    return kept


def _cursor_of(place: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")
