"""What the broker gives up is held, and goes on its way when an operator tries it again."""

import asyncio
import contextlib
import json

import msgspec
import pytest

from hub.access.principal import Principal
from hub.broker.admission import ALWAYS, principal_of
from hub.broker.deadletters import DeadLetters
from hub.broker.dispatch import Dispatch
from hub.broker.link import Link
from hub.broker.topology import intake_queue
from schemas.broker import LANES
from schemas.record.custody import Custody
from schemas.record.scheme import Membership
from tests.contract.broker.conftest import PARTITIONS, RECEPTION, config_for, event_by, placed, until
from tests.fixtures.people import event, only_number, person

# The library leaves the socket of a lost connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:.*StreamWriter:pytest.PytestUnraisableExceptionWarning")
REPLIES = "amq.rabbitmq.reply-to"
QUEUES = [intake_queue(lane, n) for lane in LANES for n in range(PARTITIONS)]
OPERATOR = Principal(client_id="operator", agency="hub", recipients=(), permissions=("hub:operate",), expires=ALWAYS)


@pytest.fixture
async def place(tmp_path, home, trusting, vhost):
    """A hub that reads dead letters and sends copies, and does not by itself send again what has no receipt."""
    config = config_for(home, tmp_path, trusting, vhost, resend_after_seconds=3600)
    async with placed(config, trusting) as place:
        answers = Link(config.broker, name="answers")
        working = answers, DeadLetters(place.link, place.hub, answers), Dispatch(place.link, place.hub, lambda: "")
        for each in working:
            each.start()
        await answers.lines()
        yield place
        for each in reversed(working):
            await each.stop()


def body_of(place, kind, agency, subject, **blocks):
    source = place.hub.directory.systems[f"{agency}-system"].source
    return msgspec.json.encode(event(kind, subject, place.hub.now(), source, **blocks))


async def publish(place, kind, agency, subject, **blocks):
    system = place.hub.directory.systems[f"{agency}-system"]
    (outcome,) = await place.hub.publish(principal_of(system), [body_of(place, kind, agency, subject, **blocks)])
    assert "accepted" == outcome.state, outcome


async def asking(place, agency):
    """Return a channel of an agency's system, on which it asks for answers, and the answers."""
    channel, answers = await place.channel(agency), asyncio.Queue()
    await channel.basic_consume(REPLIES, answers.put, no_ack=True, timeout=10)
    return channel, answers


async def answered(answers):
    """Return the next answer: to what, and what it says."""
    message = await asyncio.wait_for(answers.get(), 60)
    return message.header.properties.correlation_id, json.loads(message.body)


async def held(place, reason):
    """Return what is held for a reason, when it is."""
    return await until(lambda: place.hub.quarantine.items(OPERATOR, why=reason))


@contextlib.asynccontextmanager
async def sending_back(channel, *queues):
    """Take whatever is there and send it back, as a reader in trouble does; give the ids of what was there."""
    seen = set()

    async def send_back(message):
        seen.add(message.header.properties.message_id)
        await channel.basic_nack(message.delivery_tag, requeue=True)

    reading = [await channel.basic_consume(queue, send_back) for queue in queues]
    yield seen
    for each in reading:
        await channel.basic_cancel(each.consumer_tag)


async def test_a_copy_that_its_recipient_sends_back(place):
    """It is held once the broker gives it up, and the same copy is in the recipient's queue again after a retry."""
    queues = await place.open_door(RECEPTION)
    await publish(place, "ppo.adopted", "schemes", person(1), memberships=[Membership(scheme="north", kind="PPO")])
    await publish(
        place, "custody.received", "prisons", only_number(1), custody=Custody(in_custody=True, establishment="BMI")
    )
    await until(lambda: place.depth(queues["urgent"]))

    reader = await place.channel("prisons")
    async with sending_back(reader, queues["urgent"]) as sent_back:
        (item, *_) = await held(place, "dead-letter-delivery")
    shown = await place.hub.quarantine.show(OPERATOR, item.id, "a reader in trouble")
    await place.hub.quarantine.retry(OPERATOR, item.id, "the reader was mended")

    async def again():
        got = await reader.basic_get(queues["urgent"])
        return got.delivery_tag and got.header.properties.message_id

    assert RECEPTION == item.recipient
    copy = json.loads(shown.text)["copy"]
    assert copy in sent_back
    assert await until(lambda: came(again, copy))


