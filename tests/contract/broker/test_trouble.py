"""What goes wrong on the way to the broker, or is made to go wrong, costs neither order nor the hub's connections."""

import asyncio
import contextlib
import datetime as dt

import aio_pika
import pytest
import structlog
from pamqp.commands import Basic

from hub.broker.declare import depth
from hub.broker.dispatch import Dispatch
from hub.broker.intake import Intake
from hub.broker.link import CONFIRM_SECONDS, BrokerUnavailable, Link
from hub.broker.replies import DIRECT
from hub.broker.rounds import Rounds
from hub.broker.together import Message
from hub.broker.topology import COPY_KEY, DELIVERIES, intake_queue
from hub.errors import StoreUnavailable
from hub.store.sqlite import SqliteStore
from schemas.record.custody import Release
from tests.contract.broker.conftest import PARTITIONS, RECEPTION, event_by, until
from tests.contract.broker.test_resending import received_at_reception, tell
from tests.fixtures.people import person
from tests.fixtures.serving import free_port

# The library leaves the socket of a lost connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:.*StreamWriter:pytest.PytestUnraisableExceptionWarning")
NOWHERE = f"{DIRECT}g2dkABBub2RlQGhvc3QAAAAAAAAAAAAAAAA=.key"
"""An address for an answer, of the form that the broker gives, on a node that there never was."""


@contextlib.asynccontextmanager
async def running(*parts):
    for part in parts:
        part.start()
    yield
    for part in reversed(parts):
        await part.stop()


async def test_an_address_that_the_broker_cannot_read(place):
    """Who wants its answer where there is nothing may cost others their answers, and no more: the broker ends the
    connection on which it is asked for that, and the log tells who it was.
    """
    answers = Link(place.config.broker, name="answers")
    intake = Intake(place.link, place.hub, answers)
    async with running(answers, intake):
        await intake.hold(frozenset(range(PARTITIONS)))
        lines, answering = await place.link.lines(), await answers.lines()
        prison = await place.channel("prisons")
        with structlog.testing.capture_logs() as logs:
            await prison.basic_publish(**event_by("prisons", reply_to=NOWHERE))
            await until(lambda: nothing_taken(place))
            await asyncio.wait_for(answering.lost.wait(), 60)
            await until(lambda: told_of(logs))

        assert not lines.lost.is_set()
        lost = [line["client"] for line in logs if line["event"] == "answer-lost"]
        assert ["prisons-system"] == lost


async def told_of(logs):
    return any(line["event"] == "answer-lost" for line in logs)


async def nothing_taken(place):
    return not await place.taken()


async def test_a_commit_whose_end_is_not_known(place, monkeypatch):
    """What is on disk although its transaction seemed to fail goes before what the same person's next event tells."""
    door = await place.open_door(RECEPTION)
    transact = SqliteStore.transact
    breaking = []

    def breaks_in_the_commit(store, work):
        result = transact(store, work)
        if breaking:
            raise breaking.pop()
        return result

    monkeypatch.setattr(SqliteStore, "transact", breaks_in_the_commit)
    dispatch = Dispatch(place.link, place.hub, lambda: "")
    async with running(dispatch):
        await received_at_reception(place.hub)
        await until(lambda: settled(place, dispatch))
        before = len(await place.hub.deliveries(RECEPTION))
        breaking.append(StoreUnavailable())
        with pytest.raises(StoreUnavailable):
            await tell(
                place.hub,
                "release.date-set",
                person(1),
                release=Release(date=place.hub.now().date() + dt.timedelta(days=60)),
            )
        await tell(
            place.hub,
            "release.date-changed",
            person(1),
            release=Release(date=place.hub.now().date() + dt.timedelta(days=90)),
        )
        await until(lambda: settled(place, dispatch))

    admin = await place.admin()
    numbers = {each.delivery: each.number for each in await place.hub.deliveries(RECEPTION)}
    came = {queue: [numbers[one] for one in await ids(admin, queue)] for queue in door.values()}
    assert len(numbers) > before + 1
    assert came == {queue: sorted(each) for queue, each in came.items()}


