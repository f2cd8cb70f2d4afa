"""Whatever of the record, its copies or its log is altered, removed or elsewhere, the check notices and names it."""

import asyncio
import contextlib
import datetime as dt
import json
import secrets
import shutil

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine

from hub.bootstrap import initialise, secret_path
from hub.cli import hub
from hub.errors import LogBroken
from hub.sealing import load_secret
from hub.store.postgres import migrate_database
from schemas.labels import Role
from schemas.proof import main
from tests.fixtures.agencies import POLICIES, Agencies, recipient_id
from tests.fixtures.chapters import adopted, date_set, received, supervised
from tests.fixtures.people import person
from tests.fixtures.story import Story

RECEPTION = recipient_id(Role.PRISON_RECEPTION)


BORDER = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
"""The first moment of the next month."""


async def happen(story):
    """Let something be told of two people in two months, the log growing in between, and more behind its end."""
    for number in (1, 2):
        await adopted(story, person(number))
        await supervised(story, person(number))
        await story.hub.ledger.grow()
        await received(story, person(number))
        story.now = BORDER
        await date_set(story, person(number), story.now.date())
    await story.look_up(Role.COORDINATOR, person(1))
    await story.hub.ledger.grow()
    await received(story, person(2))


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """The store of a past that every test goes on from, and its secret."""
    folder, secret = tmp_path_factory.mktemp("past"), secrets.token_bytes(32)

    async def make():
        async with Story(folder, secret=secret) as story:
            await happen(story)

    asyncio.run(make())
    return folder, secret


@contextlib.asynccontextmanager
async def gone_on(past, folder):
    shutil.copytree(past[0], folder, dirs_exist_ok=True)
    async with Story(folder, secret=past[1], now=BORDER + dt.timedelta(minutes=1)) as story:
        yield story


async def checked(story):
    """Return what a check finds, as a person reads it."""
    found = await story.hub.ledger.check(lambda *_: None)
    return [f"{each.of}: {each.what}" for each in found.findings]


def alter(url, *statements):
    """Do to a store what somebody with its password could: each statement changes something."""
    engine = create_engine(url)
    with engine.begin() as db:
        for statement in statements:
            for name, meaning in NAMES.items():
                statement = statement.replace(name, meaning)  # noqa: PLW2901 - each is put in its turn
            assert db.exec_driver_sql(statement).rowcount, statement
    engine.dispose()


NAMES = {
    ":COPY": '(SELECT min(c.id) FROM copies c JOIN entries e ON e.id = c.entry WHERE e."index" = :TOLD)',
    ":TOLD": "(SELECT min(\"index\") FROM entries WHERE kind = 'disclosure')",
    ":LAST": '(SELECT max("index") FROM entries)',
    ":BEHIND": '(SELECT id FROM entries WHERE "index" > (SELECT max(last) FROM log_shards))',
}
"""What statements call something by: the first disclosure, a copy of it, the last entry, and those behind the log."""


REWRITTEN = """UPDATE entries SET content = CAST(replace(CAST(content AS TEXT), 'BEFORE', 'AFTER') AS BLOB)
    WHERE "index" = :TOLD"""


def rewritten(old, new):
    """Return the statement that replaces something in the first disclosure."""
    return REWRITTEN.replace("BEFORE", old).replace("AFTER", new)


PUT_IN = """INSERT INTO entries SELECT :LAST + 1, 'made-up', at, kind, person, content, commitment, sealed, reference
    FROM entries WHERE "index" = 1"""

