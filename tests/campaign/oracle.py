"""The long comparison with Cedar: so many random agreements, roles, events and situations, leaf by leaf."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.campaign.finding import Finding
from tests.property.agreements import KINDS, ROLES, agreements, situations
from tests.property.oracle import agreed

DECISIONS = int(os.environ.get("CAMPAIGN_DECISIONS", "100000"))
"""How many decisions on a leaf at least."""
AT_ONCE = 100


def findings() -> Iterator[Finding]:
    """Compare until there were enough, and yield how many decisions were alike; the first that is not raises."""
    alike = 0

    @settings(max_examples=AT_ONCE, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(agreements(), st.sampled_from(ROLES), st.sampled_from(KINDS), situations())
    def compare(written: Any, role: Any, kind: Any, situation: Any) -> None:
        nonlocal alike
        alike += agreed(written, role, kind, situation)

    while alike < DECISIONS:
        compare()
    yield Finding(
        "policy.oracle_agreements",
        alike,
        "decisions",
        "on a leaf of an event under random rules, for which Cedar came to the same",
    )
