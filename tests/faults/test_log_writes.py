"""Each write of the log in turn fails, or kills its process: nothing is lost, and afterwards everything fits."""

import datetime as dt
import json
import signal
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, text

from hub.errors import StoreUnavailable
from tests.faults.crashing_log import POINTS
from tests.fixtures.chapters import adopted, received
from tests.fixtures.people import person
from tests.fixtures.serving import ROOT
from tests.fixtures.story import Story

MONTH = dt.timedelta(days=31)


@pytest.fixture
async def story(tmp_path, either_store):
    """Something told, with the log at its end."""
    async with Story(tmp_path, database=either_store) as story:
        await adopted(story, person(1))
        await story.hub.ledger.grow()
        await received(story, person(1))
        yield story


class Beside:
    """The store, seen and altered from beside."""

    def __init__(self, story):
        self._engine = create_engine(story.database or f"sqlite:///{story.path}")
        self._postgres = bool(story.database)

    def run(self, *statements):
        with self._engine.begin() as db:
            done = [db.execute(text(statement)) for statement in statements]
            return [each.fetchall() for each in done if each.returns_rows]

    def contents(self):
        tables = ("entries", "log_tiles", "log_shards", "log_keys", "heads")
        return [sorted(map(repr, rows)) for rows in self.run(*(f"SELECT * FROM {t}" for t in tables))]  # noqa: S608 - its own tables

    def break_(self, write, table, when):
        """Let a kind of write to a table fail, where the new row is so."""
        if not self._postgres:
            condition = f"WHEN {when} " if when else ""
            body = "BEGIN SELECT RAISE(ABORT, 'broken'); END"
            self.run(f"CREATE TRIGGER broken BEFORE {write} ON {table} {condition}{body}")
            return
        condition = f"WHEN ({when}) " if when else ""
        self.run(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''broken''; END'",
            f"CREATE TRIGGER broken BEFORE {write} ON {table} FOR EACH ROW {condition}EXECUTE FUNCTION fail()",
        )

    def mend(self, table):
        self.run(f"DROP TRIGGER broken ON {table}" if self._postgres else "DROP TRIGGER broken")

    def close(self):
        self._engine.dispose()


@pytest.fixture
def beside(story):
    beside = Beside(story)
    yield beside
    beside.close()


async def grows(story):
    story.hub.ledger.log.grow()


async def turns(story):
    story.now += MONTH
    await received(story, person(1))
    story.hub.ledger.log.catch_up()


async def changes(story):
    await story.hub.ledger.new_key(story.principal("operator"), "a year is over", dt.timedelta(days=1))


FAULTS = {
    "the tile that grows": ("UPDATE", "log_tiles", "", grows),
    "the head that moves": ("UPDATE", "log_shards", "NOT NEW.closed", grows),
    "the head that is closed": ("UPDATE", "log_shards", "NEW.closed", turns),
    "the head of a month": ("INSERT", "log_shards", "", turns),
    "the tile of a month": ("INSERT", "log_tiles", "NEW.shard > '2026-10'", turns),
    "a key": ("INSERT", "log_keys", "", changes),
    "the entry of a key": ("INSERT", "entries", "", changes),
}


@pytest.mark.parametrize(("write", "table", "when", "ask"), FAULTS.values(), ids=FAULTS)
async def test_a_write_that_fails(story, beside, write, table, when, ask):
    """Where a write of the log is refused its whole transaction is; afterwards it is done, and everything fits."""
    if ask is turns:
        await story.hub.ledger.grow()
    beside.break_(write, table, when)
    with pytest.raises(StoreUnavailable):
        await ask(story)
    failed = beside.contents()
    with pytest.raises(StoreUnavailable):
        await (changes if ask is changes else grows)(story)
    again = beside.contents()
    beside.mend(table)
    await ask(story)
    await story.hub.ledger.grow()
    checked = await story.hub.ledger.check(lambda *_: None)
    keys, shards = beside.contents()[3], story.hub.ledger.log.heads()

    assert failed == again
    assert () == checked.findings
    assert checked.size == checked.entries > 3
    assert (ask is changes) == len(keys)
    assert (2 if ask is turns else 1) <= len(shards)


def test_a_process_that_dies(tmp_path, either_store):
    """Whichever write of the log a process dies at, what was recorded is there, and the log goes on rightly."""
    command = [sys.executable, "-m", "tests.faults.crashing_log", str(tmp_path), *filter(None, [either_store])]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert 0 == ended.returncode, ended.stderr[-2000:]
    told = [json.loads(line) for line in ended.stdout.splitlines()]

    assert list(POINTS) == [(each["what"], each["point"]) for each in told]
    assert [] == [each for each in told if each["code"] != -signal.SIGKILL or each["wrong"]]
    assert list(range(1, len(POINTS) + 1)) == [each["people"] for each in told]
    assert [each["keys"] for each in told] == [each["changes"] for each in told]
    assert ("committed", 1) == (told[-1]["point"], told[-1]["keys"])
    assert [0] * (len(told) - 1) == [each["keys"] for each in told[:-1]]
