"""While the log over the record cannot be kept nothing is disclosed, and all goes on when it can."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy import create_engine

from hub.delivery.outgoing import Outgoing
from hub.errors import LogBroken, LogStale
from schemas.exchange import Receipt
from schemas.labels import Role
from tests.fixtures.chapters import adopted, date_set, received
from tests.fixtures.people import person
from tests.fixtures.story import Story

LEAVING = Outgoing("id", "entry", "person", "urgent", ())
"""What waits in memory for its turn at the broker."""


@pytest.fixture
async def story(either_store, tmp_path):
    """Somebody on a scheme, with a log that is signed, on each store."""
    async with Story(tmp_path, database=either_store) as story:
        await adopted(story, person(1))
        await received(story, person(1))
        await story.hub.ledger.grow()
        yield story


def alter(story, *statements):
    engine = create_engine(story.database or f"sqlite:///{story.path}")
    with engine.begin() as db:
        for statement in statements:
            db.exec_driver_sql(statement)
    engine.dispose()


def broken(story):
    """Let a tile be another than was signed; return what takes that back."""
    alter(story, "CREATE TABLE kept AS SELECT * FROM log_tiles")
    zeros = "decode(repeat('00', 32), 'hex')" if story.database else "zeroblob(32)"
    alter(story, f"UPDATE log_tiles SET hashes = {zeros}")  # noqa: S608 - its own tables
    return "DELETE FROM log_tiles", "INSERT INTO log_tiles SELECT * FROM kept"


def unwritable(story):
    """Let no head be written; return what takes that back."""
    alter(story, "ALTER TABLE log_shards RENAME TO elsewhere")
    return ("ALTER TABLE elsewhere RENAME TO log_shards",)


HOW = {"broken": (broken, LogBroken, 1000), "unwritable": (unwritable, LogStale, 0.01)}


@pytest.mark.parametrize(("harm", "fault", "limit"), HOW.values(), ids=HOW)
async def test_nothing_is_disclosed(story, harm, fault, limit):
    """Nothing is taken in, told, given or sent while the log is not kept; receipts are; then all of it is."""
    hub = story.hub
    waiting = await story.copies(Role.COORDINATOR)
    await date_set(story, person(1), story.now.date())
    mended = harm(story)
    hub.ledger.upkeep.limit = limit
    await hub.ledger.grow()
    await asyncio.sleep(0.02)

    for ask in (
        lambda: received(story, person(1)),
        lambda: story.look_up(Role.COORDINATOR, person(1)),
        lambda: hub.disclosures(story.principal("operator"), person(1), "a complaint"),
        lambda: story.copies(Role.PRISON_RECEPTION),
        lambda: hub.unsent("", limit=10),
        hub.ready,
    ):
        with pytest.raises(fault):
            await ask()
    with pytest.raises(fault):
        hub.reviews.outdated(LEAVING)
    assert "DOWN" == hub.ledger.health()["status"]
    assert 1 == await hub.receive(Receipt(recipient="coordinator-1", deliveries=[waiting[0].delivery]))

    alter(story, *mended)
    hub.ledger.upkeep.limit = 1000
    await hub.ledger.grow()
    assert "UP" == hub.ledger.health()["status"]
    assert "accepted" == (await received(story, person(1))).state
    assert await story.copies(Role.PRISON_RECEPTION)
    await hub.ledger.grow()
    assert () == (await hub.ledger.check(lambda *_: None)).findings


async def test_what_is_due_waits(story):
    """What falls due meanwhile is not told by any way round, and is told when the log is right again."""
    await date_set(story, person(1), story.now.date() + dt.timedelta(days=50))
    await story.hub.ledger.grow()
    story.hub.ledger.upkeep.is_broken()
    with pytest.raises(LogBroken):
        await story.later(days=40)
    story.hub.ledger.upkeep.signed()
    assert "release.notice" not in [c.type for c in await story.copies(Role.NEIGHBOURHOOD_POLICING)]

    await story.later(days=0)
    assert "release.notice" in [c.type for c in await story.copies(Role.NEIGHBOURHOOD_POLICING)]


async def test_a_command_looks_too(story):
    """A process that lives for one command goes on where all is signed, lets the log grow where it waits, or stops."""
    await received(story, person(1))
    story.now += dt.timedelta(days=1)
    await story.restart()
    assert not story.hub.ledger.upkeep.stopped
    assert 0 == story.hub.ledger.log.waited()

    await received(story, person(1))
    broken(story)
    story.now += dt.timedelta(days=1)
    await story.restart()
    with pytest.raises(LogBroken):
        await received(story, person(1))
