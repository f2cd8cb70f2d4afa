"""The long search for somebody who could tell two worlds apart that differ in nothing that it may see."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from structlog.testing import capture_logs

from hub.policy.load import load_agreements
from tests.campaign.finding import Finding
from tests.fixtures.agencies import POLICIES
from tests.fixtures.people import person
from tests.leaks.test_noninterference import WATCHERS, on_scheme
from tests.leaks.watching import told_twice
from tests.leaks.worlds import Interference, Worlds, open_store, under, under_random_agreement

CASES = int(os.environ.get("CAMPAIGN_CASES", "1000000"))
"""How many recipients of pairs of worlds at least, of whom both are to be the same."""
STORIES = int(os.environ.get("CAMPAIGN_STORIES", "20"))
"""How many lives are told twice, once of somebody on a scheme, to recipients behind the HTTP door."""
SEED = int(os.environ.get("CAMPAIGN_SEED", "1"))
UNDER_THE_PROTOCOL = 0.2
"""The share of the cases under the agreement in force; all others are under agreements by chance."""
PAIRS = 200
"""How many pairs of worlds there are under one agreement."""


def findings() -> Iterator[Finding]:
    """Compare until there were enough, and yield how many were compared and how many could be told apart."""
    counted: Counter[str] = Counter()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="worlds-") as folder:
        store = open_store(Path(folder))
        protocol = under(store, load_agreements([POLICIES]), SEED)
        for seed in range(SEED, 10**9):
            if counted["cases"] >= CASES:
                break
            _compare(under_random_agreement(store, seed), PAIRS, counted)
            counted["agreements"] += 1
            while counted["protocol"] < UNDER_THE_PROTOCOL * counted["cases"]:
                counted["protocol"] += _compare(protocol, PAIRS, counted)
        store.close()
    seconds = time.monotonic() - begun
    yield Finding(
        "policy.noninterference_cases",
        counted["cases"],
        "cases",
        "recipients of two worlds that differ in nothing that it may see nor in the facts read for it: the same "
        "messages, byte for byte, with the same numbers and sizes",
    )
    yield Finding("policy.noninterference_broken", counted["broken"], "worlds", "pairs that somebody could tell apart")
    yield Finding(
        "policy.noninterference_agreements", counted["agreements"], "agreements", "agreements by chance, besides ours"
    )
    yield Finding(
        "policy.noninterference_protocol", counted["protocol"], "cases", "of the cases, under the agreement in force"
    )
    yield Finding("policy.noninterference_rate", round(counted["cases"] / seconds, 1), "cases/s", "in one process")
    yield from _by_http()


def _compare(worlds: Worlds, pairs: int, counted: Counter[str]) -> int:
    """Compare some pairs; an agreement under which somebody could tell is left, and the seed is said."""
    before = counted["cases"]
    try:
        for found in worlds.cases(pairs):
            counted["cases"] += found
    except Interference as found:
        counted["broken"] += 1
        print(f"under {worlds.seed}: {found}"[:4000])  # noqa: T201 - it is what was looked for
    return counted["cases"] - before


def _by_http() -> Iterator[Finding]:
    """Compare all that comes through the door: heads, cursors, deliveries, look-ups."""
    alike = apart = 0
    for seed in range(1000 + SEED, 1000 + SEED + STORIES):
        at = random.Random(seed).randrange(18)
        tales = tuple(on_scheme(seed, is_member=member, at=at) for member in (True, False))
        with tempfile.TemporaryDirectory(prefix="told-") as folder, capture_logs():
            heard = asyncio.run(told_twice(Path(folder), tales, (person(1), person(1)), WATCHERS))
        alike += sum(one == other for one, other in heard.values())
        apart += sum(one != other for one, other in heard.values())
    yield Finding(
        "policy.noninterference_by_http",
        alike,
        "recipients",
        "that may not know the status, of a life told with it and without: the same answers with the same heads",
    )
    yield Finding("policy.noninterference_by_http_broken", apart, "recipients", "that could tell")
