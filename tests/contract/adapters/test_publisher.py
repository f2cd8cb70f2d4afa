"""Publishing survives an absent hub, an expired token, a crash and a refusal."""

import asyncio
import datetime as dt
import time

import pytest

from adapters.sdk import AgencyKey, Publisher, connect, envelope_of
from adapters.sdk.errors import NotAdmitted
from adapters.sdk.outbox import Outbox
from adapters.sdk.testing import FakeHub, Fault
from schemas.events.custody_reception import Received
from schemas.record.custody import Custody
from schemas.record.person import Identifier, Person

MOMENT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
SUBJECT = Person(identifiers=[Identifier(kind="prison-number", value="A1234BC")])
HELD = Custody(in_custody=True, establishment="BMI")


def received(event_id="one"):
    data = Received(subject=SUBJECT, custody=HELD)
    return envelope_of("custody.received", data, event_id=event_id, source="/prison", time=MOMENT)


@pytest.fixture
async def publisher(client, tmp_path, quick):
    async with Publisher(client, tmp_path / "outbox.db", quick) as publisher:
        yield publisher


@pytest.fixture
async def sender(place, tmp_path, quick):
    """A publisher at either door."""
    async with (
        connect(place.address, place.publisher.client, place.publisher.key) as client,
        Publisher(client, tmp_path / "outbox.db", quick) as publisher,
    ):
        yield publisher


