"""Processor time, by whoever spends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import psutil

Pids = Callable[[], Sequence[int]]


class Processor:
    """Who spends processor time: some parties, each with its processes."""

    def __init__(self, parties: Mapping[str, Pids]) -> None:
        """Take what finds the processes of each party; those whom a process of theirs started and outlived count."""
        self._parties = parties
        self._then = self._now()

    def spent(self) -> dict[str, float]:
        """Return the seconds that each party has spent since this was made."""
        return {party: seconds - self._then[party] for party, seconds in self._now().items()}

    def _now(self) -> dict[str, float]:
        return {party: sum(map(_seconds, pids())) for party, pids in self._parties.items()}


def _seconds(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
