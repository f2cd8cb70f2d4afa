"""Timing that a busy machine disturbs little: peers take turns, their processor time is taken, medians are compared."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

SLICE_SECONDS = 0.004
"""How long a peer runs in one turn: long beside the clock's grain, short beside what else the machine does."""


class Figure(msgspec.Struct, frozen=True):
    """One figure of the report."""

    name: str
    value: float
    unit: str
    what: str


def take_turns(peers: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return for each peer the processor's microseconds of one call, in every round; a round gives each one turn."""
    calls = {name: _calls(peer) for name, peer in peers.items()}
    taken: dict[str, list[float]] = {name: [] for name in peers}
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name, peer in peers.items():
            taken[name].append(_turn(peer, calls[name]))
    gc.unfreeze()
    return taken


def ratio(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the median of the ratios within each round, so that a slow moment slows both sides of a ratio."""
    return statistics.median(a / b for a, b in zip(one, other, strict=True))


def _turn(peer: Callable[[], object], calls: int) -> float:
    began = time.process_time()
    for _ in range(calls):
        peer()
    return (time.process_time() - began) / calls * 1e6


def _calls(peer: Callable[[], object]) -> int:
    peer()  # whatever is made once is made now
    return max(1, round(SLICE_SECONDS * 1e6 / min(_turn(peer, 3) for _ in range(3))))