ALTERED = {
    "a rule that something rests on": ([rewritten("name-and-year-of-birth", "photograph")], "not come to its commit"),
    "whom it is about": ([rewritten('"category":"', '"category":"un')], "not come to its commitment"),
    "a member that it never had": ([rewritten('"kind":', '"more":1,"kind":')], "not come to its commitment"),
    "an entry that is none": (["UPDATE entries SET content = X'7B' WHERE \"index\" = :TOLD"], "cannot be read"),
    "the kind in its column": (["UPDATE entries SET kind = 'erasure' WHERE \"index\" = :TOLD"], "its columns"),
    "the time in its column": (['UPDATE entries SET at = at + 1 WHERE "index" = :TOLD'], "its columns"),
    "the person in its column": (['UPDATE entries SET person = NULL WHERE "index" = :TOLD'], "its columns"),
    "a commitment": (
        ['UPDATE entries SET commitment = zeroblob(32) WHERE "index" = :TOLD'],
        "is of an entry that is not stored, or was altered",
    ),
    "a commitment behind the log": (
        ['UPDATE entries SET commitment = zeroblob(32) WHERE "index" = :LAST'],
        "not come to its commitment",
    ),
    "a secret": (['UPDATE entries SET sealed = zeroblob(80) WHERE "index" = :TOLD'], "secret does not open"),
    "another entry's secret": (
        ['UPDATE entries SET sealed = (SELECT sealed FROM entries WHERE "index" = 1) WHERE "index" = :TOLD'],
        "not come to its commitment",
    ),
    "an entry removed": (['DELETE FROM entries WHERE "index" = :TOLD'], "is of an entry that is not stored"),
    "an entry removed and its copies kept": (['DELETE FROM entries WHERE "index" = :TOLD'], "no entry says so"),
    "the last entry removed": (['DELETE FROM entries WHERE "index" = :LAST'], "no entry says so"),
    "everything behind the log removed": (
        [
            "DELETE FROM mail WHERE copy IN (SELECT id FROM copies WHERE entry IN :BEHIND)",
            "DELETE FROM copies WHERE entry IN :BEHIND",
            'DELETE FROM entries WHERE "index" > (SELECT max(last) FROM log_shards)',
        ],
        "the store says that its chain has",
    ),
    "two entries exchanged": (
        [
            'UPDATE entries SET "index" = -1 WHERE "index" = :TOLD - 1',
            'UPDATE entries SET "index" = "index" - 1 WHERE "index" = :TOLD',
            'UPDATE entries SET "index" = :TOLD + 1 WHERE "index" = -1',
        ],
        "in another order than the record",
    ),
    "an entry put in": ([PUT_IN], "entry made-up: its columns"),
    "a copy's bytes": (["UPDATE copies SET body = zeroblob(90) WHERE id = :COPY"], "cannot be read"),
    "another copy's bytes": (
        ["UPDATE copies SET body = (SELECT body FROM copies WHERE id <> :COPY LIMIT 1) WHERE id = :COPY"],
        "names another copy or entry",
    ),
    "a copy out of a mailbox": (["DELETE FROM mail WHERE copy = :COPY"], "is not in the mailbox of"),
    "a copy in another mailbox": (
        ["UPDATE mail SET recipient = 'somebody' WHERE copy = :COPY"],
        "is in the mailbox of somebody, of which it says nothing",
    ),
    "a copy with another number": (
        ["UPDATE mail SET number = number + 900 WHERE copy = :COPY"],
        "as number 901, and not as 1",
    ),
    "a copy more": (
        ["INSERT INTO copies SELECT 'made-up', entry, lane, body, 0, person, 0 FROM copies WHERE id = :COPY"],
        "the copy made-up is stored under it",
    ),
    "the end of a chain": (["UPDATE heads SET branch = zeroblob(32)"], "ends with another branch"),
    "the number of a chain's end": (["UPDATE heads SET number = number + 1"], "the store says that its chain has"),
    "a chain's end removed": (["DELETE FROM heads"], "the store has no end of it"),
    "a tile": (["UPDATE log_tiles SET hashes = zeroblob(length(hashes))"], "is not in the log where it stands"),
    "a tile cut off": (["UPDATE log_tiles SET hashes = substr(hashes, 33)"], "has fewer hashes than"),
    "a tile with a hash more": (
        ["UPDATE log_tiles SET hashes = CAST(hashes || zeroblob(32) AS BLOB)"],
        "has more hashes than",
    ),
    "a tile removed": (["DELETE FROM log_tiles"], "has another root than the 0 entries"),
    "where a tile begins": (["UPDATE log_tiles SET first = first + 1"], "is not in the log where it stands"),
    "a checkpoint": (
        ["UPDATE log_shards SET checkpoint = replace(checkpoint, 'offender-hub', 'offender-hob')"],
        "checkpoint 2026-10: it is not signed by the key",
    ),
    "a checkpoint's size": (["UPDATE log_shards SET size = size - 1 WHERE NOT closed"], "2026-11: is over"),
    "how far the log goes": (
        ["UPDATE log_shards SET last = last + 1 WHERE NOT closed"],
        "is not in the log where it stands",
    ),
    "where the log begins": (["UPDATE log_shards SET first = first + 1"], "begins before the log does"),
    "the log forgotten": (
        ["DELETE FROM log_shards WHERE shard <> ''", "UPDATE log_shards SET closed = 0"],
        "does not know of it",
    ),
    "a month forgotten": (
        ["DELETE FROM log_tiles WHERE shard = '2026-10'", "DELETE FROM log_shards WHERE shard = '2026-10'"],
        "log shard 2026-11: does not name the last checkpoint",
    ),
    "a month's end": (
        ["UPDATE log_shards SET last = last - 1 WHERE shard = '2026-10'"],
        "where the one before it ends",
    ),
    "a month that is open again": (["UPDATE log_shards SET closed = 0"], "is not closed, and another follows it"),
    "what a month names as the one before": (
        ["UPDATE log_shards SET former = '' WHERE NOT closed"],
        "names another shard as the one before it",
    ),
    "the month of a checkpoint": (
        ["UPDATE log_shards SET checkpoint = (SELECT checkpoint FROM log_shards WHERE shard = '2026-10')"],
        "is of another month",
    ),
}


