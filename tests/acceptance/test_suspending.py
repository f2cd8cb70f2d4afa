"""A suspension counts from its commit, whatever another worker has in hand at that moment."""

import asyncio
import contextlib

import pytest
from sqlalchemy import create_engine, text

from hub.store.locks import OURS, RECORD
from hub.store.postgres import migrate_database
from schemas.record.need import CarePlan
from tests.fixtures.chapters import adopted, received
from tests.fixtures.people import person
from tests.fixtures.story import Story

COORDINATOR, COORDINATORS = "coordinator-1", "schemes"
WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
    " WHERE datname = current_database() AND NOT granted AND locktype = 'advisory' AND objid = :record"
)


@pytest.fixture
async def story(tmp_path, database):
    migrate_database(database)
    async with Story(tmp_path, database=database) as story:
        await adopted(story, person(1))
        await story.settle_mailboxes()
        yield story


@pytest.fixture
async def other(story):
    """A second worker on the same database."""
    other = story.another()
    await other.start(ticking=False)
    yield other
    await other.stop()


class Turnstile:
    """Whoever comes to the record stands there in a line, until the block ends."""

    def __init__(self, connection):
        self._connection = connection

    async def count(self, number):
        """Return when so many stand there."""
        async with asyncio.timeout(30):
            while number != self._connection.execute(WAITING, {"record": RECORD}).scalar_one():  # noqa: ASYNC110 - of the database
                await asyncio.sleep(0.01)


@pytest.fixture
def turnstile(database):
    engine = create_engine(database)

    @contextlib.contextmanager
    def turnstile():
        with engine.begin() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({OURS}, {RECORD})"))
            yield Turnstile(connection)

    yield turnstile
    engine.dispose()


def told(story):
    return story.tell("care-plan.updated", person(1), by="probation", care_plan=CarePlan(goals=["a home"]))


async def know_who_takes_part(story, *hubs):
    """Let each hub write something: what it knew of former suspensions may be begun anew for, and lose its turn."""
    for hub in hubs:
        await hub.disclosures(story.principal("operator"), person(1), "a question")


async def test_what_another_worker_has_in_hand_is_not_told_to_the_suspended(story, other, turnstile):
    """A telling that was decided before a suspension, and is written after it, leaves the suspended agency out."""
    with turnstile() as line:
        suspending = asyncio.create_task(other.standing.suspend(story.principal("operator"), COORDINATORS, "a leak"))
        await line.count(1)
        telling = asyncio.create_task(received(story, person(1)))
        await line.count(2)
    await suspending
    outcome = await telling

    assert "accepted" == outcome.state
    assert [] == await story.copies(COORDINATOR)
    assert await story.everybody()


async def test_what_the_suspended_says_meanwhile_is_refused(story, other, turnstile):
    """An event that another worker has in hand when its publisher is suspended is refused, and nobody is told of it."""
    with turnstile() as line:
        suspending = asyncio.create_task(other.standing.suspend(story.principal("operator"), "probation", "a leak"))
        await line.count(1)
        telling = asyncio.create_task(told(story))
        await line.count(2)
    await suspending
    outcome = await telling

    assert ("refused", "suspended") == (outcome.state, outcome.problem)
    assert {} == await story.everybody()


async def test_who_takes_part_again_is_told_from_that_commit_on(story, other, turnstile):
    """A telling that was decided while an agency was suspended, and is written after it was taken back, is told it."""
    await other.standing.suspend(story.principal("operator"), COORDINATORS, "a leak")
    await know_who_takes_part(story, story.hub, other)
    with turnstile() as line:
        resuming = asyncio.create_task(other.standing.resume(story.principal("operator"), COORDINATORS))
        await line.count(1)
        telling = asyncio.create_task(told(story))
        await line.count(2)
    await resuming
    await telling

    assert 1 == len(await story.copies(COORDINATOR))
