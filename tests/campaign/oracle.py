"""The long comparison with Cedar and a reading by hand: so many random agreements, roles, events and situations."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.policy.facts import FACTS, Situation
from tests.campaign.finding import Finding
from tests.property.agreements import KINDS, ROLES, agreements
from tests.property.oracle import Oracle

CASES = int(os.environ.get("CAMPAIGN_DECISIONS", "100000"))
"""How many cases at least: a role, an event type and a situation under an agreement."""
OF_EACH = 100
"""How many cases there are under one agreement."""


def findings() -> Iterator[Finding]:
    """Compare until there were enough, and yield how many cases were alike; the first that is not raises."""
    cases = decisions = written_by_chance = 0

    @settings(
        max_examples=max(1, min(CASES // OF_EACH, 1000)),
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(agreements(), st.integers(0, 2**32))
    def compare(written: Any, seed: int) -> None:
        nonlocal cases, decisions, written_by_chance
        oracle, drawn = Oracle(written), random.Random(seed)
        for situation in islice(_situations(drawn), OF_EACH):
            decisions += oracle.agreed(drawn.choice(ROLES), drawn.choice(KINDS), situation)
            cases += 1
        written_by_chance += 1

    while cases < CASES:
        compare()
    yield Finding(
        "policy.oracle_agreements",
        cases,
        "cases",
        "a role, an event type and a situation under random rules, for which Cedar and a reading by hand came to the "
        "same as the hub on every leaf",
    )
    yield Finding("policy.oracle_decisions", decisions, "decisions", "on a leaf, in these cases")
    yield Finding("policy.oracle_policies", written_by_chance, "agreements", "by chance, in these cases")


def _situations(drawn: random.Random) -> Iterator[Situation]:
    while True:
        yield tuple(
            drawn.getrandbits(len(fact.domain)) & drawn.getrandbits(len(fact.domain))
            if fact.many
            else 1 << drawn.randrange(len(fact.domain))
            for fact in FACTS
        )
