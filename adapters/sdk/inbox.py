"""Copies in a recipient's hands: on disc before the receipt, handled in order, seen to once."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.sdk.copies import Copy, read_copy
from adapters.sdk.database import Database
from schemas.catalogue import CATALOGUE
from schemas.exchange import Waiting

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS copies (
    delivery TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    person BLOB,
    body BLOB NOT NULL,
    kept_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'handled', 'parked')),
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    reason TEXT
);
CREATE TABLE IF NOT EXISTS erased (delivery TEXT PRIMARY KEY, by TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS copies_in_order ON copies (state, lane, number);
CREATE INDEX IF NOT EXISTS copies_of_a_person ON copies (person, state, lane, number);
"""
SPACING: Final = (1.0, 10.0, 60.0, 600.0)
"""Seconds before a copy that its handler could not take is tried again; then it is parked."""
_COLUMNS: Final = "delivery, number, body, kept_at"
_KEEP: Final = (
    "INSERT INTO copies (delivery, number, lane, person, body, kept_at, state, reason) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (delivery) DO NOTHING"
)
# A copy waits behind an earlier one of the same person in its lane that has yet to succeed;
# other people's copies go past it.
_NEXT: Final = f"""
SELECT {_COLUMNS} FROM copies AS mine WHERE state = 'waiting' AND not_before <= ? AND NOT EXISTS (
    SELECT 1 FROM copies AS earlier WHERE earlier.person = mine.person AND earlier.state = 'waiting'
    AND earlier.lane = mine.lane AND earlier.number < mine.number
) ORDER BY lane, number LIMIT 1
"""  # noqa: S608 - the columns are ours
_WAKE: Final = "SELECT MIN(not_before) FROM copies WHERE state = 'waiting'"
_HANDLED: Final = "UPDATE copies SET state = 'handled', reason = NULL WHERE delivery = ?"
_ATTEMPTS: Final = "SELECT attempts FROM copies WHERE delivery = ?"
_LATER: Final = "UPDATE copies SET attempts = attempts + 1, not_before = ?, reason = ? WHERE delivery = ?"
_PARK: Final = (
    "UPDATE copies SET attempts = attempts + 1, state = 'parked', reason = ? WHERE delivery = ? AND state = 'waiting'"
)
_PARKED: Final = "SELECT delivery, number, reason, attempts FROM copies WHERE state = 'parked' ORDER BY number"
_RETRY: Final = (
    "UPDATE copies SET state = 'waiting', attempts = 0, not_before = 0 WHERE delivery = ? AND state = 'parked'"
)
_HISTORY: Final = f"""
SELECT {_COLUMNS} FROM copies WHERE state = 'handled' AND body <> x'' AND number > ? ORDER BY number LIMIT 100
"""  # noqa: S608 - as above
_LAST: Final = "SELECT COALESCE(MAX(number), 0) FROM copies"
_KNOWN: Final = "SELECT 1 FROM copies WHERE delivery = ?"
_FORGET: Final = "UPDATE copies SET body = x'', person = NULL WHERE state = 'handled' AND kept_at < ? AND body <> x''"
_ERASED: Final = "INSERT INTO erased (delivery, by) VALUES (?, ?) ON CONFLICT (delivery) DO NOTHING"
_ERASE: Final = (
    "UPDATE copies SET body = x'', person = NULL, state = 'handled', reason = NULL WHERE delivery = ? "
    "AND delivery IN (SELECT delivery FROM erased)"
)
_COUNTS: Final = "SELECT state, COUNT(*) FROM copies GROUP BY state"


class Parked(msgspec.Struct, frozen=True):
    """A copy that its handler could not take: the kind of the last failure, and no value."""

    delivery: str
    number: int
    reason: str
    attempts: int


