"""What the record, the mailboxes and the desks of a hub say, and whether it is all the same."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import psycopg

from hub.ledger.entry import Entry, decode_entry
from hub.sealing import Sealer
from hub.store.postgres import PostgresStore
from schemas.catalogue import Lane
from tests.faults.flow import PAUSE, Desk
from tests.faults.killing import told_in
from tests.faults.ledgers import does_not_hold
from tests.faults.steady import Load, Told, names, overtaken
from tests.fixtures.workforce import Workforce

SETTLES_IN = 180.0
"""How long everything that was sent may take to come to its end, in seconds."""


class Mailed(msgspec.Struct, frozen=True):
    """One copy in a mailbox, with whom it is about."""

    recipient: str
    number: int
    copy: str
    lane: str
    person: str | None


class Accounts:
    """A hub's record as it is now."""

    def __init__(self, workforce: Workforce) -> None:
        """Read it."""
        self._database = workforce.database
        self.sealer = Sealer((workforce.data / "secret").read_bytes())
        entries = rows(workforce.database, 'SELECT content FROM entries ORDER BY "index"')
        self.entries: list[Entry] = [decode_entry(bytes(content)) for (content,) in entries]
        self.mail = [Mailed(*row) for row in rows(workforce.database, MAIL)]
        self.unsent = rows(workforce.database, "SELECT id FROM departures WHERE sent_at IS NULL")
        self.held = [reason for (reason,) in rows(workforce.database, "SELECT reason FROM held WHERE state = 'held'")]

    def taken(self, sent: Mapping[str, Iterable[str]]) -> list[str]:
        """Return the ids of those published events that were taken, in the order of the record."""
        known = names(self.sealer, sent)
        return [known[e.reference] for e in self.entries if e.kind == "collection" and e.reference in known]

    def told(self, sent: Mapping[str, Iterable[str]]) -> Told:
        """Return who was told what of published events, and how often."""
        return Counter(told_in(self.entries, names(self.sealer, sent)))

    def broken_chains(self) -> list[str]:
        """Return the recipients whose numbers have a gap, or one twice."""
        numbers: dict[str, list[int]] = {}
        for each in self.mail:
            numbers.setdefault(each.recipient, []).append(each.number)
        return [who for who, of in numbers.items() if sorted(of) != list(range(1, len(of) + 1))]

    def ledger_faults(self) -> list[str]:
        """Return what of the ledger does not hold."""
        return does_not_hold(PostgresStore(self._database), self.sealer)

    def missing(self, desk: Desk) -> set[str]:
        """Return what is in a recipient's mailbox and never came to its desk, or the other way round."""
        return self._mailed(desk).keys() ^ {delivery for _, delivery in self._came(desk)}

    def out_of_order(self, desk: Desk) -> list[str]:
        """Return what came to a desk for the first time after something later of the same person and lane."""
        known = self._mailed(desk)
        latest: dict[Any, int] = {}
        late = []
        for lane, delivery in dict.fromkeys(self._came(desk)):
            key = (known[delivery].person, lane)
            if known[delivery].number < latest.get(key, 0):
                late.append(delivery)
            latest[key] = max(known[delivery].number, latest.get(key, 0))
        return late

    def _came(self, desk: Desk) -> list[tuple[Lane, str]]:
        """Return what came to a desk, but what comes again since an earlier desk closed before its broker knew."""
        again = {m.copy for m in self.mail if m.recipient == desk.recipient and m.number <= desk.after}
        return [(lane, delivery) for lane, delivery in desk.copies if delivery not in again]

    def _mailed(self, desk: Desk) -> dict[str, Mailed]:
        return {m.copy: m for m in self.mail if m.recipient == desk.recipient and m.number > desk.after}


class Harm(msgspec.Struct, frozen=True, kw_only=True):
    """What must never be: how often it was."""

    lost: int = 0
    """Events that the broker had, not in the record; copies that were owed and not told, or never came to a desk."""
    doubled: int = 0
    """Events that are in the record twice; copies that were told twice, under delivery ids of their own."""
    unexpected: int = 0
    """Copies that a hub to which nothing happens would not have made."""
    overtaken: int = 0
    """Events taken after a later one of the same publisher, person and lane."""
    out_of_order: int = 0
    """Copies that came to a desk after a later one of the same person and lane."""
    broken: int = 0
    """Mailboxes whose numbers have a gap or stand twice."""
    early: int = 0
    """Copies that came to a desk before they were in the record."""
    held: int = 0
    """What was put aside for an operator, though nothing was wrong with it."""


async def settled(workforce: Workforce, load: Load, desks: Sequence[Desk], seconds: float = SETTLES_IN) -> None:
    """Return when everything that was sent is taken, and has come to the desks; or when it will no more."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(lambda: _at_rest(Accounts(workforce), load, desks)):  # noqa: ASYNC110 - others do it
                await asyncio.sleep(PAUSE)


def _at_rest(accounts: Accounts, load: Load, desks: Sequence[Desk]) -> bool:
    taken = set(accounts.taken(load.sent))
    return all(taken.issuperset(ids) for ids in load.sent.values()) and not (
        accounts.unsent or any(accounts.missing(desk) for desk in desks)
    )


async def harm(workforce: Workforce, load: Load, desks: Sequence[Desk]) -> Harm:
    """Compare what was sent with the record, the record with the desks, and both with a hub that was left in peace."""
    accounts, owed = Accounts(workforce), await load.expected()
    taken, told = Counter(accounts.taken(load.sent)), accounts.told(load.sent)
    sent = {event_id for ids in load.sent.values() for event_id in ids}
    return Harm(
        lost=len(sent - taken.keys()) + (owed - told).total() + sum(len(accounts.missing(desk)) for desk in desks),
        doubled=taken.total() - len(taken) + told.total() - len(told),
        unexpected=len(told.keys() - owed.keys()),
        overtaken=len(overtaken(taken)),
        out_of_order=sum(len(accounts.out_of_order(desk)) for desk in desks),
        broken=len(accounts.broken_chains()) + len(await asyncio.to_thread(accounts.ledger_faults)),
        early=sum(len(desk.early) for desk in desks),
        held=len(accounts.held),
    )


def rows(database: str, question: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what a database answers."""
    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        return connection.execute(question, values).fetchall()  # type: ignore[arg-type]  # our own words


MAIL = """
SELECT mail.recipient, mail.number, mail.copy, mail.lane, entries.person
FROM mail JOIN copies ON copies.id = mail.copy JOIN entries ON entries.id = copies.entry ORDER BY mail.number
"""
