"""Compares the hub's decision with Cedar's, leaf by leaf."""

from __future__ import annotations

from hub.policy.decide import Policy
from schemas.leaves import leaves_of
from tests.property.cedar import decided


def agreed(written, role, kind, situation):
    """Return on how many leaves both decided, alike.

    Raises:
        AssertionError: they differ.
    """
    decision = Policy([written]).program(role, kind).decide(situation)
    other = decided(written.rules, role, kind, situation)

    assert decision.present == (other is not None)
    assert (other or {}) == {path: release.transform or "" for path, release in decision.given.items()}
    return len(leaves_of(kind.data))