async def test_a_store_that_takes_nothing_for_a_while(place, monkeypatch):
    """What the hub cannot write is not offered over and over within seconds, until the broker gives it up."""
    transact, full = SqliteStore.transact, [True]

    def takes_no_rows(store, work):
        def written(tx):
            result = work(tx)
            if full and result[0] != [None]:  # all but the question whether anything can be written
                raise StoreUnavailable
            return result

        return transact(store, written)

    answers = Link(place.config.broker, name="answers")
    intake, prison = Intake(place.link, place.hub, answers), await place.channel("prisons")
    monkeypatch.setattr(SqliteStore, "transact", takes_no_rows)
    async with running(answers, intake):
        await intake.hold(frozenset(range(PARTITIONS)))
        await prison.basic_publish(**event_by("prisons"))
        await until(lambda: failed(place, 3))
        await asyncio.sleep(4)
        full.clear()
        await until(lambda: nothing_taken(place))

        assert 0 == await place.depth("dead.intake")


async def failed(place, often):
    return place.hub.failures >= often


async def settled(place, dispatch):
    return not dispatch.on_the_way and not await place.hub.unsent("", limit=1)


async def ids(channel, queue):
    """Return the ids of what a queue has, in its order."""
    found = []
    while name := (await channel.basic_get(queue, timeout=30)).header.properties.message_id:
        found.append(name)
    return found


async def test_a_link_goes_on(place):
    """Whatever ends an attempt to connect, there is another: also what the library ends as if it had been cancelled."""
    link = Link(place.config.broker, name="another")
    cancelled = []

    async def prepare(_):
        if not cancelled:
            cancelled.append(True)
            raise asyncio.CancelledError

    link.prepare.append(prepare)
    async with running(link):
        await asyncio.wait_for(link.lines(), 60)

    assert cancelled


async def test_who_waits_for_a_channel_that_ends(place):
    """When the broker closes the channel for one message, who waits on it is told at once, and goes on on another."""
    lines = await place.link.lines()

    def one(n, exchange=DELIVERIES):
        return place.link.publish(exchange, COPY_KEY, aio_pika.Message(b"{}", message_id=f"one-{n}"), mandatory=False)

    def several(n):
        ids = [f"several-{n}-{each}" for each in range(3)]
        return place.link.publish_together(
            DELIVERIES, COPY_KEY, [Message(Basic.Properties(message_id=i), b"") for i in ids]
        )

    async with asyncio.timeout(CONFIRM_SECONDS - 5):  # what an answer may take at all
        waiting = [each for n in range(50) for each in (one(n), several(n))]
        ends = await asyncio.gather(one("bad", "no-such-exchange"), *waiting, return_exceptions=True)
        assert lines is not await place.link.lines()
        await one("good")

    assert BrokerUnavailable is type(ends[0])
    assert {BrokerUnavailable} == {type(end) for end in ends[-50:]}


@pytest.mark.parametrize("queue", ["nobody", intake_queue("routine", 0)], ids=["no queue", "a queue"])
async def test_a_look_is_ended_at_any_moment(place, queue):
    """Whoever looks after something ends when told to, also just as the channel closes by which it looks."""
    connection = (await place.link.lines()).consuming

    async def look():
        await depth(connection, queue)

    for n in range(200):
        rounds = Rounds("looking", look, 0)
        rounds.start()
        await asyncio.sleep(n % 40 / 4000)
        await asyncio.wait_for(rounds.stop(), 60)


async def test_a_connection_is_missed_from_the_start_on():
    """Before its start a link misses nothing, so that a worker has its share from its first beat on."""
    link = Link([f"amqp://127.0.0.1:{free_port()}/area"], name="test")
    before = link.away
    link.start()
    await asyncio.sleep(0.05)
    after = link.away
    await link.stop()

    assert 0 == before < after


async def test_a_link_is_ended_at_any_moment(place):
    """A connection ends when told to, also just as it is made or prepared."""

    async def prepare(lines):
        for _ in range(4):
            await depth(lines.consuming, "nobody")

    for n in range(40):
        link = Link(place.config.broker, name="another")
        link.prepare.append(prepare)
        link.start()
        await asyncio.sleep(n / 400)
        await asyncio.wait_for(link.stop(), 60)
