"""Another engine, written by other people, comes to the same decisions from the same rules."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.agreements import KINDS, ROLES, agreements, situations
from tests.property.oracle import agreed


@settings(max_examples=15)
@given(agreements(), st.sampled_from(ROLES), st.sampled_from(KINDS), situations())
def test_cedar_decides_alike(written, role, kind, situation):
    """Cedar, given the same rules, gives and withholds exactly the same leaves, in the same way."""
    assert agreed(written, role, kind, situation)
