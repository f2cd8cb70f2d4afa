"""Ids for events that are made from somebody else's record: the same fact, the same id.

An id is a keyed digest of what the event says, so a message that comes twice is one event, and an
id in a log tells nobody whom it is about. The key stays in a file beside the outbox; a copy of it
goes to every process that serves the same feed. What losing it costs: repeats of what was sent
before are taken for new events.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Self

from schemas.canonical import canonical_bytes
from schemas.events.occurrence import Occurrence

KEY_BYTES = 32


class EventIds:
    """Gives ids under one key."""

    def __init__(self, key: bytes) -> None:
        """Take the key, of 32 bytes or more; raises ``ValueError``."""
        if len(key) < KEY_BYTES:
            raise ValueError("the key of the event ids is shorter than 32 bytes")
        self._key = key

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the key's file, or make it, readable by its owner alone."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            new = path.with_suffix(f".{os.getpid()}")
            new.touch(0o600)
            new.write_bytes(secrets.token_bytes(KEY_BYTES))
            new.replace(path)
        return cls(path.read_bytes())

    def of(self, kind: str, time: dt.datetime, data: Occurrence) -> str:
        """Return the id of an event of this type, time and content: 32 hexadecimal digits."""
        return self.digest(canonical_bytes([kind, time, data]))

    def digest(self, content: bytes) -> str:
        """Return the keyed digest of some bytes: 32 hexadecimal digits."""
        return hmac.new(self._key, content, hashlib.sha256).hexdigest()[:32]