async def test_nothing_is_found(past, tmp_path):
    """Of a store that nobody touched, everything fits together, before the log grows on and after it."""
    async with gone_on(past, tmp_path) as story:
        before = await story.hub.ledger.check(lambda *_: None)
        await story.hub.ledger.grow()
        after = await story.hub.ledger.check(lambda *_: None)

    assert () == before.findings == after.findings
    assert before.size < before.entries == after.entries == after.size


@pytest.mark.parametrize(("statements", "told"), ALTERED.values(), ids=ALTERED)
async def test_what_is_altered_is_found(past, tmp_path, statements, told):
    """Each thing that is stored is looked at: altered, removed or elsewhere, it is named."""
    async with gone_on(past, tmp_path) as story:
        alter(f"sqlite:///{story.path}", *statements)
        found = await checked(story)

    assert any(told in each for each in found), found


BROKEN = ("a tile", "a tile cut off", "a tile removed", "a checkpoint", "a checkpoint's size")


@pytest.mark.parametrize("which", BROKEN)
async def test_nothing_is_signed_over_a_broken_log(past, tmp_path, which):
    """A log whose tiles are not what was signed does not go on: the hub's health says so, and proves nothing by it."""
    async with gone_on(past, tmp_path) as story:
        (copy, *_) = await story.copies(RECEPTION)
        alter(f"sqlite:///{story.path}", *ALTERED[which][0])
        signed = story.hub.ledger.log.head()
        await story.hub.ledger.grow()

        assert ("DOWN", "log-broken") == (
            story.hub.ledger.health()["status"],
            story.hub.ledger.health()["details"]["error"],
        )
        assert signed == story.hub.ledger.log.head()
        with pytest.raises(LogBroken):
            await story.hub.ledger.prove(story.principal("operator"), copy.delivery, RECEPTION, "why")


