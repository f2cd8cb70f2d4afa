"""A worker that dies at each point of its way: when another goes on nothing is lost, and nothing is twice for whoever
knows delivery ids, nor in a queue before it is in the record.
"""

import asyncio
import contextlib
import datetime as dt
from collections import Counter

import aio_pika
import pytest

from hub.broker.topology import DEAD_DELIVERY, DEAD_INTAKE, UNROUTABLE_QUEUE, dead_queue
from schemas.record.enforcement import Recall
from schemas.record.need import Risk
from tests.faults import mortal as mortal_worker
from tests.faults.accounts import Accounts
from tests.faults.flow import PAUSE, Flow, Line, until
from tests.fixtures.chapters import member
from tests.fixtures.people import event, person
from tests.fixtures.workforce import Workforce

COORDINATOR, BOARD = "coordinator-1", "parole-board-1"
EVENTS = ("before the commit", "after the commit", "before the acknowledgement", "before the answer")
EVENTS += ("before the publish", "after the publish")
DEAD_QUEUES = (dead_queue(DEAD_INTAKE), dead_queue(DEAD_DELIVERY), UNROUTABLE_QUEUE)


class Mortal:
    """A hub of one worker that is told where to die, and is started again."""

    def __init__(self, workforce):
        self.workforce, self.folder = workforce, workforce.folder
        lease = {"HUB_WORKER_LEASE_SECONDS": "2", "HUB_RESEND_AFTER_SECONDS": "600"}
        command = ("-m", "tests.faults.mortal", str(self.folder))
        self.worker = workforce.worker(command=command, level="info", settings=lease)
        self.worker.start()

    def die(self, point):
        mortal_worker.order(self.folder, "die", point)

    async def died(self, point):
        await until(mortal_worker.done(self.folder, "die").exists)
        await asyncio.to_thread(self.worker.ready)


@pytest.fixture(scope="module")
def mortal(broker, postgres, tmp_path_factory):
    """The hub that dies at each point in turn."""
    vhost, database = broker.vhost(), postgres.database()
    workforce = Workforce(tmp_path_factory.mktemp("mortal"), broker, vhost, database)
    yield Mortal(workforce)
    workforce.close()
    broker.drop(vhost)
    postgres.drop(database)


@pytest.fixture
async def flow(mortal):
    async with Flow(mortal.workforce) as flow:
        yield flow


def life(number):
    """What happens to somebody: one event of the routine lane first, and then one of each."""
    now, source, who = dt.datetime.now(dt.UTC), "https://probation.example/records", person(number)
    recall = Recall(stage="requested", reasons="missed appointments")
    yield event("ppo.adopted", who, now, source, f"{number}-0", memberships=[member()])
    yield event("recall.requested", who, now, source, f"{number}-1", recall=recall)
    yield event("risk.assessed", who, now, source, f"{number}-2", risk=Risk(level="high"))


def all_told(mortal, feed, desk):
    """Return the accounts once every event is taken, and its copies have come."""
    accounts = Accounts(mortal.workforce)
    taken = accounts.taken({"probation": feed.sent})
    return accounts if set(feed.sent) <= set(taken) and not accounts.unsent and not accounts.missing(desk) else None


@pytest.mark.parametrize("point", EVENTS)
async def test_an_event_on_its_way(mortal, flow, point):
    """Wherever the worker dies while an event goes through it, the record has it once, and everybody is told once
    what a hub that never died tells; no copy is in a queue before it is in the record.
    """
    before = sum(each.recipient == COORDINATOR for each in Accounts(mortal.workforce).mail)
    feed, desk = await flow.feed("probation"), await flow.desk(COORDINATOR, after=before)
    number = 100 + 2 * EVENTS.index(point)
    (adopted, *undisturbed), (also_adopted, *disturbed) = life(number), life(number + 1)
    for each in (adopted, also_adopted):
        await feed.send(each)
    await until(lambda: all_told(mortal, feed, desk))  # what is urgent may overtake it, and would be told nobody
    for each in undisturbed:
        await feed.send(each)
    await until(lambda: all_told(mortal, feed, desk))

    mortal.die(point)
    for each in disturbed:
        await feed.send(each)
    await mortal.died(point)
    await until(lambda: all_told(mortal, feed, desk))

    accounts = all_told(mortal, feed, desk)
    told = [
        Counter(
            {
                (who, kind, name[-1]): n
                for (who, kind, name), n in accounts.told({"probation": feed.sent}).items()
                if name in these
            }
        )
        for these in ([each.id for each in undisturbed], [each.id for each in disturbed])
    ]
    assert sorted(feed.sent) == sorted(accounts.taken({"probation": feed.sent}))
    assert told[0] == told[1] != Counter()
    assert ([], [], [], []) == (desk.early, accounts.out_of_order(desk), accounts.broken_chains(), accounts.held)


