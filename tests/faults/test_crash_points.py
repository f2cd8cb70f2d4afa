"""A crash at each point of a transaction: what was answered is there, what was not may be sent again, and nothing
stands twice.
"""

import json
import sqlite3
from collections import Counter

import pytest

from tests.faults.crashing import EVENTS, POINTS, SECRET, publish
from tests.faults.died import died_at
from tests.fixtures.story import Story


@pytest.fixture(scope="module")
def died(tmp_path_factory):
    """The folders of hubs that died, by point."""
    return died_at("tests.faults.crashing", POINTS, tmp_path_factory.mktemp("died"))


def record(folder):
    """The record's events by their references, and the mailboxes' numbers."""
    with sqlite3.connect(folder / "hub.sqlite") as db:
        entries = [json.loads(content) for (content,) in db.execute("SELECT content FROM entries")]
        numbers = db.execute("SELECT recipient, number FROM mail ORDER BY recipient, number").fetchall()
        heads = dict(db.execute("SELECT recipient, number FROM heads"))
    db.close()
    collected = Counter(e["reference"] for e in entries if e["kind"] == "collection")
    told = Counter((e["reference"], e["event"], b["recipient"]) for e in entries for b in e["branches"])
    return collected, told, numbers, heads


@pytest.mark.parametrize("point", POINTS)
async def test_a_crash(tmp_path, died, point):
    """Whichever point a hub dies at, what it had answered is recorded; when all is sent again record and mailboxes
    are those of a hub that never died.
    """
    folder = died[point]
    answered = [int(line) for line in (folder / "answered").read_text().split()]

    before = record(folder)
    async with Story(folder, secret=SECRET) as story:
        states = [await publish(story, i) for i in range(EVENTS)]
    async with Story(tmp_path, secret=SECRET) as undisturbed:
        for i in range(EVENTS):
            await publish(undisturbed, i)

    known = states.count("repeated")
    assert list(range(len(answered))) == answered
    # What had been committed is known, though the last answer was never heard; what had not is taken now.
    assert len(answered) + (point in {"after commit", "before wake", "after answer"}) == known
    assert known == sum(before[0].values())
    assert record(tmp_path) == record(folder)