async def test_on_postgresql(tmp_path, database):
    """In a database of several workers the same is found: nothing where nobody touched it, and whatever was altered."""
    migrate_database(database)
    async with Story(tmp_path, database=database) as story:
        await happen(story)
        before = await checked(story)
        alter(
            database,
            "UPDATE entries SET commitment = decode(repeat('00', 32), 'hex') WHERE \"index\" = :TOLD",
            "DELETE FROM mail WHERE copy = :COPY",
            "UPDATE heads SET number = number + 1",
            "UPDATE log_shards SET checkpoint = replace(checkpoint, 'offender-hub', 'offender-hob')",
        )
        after = "\n".join(await checked(story))

    assert [] == before
    for told in (
        "does not come to",
        "is not in the mailbox of",
        "the store says that its chain",
        "it is not signed by",
    ):
        assert told in after


async def test_what_was_recorded_before_the_log(past, tmp_path):
    """Entries from before there was a log are left aside; what came after them is checked."""
    async with gone_on(past, tmp_path) as story:
        alter(
            f"sqlite:///{story.path}",
            "DELETE FROM log_tiles",
            "DELETE FROM log_shards WHERE shard <> ''",
            "UPDATE log_shards SET closed = 0, first = :TOLD, last = :TOLD",
        )
        await story.hub.ledger.grow()
        found = await story.hub.ledger.check(lambda *_: None)

    assert () == found.findings
    assert 0 < found.before
    assert 0 < found.size == found.entries


async def test_a_past_that_was_written_anew(past, tmp_path):
    """A log that was made again over another record, rightly signed in itself, does not continue a kept checkpoint."""
    async with gone_on(past, tmp_path) as story:
        kept = story.hub.ledger.log.checkpoint()
        await story.hub.ledger.grow()
        rightly = await story.hub.ledger.check(lambda *_: None, [kept])
        alter(
            f"sqlite:///{story.path}",
            'DELETE FROM entries WHERE "index" = 1',
            "DELETE FROM log_tiles",
            "DELETE FROM log_shards WHERE shard <> ''",
            "UPDATE log_shards SET closed = 0",
        )
        await story.hub.ledger.grow()
        anew = await story.hub.ledger.check(lambda *_: None, [kept])

    assert () == rightly.findings
    assert ["kept checkpoint"] == [finding.of for finding in anew.findings]


@pytest.fixture
def settings(tmp_path):
    """A hub as its operator has it, in whose store something was told."""
    data = tmp_path / "data"
    initialise(data)

    async def make():
        async with Story(data, secret=load_secret(secret_path(data))) as story:
            await happen(story)
            (copy, *_) = await story.copies(RECEPTION)
            return copy.delivery

    delivery = asyncio.run(make())
    directory = Agencies().write(tmp_path / "directory.yaml")
    return delivery, {"HUB_DATA": str(data), "HUB_DIRECTORY": str(directory), "HUB_POLICIES": str(POLICIES)}


def test_the_commands(settings, tmp_path):
    """An operator writes a proof that verifies under the key that is printed, and checks everything by one command."""
    delivery, environment = settings

    def run(*words, code=0):
        result = CliRunner(env=environment).invoke(hub, ["ledger", *words])
        assert code == result.exit_code, result.output
        return result.stdout

    key, file, said = run("key").strip(), tmp_path / "proof.json", []
    run("prove", delivery, RECEPTION, "--reason", "a court asks", "--output", str(file))

    assert 0 == main([key, str(file)], said.append), said
    assert f"\n\u2014 {key.partition('+')[0]}/" in run("checkpoint")
    (tmp_path / "kept").write_text(run("checkpoint"))
    assert "All of it fits together." in run("check", "--kept", str(tmp_path / "kept"))

    alter(f"sqlite:///{environment['HUB_DATA']}/hub.sqlite", rewritten("name-and-year-of-birth", "photograph"))
    found = json.loads(run("check", "--json", code=1))["findings"]
    assert "it does not come to its commitment: the one or the other was altered" in {each["what"] for each in found}
    assert f"{len(found)} things are not as they must be." in run("check", code=1)
