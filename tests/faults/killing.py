"""A hub, its publishers and its subscribers as processes, killed at random moments; and then the reckoning."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from hub.ledger.entry import Entry, decode_entry
from hub.sealing import Sealer
from hub.store.sqlite import SqliteStore
from tests.faults.ledgers import does_not_hold
from tests.faults.load import PUBLISHERS, SUBSCRIBERS, event_of
from tests.fixtures.serving import Serving, kill, program
from tests.fixtures.story import Story

Told = tuple[str, str, str]
"""A recipient, the type that it was told, and the published event that this comes from."""


class Reckoning(msgspec.Struct, kw_only=True):
    """What became of everything that the hub had answered; all but the first four must be nought."""

    hub_kills: int
    client_kills: int
    events: int
    copies: int
    events_lost: int
    events_doubled: int
    copies_lost: int
    copies_doubled: int
    copies_unexpected: int
    out_of_order: int
    chain_broken: int


class Killing:
    """Everything that runs. ``round`` lets it run for a moment, and then kills."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Make keys and folders; nothing runs yet."""
        self.folder, self.random = folder, random.Random(seed)
        self.start = dt.datetime.now(dt.UTC).replace(microsecond=0)
        self.hub = Serving(folder, level="info")
        for agency in {*PUBLISHERS, *SUBSCRIBERS.values()}:
            self.hub.agencies.keys[agency].save(folder / f"{agency}.pem")
        self._clients: dict[str, subprocess.Popen[bytes]] = {}
        self.hub_kills = self.client_kills = 0
        self._before: dict[str, int] = {}

    def run(self, kills: int, events: int = 100) -> Reckoning:
        """Kill so many times, and when more than so many events are answered let everything come to its end; reckon."""
        self.hub.start()
        try:
            self._start_clients()
            for _ in range(kills):
                self._round()
            self._wait(lambda: sum(len(_answered(self.folder / f"{a}.answered")) for a in PUBLISHERS) > events)
            self._finish()
        finally:
            self.hub.kill()
            for client in self._clients.values():
                kill(client)
        return reckon(self)

    def _round(self) -> None:
        self._flowing()
        time.sleep(self.random.uniform(0.0, 0.4))
        victims = [self.random.choice(sorted(SUBSCRIBERS))]
        victims += [self.random.choice(sorted(PUBLISHERS))] if self.random.random() < 0.5 else []
        for victim in victims:
            kill(self._clients.pop(victim))
            self.client_kills += 1
        self.hub.kill()
        self.hub_kills += 1
        self._start_clients()
        # Now and then it is killed while it starts, too.
        self.hub.start(wait=self.random.random() < 0.8)
        self.hub.ready()

    def _flowing(self) -> None:
        """Wait until events are answered, and copies handled by everybody, again since the last kill."""
        self._wait(lambda: all(size > self._before.get(name, 0) for name, size in self._sizes().items()))
        self._before = self._sizes()

    def _wait(self, reached: Callable[[], bool]) -> None:
        """Wait for the others, and no longer than a busy machine needs: what is missing then is found afterwards."""
        until = time.monotonic() + 120
        while not reached() and time.monotonic() < until:
            time.sleep(0.02)

    def _sizes(self) -> dict[str, int]:
        files = [self.folder / f"{a}.answered" for a in PUBLISHERS] + [
            self.folder / f"{r}.handled" for r in SUBSCRIBERS
        ]
        return {f.name: f.stat().st_size if f.exists() else 0 for f in files}

    def _start_clients(self) -> None:
        common = (str(self.folder), self.hub.address)
        for agency in PUBLISHERS:
            self._start(agency, "tests.faults.publisher", *common, agency, self.start.isoformat())
        for recipient, agency in SUBSCRIBERS.items():
            self._start(recipient, "tests.faults.subscriber", *common, agency, recipient)

    def _start(self, name: str, module: str, *arguments: str) -> None:
        if name not in self._clients:
            self._clients[name] = program("-m", module, *arguments, log=self.folder / "clients.log")

    def _finish(self) -> None:
        """Let publishers end after their last answer, subscribers when nothing waits for them, and the hub as it
        should.
        """
        (self.folder / "stop").touch()
        for agency in PUBLISHERS:
            assert self._clients[agency].wait(120) == 0, (self.folder / "clients.log").read_text()[-2000:]
        self._wait(lambda: not self._unreceived())
        for recipient in SUBSCRIBERS:
            self._clients[recipient].terminate()
            self._clients[recipient].wait(60)
        assert self.hub.stop() == 0

    def _unreceived(self) -> int:
        marks = ", ".join("?" for _ in SUBSCRIBERS)
        asked = f"SELECT COUNT(*) FROM mail WHERE received_at IS NULL AND recipient IN ({marks})"  # noqa: S608 - question marks alone
        ((found,),) = rows(self.hub.data / "hub.sqlite", asked, *SUBSCRIBERS)
        return int(found)


def rows(path: Path, question: str, *values: object) -> list[tuple[object, ...]]:
    """Return what a database answers."""
    with sqlite3.connect(path, timeout=30) as db:
        found = db.execute(question, values).fetchall()
    db.close()
    return found


