"""A small SQLite file that an adapter keeps what it must not lose in."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWNER_ONLY = 0o600


class Database:
    """One file, one connection, one writer at a time; usable from any thread.

    WAL with ``synchronous`` FULL: what a transaction wrote is on the disc when it ends. The file
    holds personal data, so only its owner may read it; the disc's encryption is the agency's.
    """

    def __init__(self, path: Path, schema: str) -> None:
        """Open or make the file; ``schema`` creates what is missing.

        Raises:
            OSError, sqlite3.Error: the file cannot be used.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(OWNER_ONLY, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30.0)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA secure_delete=ON")
        self._connection.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for one transaction: durable at its end, undone if anything is raised."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
