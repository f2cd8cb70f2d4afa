"""What left, has no receipt and waits in no queue is sent again: by a clock that the test moves, and once for real."""

import datetime as dt

import msgspec
import pytest

from hub.broker.admission import principal_of
from hub.observe.tally import Tally
from hub.process import Process
from hub.store.port import DoorRow
from schemas.exchange import Receipt
from schemas.record.custody import Custody
from schemas.record.scheme import Membership
from tests.contract.broker.conftest import DESK, RECEPTION, Place, config_for, placed, raw, until
from tests.fixtures.agencies import asserting
from tests.fixtures.people import event, person

AFTER = dt.timedelta(minutes=10)


class Resent(Tally):
    count = 0

    def resent(self, copies):
        self.count += copies


class Clock:
    """The time, which goes on only when the test says so."""

    now = dt.datetime.now(dt.UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def quiet(tmp_path, home, trusting, vhost, clock):
    """A place with two open doors, where nothing happens by itself."""
    config = config_for(home, tmp_path, trusting, vhost, resend_after_seconds=AFTER.total_seconds())
    async with placed(config, trusting, keeping=False, clock=clock) as place:
        place.hub.tally = Resent()
        for recipient in (RECEPTION, DESK):
            await place.hub.standing.ask(recipient, "amqp")
        await place.keepers.doorkeeper.match(whole=True)
        yield place


async def tell(hub, kind, subject, **blocks):
    system = hub.directory.systems[f"{asserting(kind)}-system"]
    body = msgspec.json.encode(event(kind, subject, hub.now(), system.source, **blocks))
    (outcome,) = await hub.publish(principal_of(system), [body])
    assert "accepted" == outcome.state


async def received_at_reception(hub):
    """Let a person on the scheme be received where ``RECEPTION`` is."""
    await tell(hub, "ppo.adopted", person(1), memberships=[Membership(scheme="north", kind="PPO", lead=True)])
    await tell(hub, "custody.received", person(1), custody=Custody(in_custody=True, establishment="BMI"))


async def depart(place, *, arriving):
    """Do what a dispatcher does; ``arriving`` says whether the queues get anything. Return what went where."""
    admin, went = await place.admin(), set()
    for departure in await place.hub.unsent("", limit=1000):
        for parcel in departure.parcels:
            went |= {(parcel.copy, queue) for queue in parcel.queues}
            for queue in parcel.queues if arriving else ():
                await admin.basic_publish(parcel.body, exchange="deliveries", routing_key=queue, timeout=30)
        await place.hub.departed([departure.id])
    return went


async def test_what_did_not_arrive_goes_again_to_whom_it_was_for(quiet, clock):
    """After the time without a receipt the very same copies go out again, and are counted."""
    await received_at_reception(quiet.hub)
    went = await depart(quiet, arriving=False)
    await quiet.keepers.resending.look()
    early = await depart(quiet, arriving=False)
    clock.now += AFTER
    await quiet.keepers.resending.look()

    assert went
    assert set() == early
    assert went == await depart(quiet, arriving=True)
    assert len(went) == quiet.hub.tally.count


async def test_what_waits_is_left_waiting(quiet, clock):
    """What its recipient has not read yet is not sent again, however long ago it was sent."""
    await received_at_reception(quiet.hub)
    assert await depart(quiet, arriving=True)
    clock.now += 100 * AFTER
    await quiet.keepers.resending.look()

    assert set() == await depart(quiet, arriving=True)


async def test_a_receipt_ends_it(quiet, clock):
    """What has a receipt is not sent again; what else the same recipient lacks is."""
    await received_at_reception(quiet.hub)
    went = await depart(quiet, arriving=False)
    queue = next(row.queue for row in await quiet.hub.standing.rows() if row.recipient == RECEPTION)
    own = sorted(copy for copy, name in went if name.startswith(queue))
    await quiet.hub.receive(Receipt(recipient=RECEPTION, deliveries=own[:1]))
    clock.now += AFTER
    await quiet.keepers.resending.look()
    again = await depart(quiet, arriving=False)

    assert own[1:]
    assert set(own[1:]) == {copy for copy, name in again if name.startswith(queue)}


async def test_the_wait_doubles(quiet, clock):
    """The same copy is sent again after one, two, four and eight times the time, and then at most once a day."""
    await received_at_reception(quiet.hub)
    await depart(quiet, arriving=False)
    waits, began = [], clock.now
    while len(waits) < 9:
        clock.now += AFTER
        await quiet.keepers.resending.look()
        if await depart(quiet, arriving=False):
            waits.append((clock.now - began) / AFTER)
            began = clock.now

    assert [1, 2, 4, 8, 16, 32, 64, 128, 144] == waits


async def test_one_worker_looks(quiet, clock):
    """Of several workers only the one whose turn it is sends again."""
    quiet.keepers.resending.mine = lambda: False
    await received_at_reception(quiet.hub)
    await depart(quiet, arriving=False)
    clock.now += AFTER
    await quiet.keepers.resending.look()

    assert set() == await depart(quiet, arriving=False)


async def test_a_recipient_purges_its_queue(tmp_path, home, trusting, vhost):
    """A system may purge its own queue, and gets what it threw away once more."""
    config = config_for(home, tmp_path, trusting, vhost, resend_after_seconds=1)
    async with Process(config) as process:
        hub = process.hub
        place = Place(config, hub, None, None, trusting)
        async with place.stack:
            await hub.standing.ask(RECEPTION, "amqp")
            door = await until(lambda: place.door(RECEPTION, "open"))
            await received_at_reception(hub)
            prison = await raw(await place.connect("prisons"))
            purged = await until(lambda: purge(prison, door))
            again = await until(lambda: arrived(prison, door), 60)

    assert purged
    assert again


async def purge(channel: object, door: DoorRow) -> int:
    return (await channel.queue_purge(f"{door.queue}.urgent", timeout=30)).message_count


async def arrived(channel: object, door: DoorRow) -> str | None:
    return (await channel.basic_get(f"{door.queue}.urgent", timeout=30)).header.properties.message_id