class Inbox:
    """One recipient's copies in a file. Deliveries are remembered for ever, contents until ``forget``."""

    def __init__(self, path: Path) -> None:
        """Open or make the file."""
        self._database = Database(path, SCHEMA)

    def keep(self, copies: Iterable[Waiting], now: dt.datetime) -> int:
        """Make copies durable; return how many are new. One that cannot be read is kept too, and parked.

        What a copy takes the place of, or takes back, is erased with it: it is not handled any more, and where it comes
        later it is erased as it comes.
        """
        rows = [_row(each, now) for each in copies]
        with self._database.transaction() as connection:
            new = 0
            for row, replaces in rows:
                new += connection.execute(_KEEP, row).rowcount
                if replaces is not None:
                    connection.execute(_ERASED, (replaces, row[0]))
                    connection.execute(_ERASE, (replaces,))
                connection.execute(_ERASE, (row[0],))
            return new

    def next(self, now: float) -> Copy | None:
        """Return the copy to handle now: urgent before routine, by number; None when none is due."""
        with self._database.transaction() as connection:
            row = connection.execute(_NEXT, (now,)).fetchone()
        return _copy(row) if row else None

    def due_at(self) -> float | None:
        """Return when the next copy may be handled (a Unix time), or None when nothing waits."""
        with self._database.transaction() as connection:
            due: float | None = connection.execute(_WAKE).fetchone()[0]
        return due

    def handled(self, delivery: str) -> None:
        """Mark a copy as done; it will not come again."""
        with self._database.transaction() as connection:
            connection.execute(_HANDLED, (delivery,))

    def failed(self, delivery: str, reason: str, now: float) -> bool:
        """Put a copy back for a later attempt, or park it after the last; return whether it is parked."""
        with self._database.transaction() as connection:
            (attempts,) = connection.execute(_ATTEMPTS, (delivery,)).fetchone()
            if attempts >= len(SPACING):
                connection.execute(_PARK, (reason, delivery))
                return True
            connection.execute(_LATER, (now + SPACING[attempts], reason, delivery))
            return False

    def parked(self) -> Sequence[Parked]:
        """Return the copies that somebody has to look at."""
        with self._database.transaction() as connection:
            return [Parked(*row) for row in connection.execute(_PARKED)]

    def retry(self, delivery: str) -> None:
        """Let a parked copy be handled again, its cause mended."""
        with self._database.transaction() as connection:
            connection.execute(_RETRY, (delivery,))

    def history(self) -> Iterator[Copy]:
        """Return the handled copies that are not forgotten, by number; a page at a time is in memory."""
        after = 0
        while page := self._page(after):
            yield from (_copy(row) for row in page)
            after = page[-1][1]

    def last(self) -> int:
        """Return the highest number of a copy that ever came into our hands; 0 for none."""
        with self._database.transaction() as connection:
            highest: int = connection.execute(_LAST).fetchone()[0]
        return highest

    def knows(self, delivery: str) -> bool:
        """Return whether a copy ever came into our hands."""
        with self._database.transaction() as connection:
            return connection.execute(_KNOWN, (delivery,)).fetchone() is not None

    def forget(self, before: dt.datetime) -> int:
        """Erase the contents of handled copies kept before a time; return how many."""
        with self._database.transaction() as connection:
            return connection.execute(_FORGET, (before.astimezone(dt.UTC).isoformat(),)).rowcount

    def counts(self) -> Mapping[str, int]:
        """Return how many copies wait, are handled and are parked."""
        with self._database.transaction() as connection:
            return {"waiting": 0, "handled": 0, "parked": 0} | dict(connection.execute(_COUNTS))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _page(self, after: int) -> list[tuple[str, int, bytes, str]]:
        with self._database.transaction() as connection:
            return connection.execute(_HISTORY, (after,)).fetchall()


def _row(waiting: Waiting, now: dt.datetime) -> tuple[tuple[Any, ...], str | None]:
    """Return a copy as it is kept, and which delivery it takes the place of."""
    body = bytes(waiting.copy)
    kept_at = now.astimezone(dt.UTC).isoformat()
    try:
        copy = read_copy(body, waiting.delivery, waiting.number, now)
    except ValueError:
        unread = (waiting.delivery, waiting.number, 1, None, body, kept_at, "parked", "not a copy of an event")
        return unread, None
    known = CATALOGUE.get(copy.type)
    lane = 0 if known and known.lane == "urgent" else 1
    row = (waiting.delivery, waiting.number, lane, _person(copy), body, kept_at, "waiting", None)
    return row, copy.replaces


def _person(copy: Copy) -> bytes | None:
    """Return a digest that says which copies are of one person, from what was given of them."""
    subject = copy.given.get("subject")
    if not subject or not isinstance(subject, Mapping):
        return None
    numbers = sorted(str(value) for value in copy.all("subject.identifiers[].value"))
    named = numbers[:1] or [str(subject.get(part, "")) for part in ("surname", "forename", "date_of_birth")]
    return hashlib.sha256("\x00".join(named).encode()).digest()


def _copy(row: tuple[str, int, bytes, str]) -> Copy:
    delivery, number, body, kept_at = row
    return read_copy(body, delivery, number, dt.datetime.fromisoformat(kept_at))
