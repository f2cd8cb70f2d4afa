"""Events on their way to the hub, kept on disc until it has accepted or refused them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.sdk.database import Database
from schemas.envelope import Envelope

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (source, id)
)
"""
_KEEP: Final = (
    "INSERT INTO events (source, id, body) VALUES (?, ?, ?) "
    "ON CONFLICT (source, id) DO UPDATE SET body = body RETURNING position"
)
_NEXT: Final = "SELECT position, id, body FROM events WHERE position > ? ORDER BY position LIMIT ?"
_THESE: Final = "SELECT position, id, body FROM events WHERE position = ?"
_SETTLE: Final = "DELETE FROM events WHERE position = ?"


class Pending(msgspec.Struct, frozen=True):
    """One event that the hub has not answered for yet."""

    position: int
    id: str
    body: bytes


class Outbox:
    """A file of events in the order in which they are to be sent; it keeps nothing that was answered."""

    def __init__(self, path: Path) -> None:
        """Open or make the file."""
        self._database = Database(path, SCHEMA)

    def keep(self, events: Iterable[Envelope[Any]]) -> Sequence[Pending]:
        """Make events durable and return them; one whose source and id wait already is the one that waits."""
        with self._database.transaction() as connection:
            positions = [
                connection.execute(_KEEP, (event.source, event.id, msgspec.json.encode(event))).fetchone()[0]
                for event in events
            ]
            return [Pending(*connection.execute(_THESE, (position,)).fetchone()) for position in positions]

    def waiting(self, after: int = 0, limit: int = 100) -> Sequence[Pending]:
        """Return what waits behind a position, oldest first."""
        with self._database.transaction() as connection:
            return [Pending(*row) for row in connection.execute(_NEXT, (after, limit))]

    def settle(self, answered: Iterable[Pending]) -> None:
        """Forget events that the hub has answered for."""
        with self._database.transaction() as connection:
            connection.executemany(_SETTLE, [(each.position,) for each in answered])

    def close(self) -> None:
        """Close the file."""
        self._database.close()
