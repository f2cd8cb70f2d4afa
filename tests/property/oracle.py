"""Compares the hub's decision with Cedar's, and with a reading by hand, leaf by leaf."""

from __future__ import annotations

from hub.policy.decide import Policy
from schemas.leaves import leaves_of
from tests.property.agreements import read_by_hand
from tests.property.cedar import Cedar


class Oracle:
    """One agreement, read by the hub, by Cedar, and by a few lines that a person would write."""

    def __init__(self, written):
        """Give it to each."""
        self._rules, self._policy, self._cedar = written.rules, Policy([written]), Cedar(written.rules)

    def agreed(self, role, kind, situation):
        """Return on how many leaves all three decided, alike.

        Raises:
            AssertionError: they differ.
        """
        decision = self._policy.program(role, kind).decide(situation)
        given = {path: release.transform or "" for path, release in decision.given.items()}
        for other in (self._cedar.decided(role, kind, situation), read_by_hand(self._rules, role, kind, situation)):
            assert decision.present == (other is not None)
            assert (other or {}) == given
        return len(leaves_of(kind.data))


def agreed(written, role, kind, situation):
    """Return on how many leaves all decided one case alike."""
    return Oracle(written).agreed(role, kind, situation)
