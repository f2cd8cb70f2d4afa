"""Whether the log over the record is kept: while it is not, nothing is disclosed.

Whoever lets the log grow notes here what it saw; whoever is about to disclose something asks here, and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from hub.errors import LogBroken, LogStale

LIMIT_SECONDS = 120.0
"""For how long something may be recorded and not be under a signed checkpoint, unless the settings say otherwise."""


class Upkeep:
    """What was last seen of the log, in memory: asking costs an event no statement."""

    def __init__(self, limit: float = LIMIT_SECONDS, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin as if all were signed; ``limit`` is in seconds, and so is what ``monotonic`` gives."""
        self.limit = limit
        self._monotonic = monotonic
        self._broken = False
        self._since = monotonic()

    def signed(self, *, but_for: float = 0.0) -> None:
        """Note that the log is right, and that all is signed but what was recorded within so many seconds."""
        self._broken, self._since = False, self._monotonic() - but_for

    def is_broken(self) -> None:
        """Note that the log is not what was signed; it stays so until it was seen to be right."""
        self._broken = True

    @property
    def broken(self) -> bool:
        """Whether the log was seen not to be what was signed."""
        return self._broken

    @property
    def unsigned_seconds(self) -> float:
        """How long something may have waited for a signed checkpoint: the time since nothing did."""
        return max(self._monotonic() - self._since, 0.0)

    @property
    def stopped(self) -> bool:
        """Whether nothing may be disclosed."""
        return self._broken or self.unsigned_seconds > self.limit

    def check(self) -> None:
        """Return if something may be disclosed.

        Raises:
            LogBroken, LogStale: nothing may.
        """
        if self.stopped:
            raise LogBroken if self._broken else LogStale
