"""What leaves for the broker leaves in each person's order, also where something earlier waits in the store alone."""

import msgspec
import pytest

from hub.broker.admission import principal_of
from hub.broker.dispatch import Dispatch
from schemas.record.custody import Custody
from tests.contract.broker.conftest import RECEPTION
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
