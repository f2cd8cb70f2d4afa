"""How long a copy that was sent again waits before it is sent once more."""

import datetime as dt

from hub.broker.waits import LONGEST, Waits

NOON = dt.datetime(2026, 10, 5, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
COPY = ("reception", "entry")


def test_a_copy_waits_twice_as_long_each_time():
    """The wait doubles with each sending, up to a day; a copy that was never sent again does not wait."""
    waits, now, found = Waits(MINUTE), NOON, []
    assert waits.over(COPY, now)

    for _ in range(12):
        waits.begin(COPY, now)
        began = now
        while not waits.over(COPY, now):
            now += MINUTE
        found.append((now - began) // MINUTE)

    assert [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, LONGEST // MINUTE] == found


def test_what_is_not_sent_again_is_forgotten():
    """A copy that could have been sent for as long as it waited has its receipt, and is not remembered any more."""
    waits = Waits(MINUTE)
    waits.begin(COPY, NOON)

    waits.forget(NOON + 2 * MINUTE - dt.timedelta(seconds=1))
    assert 1 == len(waits)
    waits.forget(NOON + 2 * MINUTE)
    assert 0 == len(waits)


def test_of_too_many_those_sent_longest_ago_are_forgotten():
    """However many copies are sent again, so many are remembered: those that were sent last."""
    waits = Waits(MINUTE, most=3)
    for n in range(3):
        waits.begin(("reception", f"{n}"), NOON)
    waits.begin(("reception", "0"), NOON)
    for n in range(3, 5):
        waits.begin(("reception", f"{n}"), NOON)

    assert 3 == len(waits)
    assert ["1", "2"] == [n for n in "01234" if waits.over(("reception", n), NOON)]
