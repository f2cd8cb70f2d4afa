"""How many submissions, and how many bytes of them, the door holds at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hub.errors import Problem, TooBusy


class Hold:
    """The bytes of one submission that are in memory."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.size = 0

    def take(self, size: int) -> None:
        """Count bytes that arrived; raises ``TooBusy`` where the door has no room for them."""
        self._gate.take(size)
        self.size += size


class Gate:
    """Room is taken as bytes arrive, not as they are announced: a slow sender takes up only what it sent."""

    def __init__(self, most_waiting: int, most_bytes: int) -> None:
        self._most_waiting = most_waiting
        self._most_bytes = most_bytes
        self.waiting = 0
        self.size = 0

    @contextmanager
    def arriving(self) -> Iterator[Hold]:
        """Hold a submission's bytes from their arrival to the end; raises ``TooBusy`` at once when full."""
        self._check()
        hold = Hold(self)
        try:
            yield hold
        finally:
            self.size -= hold.size

    @contextmanager
    def submitted(self) -> Iterator[None]:
        """Count a submission while it waits for the hub; raises ``TooBusy``."""
        self._check()
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1

    def take(self, size: int) -> None:
        """Count bytes; raises ``TooBusy``."""
        if self.size + size > self._most_bytes:
            raise TooBusy(Problem("body", "does not fit beside what is waiting"))
        self.size += size

    def _check(self) -> None:
        if self.waiting >= self._most_waiting:
            raise TooBusy