async def test_a_door_that_opens(mortal, flow):
    """When the worker dies with the queues declared and the door not noted open, the next one opens it, and what
    waited in the mailbox comes there, each copy in the record before.
    """
    await waiting(mortal, flow, 200)

    mortal.die("before a door is noted open")
    desk = await flow.desk(BOARD)
    await mortal.died("before a door is noted open")
    await until(lambda: not Accounts(mortal.workforce).missing(desk))

    assert desk.copies
    assert [] == desk.early


async def test_a_door_that_closes(mortal, flow):
    """When the worker dies with the queues deleted and the door not noted closed, the next one closes it, and all
    that has no receipt is in the mailbox.
    """
    await flow.door(BOARD)
    await waiting(mortal, flow, 201)
    queues = await flow.door(BOARD)

    mortal.die("before a door is noted closed")
    gone = await flow.door(BOARD, "http")
    await mortal.died("before a door is noted closed")

    workforce = mortal.workforce
    names = {queue["name"] for queue in workforce.broker.management.get("queues", workforce.vhost.name)}
    assert gone is None
    assert not {queues.urgent, queues.routine} & names
    assert await flow.fetched(BOARD) == {m.copy for m in Accounts(workforce).mail if m.recipient == BOARD} != set()


async def waiting(mortal, flow, number):
    """Let something about somebody wait in the board's mailbox."""
    feed = await flow.feed("probation")
    adopted, recall, _ = life(number)
    for each in (adopted, recall):
        await feed.send(each)
        await until(lambda: set(feed.sent) <= set(Accounts(mortal.workforce).taken({"probation": feed.sent})))


async def dead_event(mortal, flow):
    """Let the broker give up an event."""
    async with contextlib.aclosing(Line(mortal.workforce.urls)) as line:
        exchange = (await line.channel()).default_exchange
        await exchange.publish(aio_pika.Message(b"{}", user_id="admin"), dead_queue(DEAD_INTAKE))


async def dead_copy(mortal, flow):
    """Let a recipient refuse a copy."""
    queues = await flow.door(BOARD)
    await waiting(mortal, flow, 202)
    async with contextlib.aclosing(Line(mortal.workforce.urls)) as line:
        queue = await (await line.channel()).get_queue(queues.urgent, ensure=False)
        await (await anext(queue.iterator())).reject(requeue=False)


async def unroutable(mortal, flow):
    """Let an agency publish what no queue takes."""
    await (await flow.feed("prisons")).publish(b"{}", "identity.swapped")


@pytest.mark.parametrize(
    ("point", "provoke", "held"),
    [
        ("before a dead event is acknowledged", dead_event, ["dead-letter-intake"]),
        ("before a dead copy is acknowledged", dead_copy, ["dead-letter-delivery"]),
        ("before the unroutable is acknowledged", unroutable, ["unroutable", "unroutable"]),
    ],
)
async def test_what_the_broker_gave_up(mortal, flow, point, provoke, held):
    """When the worker dies with a dead letter held and not acknowledged, the broker gives it again; it is held once,
    but for what could not be routed, which an operator sees twice; and nothing of it stays at the broker.
    """
    before = Accounts(mortal.workforce).held

    mortal.die(point)
    await provoke(mortal, flow)
    await mortal.died(point)
    await until(lambda: len(Accounts(mortal.workforce).held) >= len(before + held))
    async with contextlib.aclosing(Line(mortal.workforce.urls)) as line:
        while sum([await line.waiting(queue) for queue in DEAD_QUEUES]):  # noqa: ASYNC110 - another process reads it
            await asyncio.sleep(PAUSE)

    assert Counter(held) == Counter(Accounts(mortal.workforce).held) - Counter(before)
