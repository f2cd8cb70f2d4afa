"""Whether anything may be disclosed, by what was last seen of the log."""

import pytest

from hub.errors import LogBroken, LogStale
from hub.ledger.upkeep import Upkeep


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


def test_it_stops_when_nobody_says_that_it_is_signed():
    """After the limit without good news nothing is disclosed, and with the next good news it is again."""
    clock = Clock()
    upkeep = Upkeep(10, clock)
    clock.seconds += 10
    assert not upkeep.stopped
    clock.seconds += 1
    with pytest.raises(LogStale):
        upkeep.check()

    upkeep.signed()
    upkeep.check()
    assert 0 == upkeep.unsigned_seconds


def test_what_waited_already_counts():
    """What had waited when it was looked goes on waiting from there."""
    clock = Clock()
    upkeep = Upkeep(10, clock)
    upkeep.signed(but_for=8)
    clock.seconds += 3

    assert 11 == upkeep.unsigned_seconds
    assert upkeep.stopped


def test_a_broken_log_stops_at_once():
    """Where the log is not what was signed nothing is disclosed from that moment on, until it is right."""
    upkeep = Upkeep(10, Clock())
    upkeep.is_broken()
    with pytest.raises(LogBroken):
        upkeep.check()

    upkeep.signed()
    assert not upkeep.stopped