FAULTS = {
    "the hub is busy and says when to come back": Fault(path="/events", headers={"Retry-After": "0.01"}),
    "the hub fails": Fault(path="/events", status=500, body=b"<html>"),
    "too many requests": Fault(path="/events", status=429),
    "the answer is not JSON": Fault(path="/events", status=202, body=b"\xff{"),
    "the answer is of another form": Fault(path="/events", status=202, body=b'{"id": 7}'),
    "the answer sends us elsewhere": Fault(path="/events", status=307, headers={"Location": "http://127.0.0.1:9/"}),
    "the token is refused": Fault(path="/events", status=401),
    "no token is to be had": Fault(path="/oauth/token", status=503),
    "a token answer is malformed": Fault(path="/oauth/token", status=200, body=b"{}"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_fault_delays_and_loses_nothing(hub, publisher, fault):
    """Whatever goes wrong on the way, the event is sent again under the same id until it is accepted."""
    hub.faults.append(fault)

    outcomes = await publisher.publish(received())

    assert [("one", "accepted")] == [(o.id, o.state) for o in outcomes]
    assert ["one"] == [event.id for event in hub.published]
    assert [] == hub.faults


async def test_a_token_and_an_event_go_to_no_other_address(hub, publisher):
    """An answer that sends us elsewhere is not followed: neither personal data nor a token leaves for there."""
    async with FakeHub() as elsewhere:
        hub.faults.append(Fault(path="/events", status=307, headers={"Location": f"{elsewhere.address}/events"}))
        elsewhere.faults.append(Fault(path="/events", status=503))
        await publisher.publish(received())

        assert 1 == len(elsewhere.faults)
    assert ["one"] == [event.id for event in hub.published]


async def test_retry_after_is_heeded(hub, publisher):
    """A hub that asks for half a second is not asked again before."""
    hub.faults.append(Fault(path="/events", headers={"Retry-After": "0.5"}))
    began = asyncio.get_running_loop().time()

    await publisher.publish(received())

    assert asyncio.get_running_loop().time() - began >= 0.5


async def test_the_answer_that_is_lost_is_asked_for_again(place, sender):
    """An event that was accepted although its answer was lost comes back as repeated, and stands once."""
    await sender.publish(place.event(1))

    outcomes = await sender.publish(place.event(1))

    assert ["repeated"] == [o.state for o in outcomes]
    assert [1] == await place.accepted()


async def test_an_order_is_kept_over_batches(place, sender):
    """More events of one person than fit one batch arrive in the order given."""
    numbers = list(range(230))

    outcomes = await sender.publish(*map(place.event, numbers))

    assert [place.event(n).id for n in numbers] == [o.id for o in outcomes]
    assert {"accepted"} == {o.state for o in outcomes}
    assert numbers == await place.accepted()


@pytest.mark.parametrize("count", [1, 3], ids=["single", "batch"])
async def test_a_refusal_comes_back_with_field_and_rule(place, sender, count):
    """A refused event is told to the caller, and keeps no other event from being accepted."""
    events = [place.event(1, good=False), place.event(2), place.event(3)][:count]

    outcomes = await sender.publish(*events)

    assert (events[0].id, "refused", "invalid") == (outcomes[0].id, outcomes[0].state, outcomes[0].problem)
    assert ["data.risk.level"] == [field.partition(":")[0] for field in outcomes[0].fields]
    assert ["accepted"] * (count - 1) == [o.state for o in outcomes[1:]]
    assert [2, 3][: count - 1] == await place.accepted()


async def test_a_batch_that_is_refused_whole_is_offered_one_by_one(hub, publisher):
    """When the hub will not read a batch, its events are judged singly."""
    hub.faults.append(Fault(path="/events", status=413, body=b'{"type":"x/too-large"}'))

    outcomes = await publisher.publish(received("one"), received("two"))

    assert ["accepted", "accepted"] == [o.state for o in outcomes]


async def test_what_a_stop_interrupted_is_sent_at_the_next_start(hub, client, until, tmp_path, quick):
    """An event whose publisher was stopped while the hub was away is sent when it starts again."""
    hub.faults.append(Fault(path="/events", hang=True))
    async with Publisher(client, tmp_path / "outbox.db", quick) as first:
        sending = asyncio.create_task(first.publish(received()))
        await until(lambda: hub.hanging)
        sending.cancel()
        await asyncio.wait([sending])
    before = list(hub.published)

    async with Publisher(client, tmp_path / "outbox.db", quick):
        pass

    assert [] == before
    assert ["one"] == [event.id for event in hub.published]


async def test_an_answered_event_leaves_nothing_on_disc(place, sender, tmp_path):
    """The outbox keeps no personal data that the hub has answered for."""
    await sender.publish(place.event(1), place.event(2, good=False))

    outbox = Outbox(tmp_path / "outbox.db")
    waiting = outbox.waiting()
    outbox.close()

    assert [] == waiting


async def test_a_key_that_is_not_registered_is_said_at_once(hub, publisher):
    """A hub that does not admit us is not asked for ever, and the event waits."""
    hub.faults.append(Fault(path="/oauth/token", status=401, body=b'{"error":"invalid_client"}'))

    with pytest.raises(NotAdmitted, match="invalid_client"):
        await publisher.publish(received())
    assert ["accepted"] == [o.state for o in await publisher.resume()]


async def test_a_token_is_renewed_before_it_expires(tmp_path, quick, monkeypatch):
    """A token is used until shortly before it runs out; the next request is then made with a new one."""
    async with (
        FakeHub(token_seconds=300) as hub,
        connect(hub.address, "c", AgencyKey.generate()) as client,
        Publisher(client, tmp_path / "outbox.db", quick) as publisher,
    ):
        await publisher.publish(received("one"))
        await publisher.publish(received("two"))
        tokens_before = len(hub.tokens)
        left = client.tokens.seconds_left
        monkeypatch.setattr(client.tokens, "_clock", lambda: time.monotonic() + left)
        await publisher.publish(received("three"))

    assert 1 == tokens_before
    assert 2 == len(hub.tokens)
    assert 200 < left < 300


async def test_void_tokens_are_replaced(hub, publisher):
    """After the hub has forgotten every token, the next event costs one new token and nothing else."""
    await publisher.publish(received("one"))
    hub.tokens.clear()

    outcomes = await publisher.publish(received("two"))

    assert ["accepted"] == [o.state for o in outcomes]
    assert 1 == len(hub.tokens)
