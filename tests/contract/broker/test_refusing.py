"""A queue that refuses, since an operator of the broker limited it: everybody else is served, and nothing is lost."""

import asyncio
import contextlib
import sqlite3

import pytest

from hub.broker.dispatch import Dispatch
from tests.contract.broker.conftest import RECEPTION, config_for, placed, until
from tests.contract.broker.test_order import HELD, tell
from tests.fixtures.chapters import member

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
COORDINATOR = "coordinator-1"
TOLD = 8
SETTLING_SECONDS, REFUSING_SECONDS = 1, 3


@contextlib.contextmanager
def limited(place, queue):
    """Let a queue take one message, and refuse what comes after it."""
    broker, vhost = place.broker, place.vhost.name
    broker.management.put(
        "policies", vhost, "limit", pattern=f"^{queue}$", definition={"max-length": 1}, **{"apply-to": "queues"}
    )
    yield
    broker.management.delete("policies", vhost, "limit")


def rows(place, asked):
    with contextlib.closing(sqlite3.connect(place.config.data / "hub.sqlite")) as db:
        return db.execute(asked).fetchall()


def departures(place):
    """How many departures were ever noted, and how many of them the broker lacks."""
    return rows(place, "SELECT count(*), count(*) FILTER (WHERE sent_at IS NULL) FROM departures")[0]


def mailed(place, recipient):
    """The delivery ids of a recipient's urgent copies."""
    return [
        copy for who, copy in rows(place, "SELECT recipient, copy FROM mail WHERE lane = 'urgent'") if who == recipient
    ]


async def ids(place, queue):
    """Take everything out of a queue; return the delivery ids."""
    admin, found = await place.admin(), []
    while count := await place.depth(queue):
        for _ in range(count):
            got = await admin.basic_get(queue, no_ack=True)
            found.append(got.header.properties.message_id)
    return found


@pytest.fixture
async def place(tmp_path, home, trusting, vhost):
    """A place where nothing is sent again for want of a receipt."""
    config = config_for(home, tmp_path, trusting, vhost, resend_after_seconds=600)
    async with placed(config, trusting) as place:
        yield place


async def test_a_queue_that_refuses(place):
    """Whoever else gets the same copies has all of them, each twice at most; the one that refuses is offered them now
    and then, which leaves nothing behind in the store; and when it takes them it has all.
    """
    dispatch = Dispatch(place.link, place.hub, lambda: "")
    await tell(place, "schemes", "ppo.adopted", memberships=[member()])
    full, other = [(await place.open_door(recipient))["urgent"] for recipient in (RECEPTION, COORDINATOR)]
    dispatch.start()
    with limited(place, full):
        for _ in range(TOLD):
            await tell(place, "prisons", "custody.received", custody=HELD)

        async def served():
            return await place.depth(other) >= len(mailed(place, COORDINATOR)) and departures(place)[1]

        await until(served)
        await asyncio.sleep(SETTLING_SECONDS)
        before = departures(place)[0]
        await asyncio.sleep(REFUSING_SECONDS)
        noted, missing = departures(place)
        others, came = await ids(place, other), await ids(place, full)

    async def taken():
        came.extend(await ids(place, full))
        return not departures(place)[1]

    await until(taken)
    came += await ids(place, full)
    await dispatch.stop()

    assert missing
    assert before == noted
    assert set(mailed(place, COORDINATOR)) == set(others)
    assert len(others) <= 2 * len(set(others))
    assert set(mailed(place, RECEPTION)) == set(came)
