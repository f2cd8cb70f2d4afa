"""The whole check: every entry once, with its copies, its chains and its place in the log."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

import msgspec

from hub.ledger.checking.chains import Chains
from hub.ledger.checking.entries import Opened, Unreadable, copies_differ, opened
from hub.ledger.checking.erasures import Erasures
from hub.ledger.checking.kept import not_continued
from hub.ledger.checking.mailboxes import Mailboxes
from hub.ledger.checking.shards import apart, first_of_all, misplaced
from hub.ledger.checking.tree import TreeCheck
from hub.ledger.entry import Entry
from hub.sealing import Sealer
from hub.store.log_port import Held, LogHead, LogStore, Recorded
from schemas.note import Verifier

PORTION = 256
MANY = 100
"""How many copies without an entry are named."""
ROUNDS = 5
"""How often what was added meanwhile is looked at, before the ends of chains are compared."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that is not as it must be: what it is of, and what is wrong."""

    of: str
    what: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a check came to."""

    entries: int
    """How many entries were looked at."""
    before: int
    """Up to which place of the record there was no log yet, so that nothing was looked at."""
    size: int
    """How many of them are under the checkpoint."""
    findings: tuple[Finding, ...]


class Check:
    """Looks at everything that is stored of the record, from the entries up."""

    def __init__(
        self,
        store: LogStore,
        sealer: Sealer,
        keys: Sequence[Verifier],
        progress: Callable[[int, int], None],
        kept: Sequence[str] = (),
    ) -> None:
        """Take the store, what opens it, the log's public keys, who is told how much is done, and kept checkpoints."""
        self._kept = kept
        self._store, self._sealer, self._keys, self._progress = store, sealer, keys, progress
        self._done = self._first = self._end = 0
        self._chains, self._mailboxes, self._erasures = Chains(from_the_start=True), Mailboxes(), Erasures()

    def run(self) -> Checked:
        """Look at everything."""
        heads = self._store.heads()
        self._first, self._end = heads[0].first, self._store.end()
        self._chains = Chains(from_the_start=self._first == 0)
        findings = [Finding(of, what) for of, what in self._findings(heads)]
        size = sum(head.size for head in heads)
        return Checked(entries=self._done, before=self._first, size=size, findings=tuple(findings))

    def _findings(self, heads: Sequence[LogHead]) -> Iterator[tuple[str, str]]:
        at = self._first
        yield from apart(heads, self._keys)
        for head in heads[1:]:
            at = yield from self._shard(head, at)
        tiled = self._store.tiled()
        for shard in sorted(tiled - {head.shard for head in self._store.heads()}):
            yield f"log shard {shard}", "has tiles, and the log does not know of it"
        for kept in self._kept:
            if what := not_continued(self._store, self._keys, kept):
                yield "kept checkpoint", what
        yield from self._behind(max(at, heads[-1].last))
        yield from ((f"entry {entry}", what) for entry, what in self._mailboxes.missed())
        yield from ((f"entry {entry}", what) for entry, what in self._erasures.missed())
        yield from ((f"copy {copy}", "was made, and no entry says so") for copy in self._store.unrecorded(limit=MANY))

    def _shard(self, head: LogHead, at: int) -> Generator[tuple[str, str], None, int]:
        """Look at one shard and the entries under it; return the place up to which all were looked at."""
        tree = TreeCheck(self._store, head, self._keys)
        for tile, upto in tree.groups():
            begin = (tile.first or 0) - 1
            if begin < head.first:
                yield f"log tile {head.shard}/0/{tile.number}", "begins before the log does"
            for stray in self._portions(at, begin):
                yield from self._each(stray)
                yield from ((f"entry {each.row.id}", "is not in the log where it stands") for each in stray)
            under = [each for portion in self._portions(begin, upto) for each in portion]
            yield from self._each(under)
            yield from tree.follow(tile, under)
            yield from misplaced(head, under)
            if tile.number == 0 and under:
                yield from first_of_all(head, under[0])
            at = max(at, upto)
        yield from tree.finish()
        return at

    def _behind(self, at: int) -> Iterator[tuple[str, str]]:
        """Look at what the log has not taken in yet, and where the chains end."""
        rounds, complete, heads = 0, False, self._store.chains()
        while not complete and rounds < ROUNDS:
            end = self._end = self._store.end()
            for portion in self._portions(at, end):
                yield from self._each(portion)
            heads = self._store.chains()
            at, rounds, complete = end, rounds + 1, self._store.end() == end
        for recipient, what in self._chains.missed(heads, complete=complete):
            yield f"recipient {recipient}", what

    def _portions(self, after: int, upto: int) -> Iterator[Sequence[Recorded]]:
        while after < upto and (found := self._store.recorded(after, upto, limit=PORTION)):
            yield found
            after = found[-1].place

    def _each(self, recorded: Sequence[Recorded]) -> Iterator[tuple[str, str]]:
        """Look at some entries, each by itself."""
        readable: dict[str, tuple[Opened, list[str]]] = {}
        for each in recorded:
            try:
                readable[each.row.id] = opened(each, self._sealer)
            except Unreadable as unreadable:
                yield f"entry {each.row.id}", str(unreadable)
        held = self._held({name: found.entry for name, (found, _) in readable.items()})
        for name, (found, wrong) in readable.items():
            differing = copies_differ(found, held[name], self._sealer)
            elsewhere, chained = self._mailboxes.follow(found.entry, held[name]), self._chains.follow(found)
            yield from ((f"entry {name}", what) for what in (*wrong, *differing, *elsewhere, *chained))
            yield from ((f"entry {of}", what) for of, what in self._erasures.follow(found.entry, held[name]))
        self._done += len(recorded)
        if recorded:
            self._progress(recorded[-1].place - self._first, max(self._end - self._first, 1))

    def _held(self, entries: Mapping[str, Entry]) -> Mapping[str, Sequence[Held]]:
        """Return the copies that go with each entry, and those that it names and that go with another."""
        held: dict[str, list[Held]] = {name: [] for name in entries}
        named = {view.copy: name for name, entry in entries.items() for view in entry.views if view.copy}
        there = self._store.copies(held.keys())
        for copy in (*there, *self._store.copies_named(named.keys() - {copy.copy for copy in there})):
            for name in {copy.entry, named.get(copy.copy, copy.entry)} & held.keys():
                held[name].append(copy)
        return held