async def came(again, copy):
    return copy == await again()


async def test_an_event_that_no_worker_could_take(place):
    """It is held for its agency once the broker gives it up, and flows when it is tried again."""
    await publish(place, "ppo.adopted", "schemes", person(1), memberships=[Membership(scheme="north", kind="PPO")])
    body = body_of(
        place, "custody.received", "prisons", only_number(1), custody=Custody(in_custody=True, establishment="BMI")
    )
    prisons, answers = await asking(place, "prisons")
    await prisons.basic_publish(**event_by("prisons", reply_to=REPLIES, correlation_id="one") | {"body": body})
    async with sending_back(await place.admin(), *QUEUES):
        (item,) = await held(place, "dead-letter-intake")
    told = await answered(answers)
    outcome = await place.hub.quarantine.retry(OPERATOR, item.id, "the worker was mended")
    copies = await place.hub.copies(RECEPTION)

    assert ("one", {"id": json.loads(body)["id"], "state": "accepted"}) == told
    assert ("prisons", "custody.received", "accepted") == (item.agency, item.kind, outcome.state)
    assert "custody.received" in {json.loads(copy.body)["type"] for copy in copies}


async def receipt_given_up(place, deliveries, *, correlation):
    """Let a prison's receipt be given up by the broker; return what the prison is told of it."""
    receipt = msgspec.json.encode({"recipient": RECEPTION, "deliveries": deliveries})
    prisons, answers = await asking(place, "prisons")
    message = event_by("prisons", "receipt", reply_to=REPLIES, correlation_id=correlation)
    message["properties"].content_type = "application/json"
    async with sending_back(await place.admin(), *QUEUES):
        await prisons.basic_publish(**message | {"body": receipt})
        return await answered(answers)


async def test_a_receipt_that_no_worker_could_take(place):
    """It is noted when the broker gives it up, and not held: it is no event that could be tried again."""
    await publish(place, "ppo.adopted", "schemes", person(1), memberships=[Membership(scheme="north", kind="PPO")])
    await publish(
        place, "custody.received", "prisons", only_number(1), custody=Custody(in_custody=True, establishment="BMI")
    )
    waiting = [copy.delivery for copy in await place.hub.copies(RECEPTION)]
    told = await receipt_given_up(place, waiting, correlation="one")

    assert waiting
    assert ("one", {"id": "", "state": "accepted"}) == told
    assert [] == await place.hub.copies(RECEPTION)
    assert [] == await place.hub.quarantine.items(OPERATOR)


async def test_a_receipt_that_no_worker_could_take_and_nobody_could(place, monkeypatch):
    """One that cannot be noted afterwards either is dropped: what it was for is sent again, and others are served."""
    receive, broken = place.hub.receive, []

    async def fails_once(receipt, **how):
        if not broken:
            broken.append(True)
            raise RuntimeError
        return await receive(receipt, **how)

    monkeypatch.setattr(place.hub, "receive", fails_once)
    async with asyncio.timeout(120):
        first = asyncio.create_task(receipt_given_up(place, ["unknown"], correlation="one"))
        await until(lambda: has_failed(broken))
        second = asyncio.create_task(receipt_given_up(place, ["unknown"], correlation="two"))
        told = await second
        first.cancel()
        await asyncio.wait([first])

    assert first.cancelled()
    assert "two" == told[0]
    assert 0 == await place.depth("dead.intake")
    assert [] == await place.hub.quarantine.items(OPERATOR)


async def has_failed(broken):
    return bool(broken)


async def test_a_type_that_nobody_knows_is_answered(place):
    """What no intake queue takes is refused, and its publisher is told so like of any other refusal."""
    prisons, answers = await asking(place, "prisons")
    await prisons.basic_publish(**event_by("prisons", "identity.swapped", reply_to=REPLIES, correlation_id="one"))

    name, outcome = await answered(answers)
    assert ("one", "refused", "unroutable") == (name, outcome["state"], outcome["problem"])
