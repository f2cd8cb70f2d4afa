"""What leaves for the broker leaves in each person's order, also where something earlier waits in the store alone."""

import msgspec
import pytest

from hub.broker.admission import principal_of
from hub.broker.dispatch import Dispatch
from schemas.record.custody import Custody
from schemas.record.need import Risk
from tests.contract.broker.conftest import RECEPTION, config_for, placed, until
from tests.fixtures.agencies import Agencies
from tests.fixtures.chapters import member
from tests.fixtures.people import event, person

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
HELD = Custody(in_custody=True, establishment="BMI")


async def tell(place, agency, kind, **blocks):
    """Publish one event about the same person; return its time."""
    system = place.hub.directory.systems[Agencies().client_id(agency)]
    now = place.hub.now()
    said = event(kind, person(1), now, system.source, **blocks)
    (outcome,) = await place.hub.publish(principal_of(system), [msgspec.json.encode(said)])
    assert "accepted" == outcome.state
    return now


async def times(place, queue):
    """Return the times of the receptions in a queue, in their order."""
    admin, found = await place.admin(), []
    while count := await place.depth(queue):
        for _ in range(count):
            read = msgspec.json.decode((await admin.basic_get(queue, no_ack=True)).body)
            if read["type"] == "custody.received":
                found.append(read["time"])
    return found


async def test_what_waited_for_the_door_goes_first(place):
    """What was told before a door opened goes to its queue before what is told of the same person afterwards."""
    dispatch = Dispatch(place.link, place.hub, lambda: "")
    place.hub.on_outgoing = dispatch.send
    await tell(place, "schemes", "ppo.adopted", memberships=[member()])
    await tell(place, "prisons", "custody.received", custody=HELD)
    queue = (await place.open_door(RECEPTION))["urgent"]
    await tell(place, "prisons", "custody.received", custody=HELD)
    await dispatch.look()

    came = await times(place, queue)
    assert 2 == len(came)
    assert sorted(came) == came


async def test_a_long_backlog_goes_in_portions(tmp_path, home, trusting, vhost, monkeypatch):
    """What waited goes to a new door in portions; what is told meanwhile comes behind it; and all of it comes."""
    monkeypatch.setattr("hub.pipeline.record.PORTION", 2)
    async with placed(config_for(home, tmp_path, trusting, vhost), trusting, keeping=False) as place:
        dispatch = Dispatch(place.link, place.hub, lambda: "")
        place.hub.on_outgoing = dispatch.send
        await tell(place, "schemes", "ppo.adopted", memberships=[member()])
        said = [await tell(place, "prisons", "custody.received", custody=HELD) for _ in range(4)]
        await place.hub.standing.ask(RECEPTION, "amqp")

        portions, shown = [], []
        while not (door := await place.door(RECEPTION, "open")):
            before = len(await place.hub.unsent("", limit=1000))
            await place.keepers.doorkeeper.match(whole=False)
            portions.append(len(await place.hub.unsent("", limit=1000)) - before)
            shown.append(await shown_door(place))
            if len(portions) in {1, 2}:
                said.append(await tell(place, "prisons", "custody.received", custody=HELD))
        said.append(await tell(place, "prisons", "custody.received", custody=HELD))
        await dispatch.look()
        came = await times(place, f"{door.queue}.urgent")

    assert 2 == max(portions)
    assert len(portions) > 3
    assert {("amqp", "open")} == set(shown)
    assert len(said) == len(came)
    assert sorted(came) == came


async def shown_door(place):
    """Return the recipient's door as its own system is shown it."""
    told = await place.hub.standing.doors(principal_of(place.hub.directory.systems["prisons-system"]))
    return next((each.door, each.state) for each in told.doors if each.recipient == RECEPTION)


async def departing(place):
    """Let something depart; return the queue that it goes to, and what is handed on to be sent."""
    await tell(place, "schemes", "ppo.adopted", memberships=[member()])
    queue = (await place.open_door(RECEPTION))["urgent"]
    handed_on = []
    place.hub.on_outgoing = handed_on.extend
    await tell(place, "prisons", "custody.received", custody=HELD)
    return queue, handed_on


async def test_an_alert_goes_though_memory_is_full(place, monkeypatch):
    """With as much on its way as is kept in memory, what is routine waits in the store and what is urgent goes."""
    monkeypatch.setattr("hub.broker.dispatch.MOST", 1)
    dispatch = Dispatch(place.link, place.hub, lambda: "")
    urgent, handed_on = await departing(place)
    for level in ("low", "high"):
        await tell(place, "probation", "risk.assessed", risk=Risk(level=level))
    dispatch.send(sorted(handed_on, key=lambda each: each.lane))
    await arrived(dispatch)

    sent = [await place.depth(urgent.replace("urgent", lane)) for lane in ("urgent", "routine")]
    assert [2, 1] == sent


async def arrived(dispatch):
    """Wait until nothing is on the way."""

    async def nothing():
        return not dispatch.on_the_way

    await until(nothing)


async def test_what_a_look_read_too_early_goes_once(place):
    """A look that read a departure before it was confirmed, and comes to it afterwards, does not send it again."""
    dispatch = Dispatch(place.link, place.hub, lambda: "")
    queue, handed_on = await departing(place)
    read = await place.hub.unsent("", limit=10)
    assert {each.id for each in handed_on} <= {each.id for each in read}
    dispatch.send(handed_on)
    await arrived(dispatch)

    async def unsent(worker, *, limit):
        return read

    place.hub.unsent = unsent
    await dispatch.look()

    assert 1 == len(await times(place, queue))


async def test_what_a_look_found_first_goes_once(place):
    """A departure that a look finds before it is handed on is on its way once."""
    dispatch = Dispatch(place.link, place.hub, lambda: "")
    queue, handed_on = await departing(place)
    await dispatch.look()
    dispatch.send(handed_on)
    await arrived(dispatch)

    assert 1 == len(await times(place, queue))
