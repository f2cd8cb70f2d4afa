"""What is in force when is worked out from the steps alone."""

import datetime as dt

import pytest

from hub.policy.versions import History
from hub.store.port import StepRow

START = dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC)


def minute(number):
    return START + dt.timedelta(minutes=number)


def history(*steps):
    """Steps as words: whose version, what was done at which minute, and from which minute it counts."""
    rows = []
    for index, words in enumerate(steps, 1):
        version, step, at, *moment = words.split()
        counts = minute(float(moment[0])) if moment else None
        row = StepRow(
            version=version, name=version[0], step=step, at=minute(float(at)), by="x", moment=counts, index=index
        )
        rows.append(row)
    return History(rows)


LIVES = {
    "nothing is in force before the moment": (["a1 approved 0 5"], {0: {}, 4.9: {}, 5: {"a": "a1"}}),
    "a later one takes the place": (["a1 approved 0 5", "a2 approved 1 8"], {7: {"a": "a1"}, 8: {"a": "a2"}}),
    "an earlier one for the meantime": (["a2 approved 0 8", "a1 approved 1 5"], {7: {"a": "a1"}, 8: {"a": "a2"}}),
    "of two at once the one approved last": (["a1 approved 0 5", "a2 approved 1 5"], {5: {"a": "a2"}}),
    "a former one comes back": (
        ["a1 approved 0 1", "a2 approved 2 3", "a1 approved 4 5"],
        {3: {"a": "a2"}, 9: {"a": "a1"}},
    ),
    "withdrawn before its moment": (["a1 approved 0 1", "a2 approved 2 5", "a2 withdrawn 3"], {9: {"a": "a1"}}),
    "withdrawn, and approved again": (
        ["a1 approved 0 5", "a1 withdrawn 1", "a1 approved 2 8"],
        {7: {}, 8: {"a": "a1"}},
    ),
    "withdrawn later takes nothing back": (["a1 approved 0 5", "a1 withdrawn 6"], {7: {"a": "a1"}}),
    "an end": (["a1 approved 0 1", "a1 ended 2 5"], {4.9: {"a": "a1"}, 5: {}}),
    "an end, and what comes after": (["a1 approved 0 1", "a1 ended 2 5", "a2 approved 3 8"], {6: {}, 8: {"a": "a2"}}),
    "two agreements beside each other": (
        ["b1 approved 0 1", "a1 approved 0 2"],
        {1: {"b": "b1"}, 2: {"a": "a1", "b": "b1"}},
    ),
}


@pytest.mark.parametrize(("steps", "expected"), LIVES.values(), ids=LIVES)
def test_in_force(steps, expected):
    """At each moment of each agreement the version whose term began last is in force."""
    found = history(*steps)

    assert expected == {at: found.in_force(minute(at)) for at in expected}


STATES = {
    "draft": ["a1 proposed 0"],
    "checked": ["a1 proposed 0", "a1 checked 0"],
    "approved": ["a1 proposed 0", "a1 checked 0", "a1 approved 1 20"],
    "in force": ["a1 proposed 0", "a1 checked 0", "a1 approved 1 5"],
    "superseded": ["a1 approved 1 5", "a2 approved 2 6"],
    "ended": ["a1 approved 1 5", "a1 ended 6 7"],
    "withdrawn": ["a1 proposed 0", "a1 checked 0", "a1 approved 1 20", "a1 withdrawn 2"],
}


@pytest.mark.parametrize(("state", "steps"), STATES.items(), ids=STATES)
def test_states(state, steps):
    """Where a version stands ten minutes later."""
    assert state == history(*steps).state("a1", minute(10))


def test_when_files_are_over():
    """Published versions begin with the first term that was not withdrawn, and go on when it has ended."""
    assert history("a1 proposed 0", "a1 checked 0").begins is None
    assert history("a1 approved 0 5", "a1 withdrawn 1").begins is None
    assert minute(5) == history("a1 approved 0 5", "a1 ended 6 7").begins
    assert minute(8) == history("a1 approved 0 5", "a1 withdrawn 1", "b1 approved 2 8").begins