def reckon(killing: Killing) -> Reckoning:
    """Compare record, mailboxes and inboxes with what was answered, and with a hub that nobody killed."""
    answered = {agency: _answered(killing.folder / f"{agency}.answered") for agency in PUBLISHERS}
    expected = asyncio.run(undisturbed(killing.folder, {a: len(ids) for a, ids in answered.items()}, killing.start))
    ours = Sealer((killing.hub.data / "secret").read_bytes())
    entries = entries_of(killing.hub.data / "hub.sqlite")
    names = {_reference(ours, a, i): f"{a}-{i}" for a, ids in answered.items() for i in range(len(ids))}
    collected = Counter(names.get(e.reference, "unknown") for e in entries if e.kind == "collection")
    told = Counter(told_in(entries, names))
    return Reckoning(
        hub_kills=killing.hub_kills,
        client_kills=killing.client_kills,
        events=len(names),
        copies=sum(told.values()),
        events_lost=sum(1 for name in names.values() if not collected[name]),
        events_doubled=sum(n - 1 for n in collected.values()) + sum(_doubled(ids) for ids in answered.values()),
        copies_lost=(expected - told).total()
        + sum(len(_mailed(killing, r) - set(_kept(killing, r))) for r in SUBSCRIBERS),
        copies_doubled=sum(n - 1 for n in told.values()) + sum(_doubled(_kept(killing, r)) for r in SUBSCRIBERS),
        copies_unexpected=(told - expected).total()
        + sum(len(set(_kept(killing, r)) - _mailed(killing, r)) for r in SUBSCRIBERS),
        out_of_order=sum(_out_of_order(killing, r, entries, names) for r in SUBSCRIBERS),
        chain_broken=sum(
            _broken(killing, recipient, entries) for recipient in {b.recipient for e in entries for b in e.branches}
        )
        + len(does_not_hold(SqliteStore(killing.hub.data / "hub.sqlite"), ours)),
    )


async def undisturbed(folder: Path, counts: dict[str, int], start: dt.datetime) -> Counter[Told]:
    """Return what everybody is told of the same events by a hub that runs in peace."""
    (folder / "undisturbed").mkdir()
    async with Story(folder / "undisturbed", now=start + dt.timedelta(minutes=1)) as story:
        for agency, count in counts.items():
            bodies = [msgspec.json.encode(event_of(agency, i, start)) for i in range(count)]
            for first in range(0, count, 200):
                await story.hub.publish(story.principal(agency), bodies[first : first + 200])
    names = {_reference(story.tools.sealer, a, i): f"{a}-{i}" for a, count in counts.items() for i in range(count)}
    return Counter(told_in(entries_of(story.path), names))


def told_in(entries: Iterable[Entry], names: dict[str, str]) -> Iterator[Told]:
    """Yield who was told what, by the record."""
    for entry in entries:
        yield from ((b.recipient, entry.event, names.get(entry.reference, "unknown")) for b in entry.branches)


def entries_of(path: Path) -> list[Entry]:
    """Return the whole record."""
    return [decode_entry(bytes(content)) for (content,) in rows(path, 'SELECT content FROM entries ORDER BY "index"')]  # type: ignore[arg-type]  # bytes by the table


def _reference(sealer: Sealer, agency: str, i: int) -> str:
    return sealer.hash("seen", f"https://{agency}.example/records", f"{agency}-{i}").hex()


def _answered(path: Path) -> list[str]:
    return [line.split()[0] for line in path.read_text().splitlines()]


def _doubled(ids: Iterable[str]) -> int:
    return sum(n - 1 for n in Counter(ids).values())


def _mailed(killing: Killing, recipient: str) -> set[str]:
    return {
        str(c) for (c,) in rows(killing.hub.data / "hub.sqlite", "SELECT copy FROM mail WHERE recipient = ?", recipient)
    }


def _kept(killing: Killing, recipient: str) -> list[str]:
    return [
        str(d)
        for (d,) in rows(
            killing.folder / f"{recipient}.inbox", "SELECT delivery FROM copies WHERE state = 'handled' ORDER BY number"
        )
    ]


def _out_of_order(killing: Killing, recipient: str, entries: list[Entry], names: dict[str, str]) -> int:
    """Return how often a copy of an event was first handled after one of a later event of the same person and lane."""
    of = {view.copy: (e.person, names.get(e.reference, "unknown-0")) for e in entries for view in e.views}
    lanes = dict(rows(killing.hub.data / "hub.sqlite", "SELECT copy, lane FROM mail WHERE recipient = ?", recipient))
    latest: dict[tuple[object, object], int] = {}
    wrong = 0
    handled = (killing.folder / f"{recipient}.handled").read_text().split("\n")
    for delivery in dict.fromkeys(line.split()[0] for line in handled if line):
        person, name = of[delivery]
        at, key = int(name.rsplit("-", 1)[1]), (person, lanes[delivery])
        wrong += at < latest.get(key, 0)
        latest[key] = max(at, latest.get(key, 0))
    return wrong


def _broken(killing: Killing, recipient: str, entries: list[Entry]) -> int:
    """Return how many numbers of a recipient's chain are missing or stand twice, in the record and in its mailbox."""
    recorded = [b.number for e in entries for b in e.branches if b.recipient == recipient]
    mailed = [
        n
        for (n,) in rows(
            killing.hub.data / "hub.sqlite", "SELECT number FROM mail WHERE recipient = ? ORDER BY number", recipient
        )
    ]
    whole = list(range(1, len(recorded) + 1))
    return int(recorded != whole) + int(mailed != whole)
