"""A crash in the middle of an erasure: all of it is done, or nothing of it."""

import sqlite3

import pytest

from hub.errors import Erased
from tests.faults.crashing import SECRET
from tests.faults.crashing_erasures import POINTS
from tests.faults.died import died_at
from tests.fixtures.people import person
from tests.fixtures.story import MORNING, Story


@pytest.fixture(scope="module")
def died(tmp_path_factory):
    """The folders of hubs that died, by point."""
    return died_at("tests.faults.crashing_erasures", POINTS, tmp_path_factory.mktemp("died"))


def of_person(folder, who):
    """How many rows of each kind there are of one person."""
    asked = {
        "key": "SELECT count(*) FROM data_keys WHERE person = ?",
        "record": "SELECT count(*) FROM people WHERE id = ?",
        "copies": "SELECT count(*) FROM copies WHERE length(body) AND entry IN"
        " (SELECT id FROM entries WHERE person = ? AND kind = 'disclosure')",
        "secrets": "SELECT count(*) FROM entries WHERE person = ? AND length(sealed) AND kind = 'disclosure'",
    }
    with sqlite3.connect(folder / "hub.sqlite") as db:
        found = {name: db.execute(statement, [who]).fetchone()[0] for name, statement in asked.items()}
    db.close()
    return found


@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_during_an_erasure(died, point):
    """Whichever point a hub dies at, everything of the person is there or nothing is, the record holds, and the next
    hub can erase what was not.
    """
    folder = died[point]
    who = (folder / "who").read_text()

    before = of_person(folder, who)
    assert point == "after commit" or all(before.values()), before
    assert point != "after commit" or not any(before.values()), before
    async with Story(folder, secret=SECRET, now=MORNING.replace(hour=10)) as story:
        assert () == (await story.hub.ledger.check(lambda *_: None)).findings
        again = story.hub.keeping.erase(story.principal("operator"), who, basis="section-47", reason="once more")
        if point == "after commit":
            with pytest.raises(Erased):
                await again
        else:
            await again
        assert await story.hub.keeping.find(person(2))
        assert () == (await story.hub.ledger.check(lambda *_: None)).findings
    assert not any(of_person(folder, who).values())
